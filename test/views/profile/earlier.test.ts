import { describe, expect, test } from "vitest";
import { earlierThan } from "../../../src/views/profile/earlier.ts";

const OWN = "20261126T140305123Z-4121.cpuprofile";

describe("recordings to compare with", () => {
  test("are those before it, of its kind: of the same pid first, then the newest first", () => {
    const names = [
      ...["20261126T140000000Z-4121.cpuprofile", "20261125T090000000Z-4121.cpuprofile"],
      ...["20261126T140200000Z-77.cpuprofile", "20261126T135900000Z-78.cpuprofile"],
      // Later, itself, of another kind, and none of ours.
      ...["20261126T150000000Z-4121.cpuprofile", OWN, "20261126T140000000Z-4121.heapprofile"],
      ...["open.json", "notes.cpuprofile", "20261126T140000000Z-x.cpuprofile", "99999999T999999999Z-1.cpuprofile"],
    ];
    expect(earlierThan(OWN, "cpuprofile", names).map(({ name }) => name)).toEqual([
      ...["20261126T140000000Z-4121.cpuprofile", "20261125T090000000Z-4121.cpuprofile"],
      ...["20261126T140200000Z-77.cpuprofile", "20261126T135900000Z-78.cpuprofile"],
    ]);
    expect(earlierThan(OWN, "cpuprofile", names)[0]).toEqual({
      name: "20261126T140000000Z-4121.cpuprofile",
      atMs: Date.UTC(2026, 10, 26, 14, 0, 0, 0),
      pid: 4121,
    });
  });

  test("of a file under another name are all of its kind, and of none there are none", () => {
    expect(earlierThan("mine.cpuprofile", "cpuprofile", [OWN]).map(({ pid }) => pid)).toEqual([4121]);
    expect(earlierThan(OWN, "heapprofile", [OWN])).toEqual([]);
    expect(earlierThan(OWN, "cpuprofile", [])).toEqual([]);
  });
});
