import { describe, expect, it } from "vitest";
import { unseen } from "../../src/views/log/unseen.ts";

const tail = (...numbers: number[]) => ({
  records: numbers.map((number) => ({ number, wallMs: 0, level: "info" as const, code: "x", args: {} })),
});

describe("what of a log's tail is new", () => {
  it("is everything at first, then only what came since", () => {
    expect(unseen(tail(5, 6, 7), 0)).toMatchObject({ missed: 0, last: 7 });
    expect(unseen(tail(5, 6, 7, 8), 7)).toEqual({ records: tail(8).records, missed: 0, last: 8 });
    expect(unseen(tail(5, 6), 6)).toEqual({ records: [], missed: 0, last: 6 });
  });

  it("counts what is gone", () => {
    expect(unseen(tail(20, 21), 10)).toMatchObject({ missed: 9, last: 21 });
  });

  it("keeps its place when the tail is empty", () => {
    expect(unseen(tail(), 4)).toEqual({ records: [], missed: 0, last: 4 });
  });
});
