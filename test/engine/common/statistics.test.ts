import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestRank, nearestRankOfSorted } from "../../../src/engine/common/statistics.ts";

describe("the nearest rank", () => {
  test("is the 19th of 20 for 95%, the least for 0, and none of none", () => {
    const values = Array.from({ length: 20 }, (_, n) => 20 - n);
    expect([0.95, 0.5, 1, 0, 0.01].map((share) => nearestRank(values, share))).toEqual([19, 10, 20, 1, 1]);
    expect(nearestRank([], 0.5)).toBeNull();
    expect(values[0]).toBe(20);
  });

  test("occurred, and so great a share does not exceed it", () => {
    const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const found = nearestRank(all, share) as number;
        expect(all.some((value) => value === found)).toBe(true);
        expect(all.filter((value) => value <= found).length / all.length).toBeGreaterThanOrEqual(share - 1e-12);
      }),
    );
  });

  test.each([-0.1, 1.1, Number.NaN])("of a share of %s is refused", (share) => {
    expect(() => nearestRankOfSorted([1], share)).toThrow(`share must be within 0..1, got ${share}`);
  });
});
