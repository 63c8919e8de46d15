import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Buckets, merged, rollUpOf } from "../../../src/engine/store/decimate.ts";

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 200 });

describe("roll-ups", () => {
  test("merged from parts are those of the whole, however it is cut", () => {
    fc.assert(
      fc.property(values, fc.nat(), (all, cut) => {
        const at = cut % (all.length + 1);
        const parts = merged(rollUpOf(all.slice(0, at)), rollUpOf(all.slice(at)));
        const whole = rollUpOf(all);
        expect(parts.count).toBe(whole.count);
        // Adding 0 makes no difference but of −0, which is as low as 0.
        expect(parts.min + 0).toBe(whole.min + 0);
        expect(parts.max + 0).toBe(whole.max + 0);
        expect(parts.mean).toBeCloseTo(whole.mean, 4);
      }),
    );
  });

  test("leave out what was not measured", () => {
    expect(rollUpOf([1, Number.NaN, 3])).toEqual({ count: 2, mean: 2, min: 1, max: 3 });
    expect(rollUpOf([Number.NaN]).count).toBe(0);
  });
});

describe("buckets", () => {
  test("keep the lowest and highest of all samples at every width, and the mean between them", () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5_000 }),
        (all, count, bucketMs) => {
          const buckets = new Buckets(1_000, bucketMs, count);
          const inside: number[] = [];
          all.forEach((value, index) => {
            const atMs = 1_000 + index * 37;
            buckets.add(atMs, value);
            if (atMs < 1_000 + bucketMs * count) inside.push(value);
          });
          const { mean, min, max } = buckets.result();
          const known = <T>(list: readonly (T | null)[]) => list.filter((one): one is T => one !== null);
          expect(Math.min(...known(min))).toBe(Math.min(...inside));
          expect(Math.max(...known(max))).toBe(Math.max(...inside));
          mean.forEach((value, index) => {
            if (value === null) return;
            expect(value).toBeGreaterThanOrEqual((min[index] ?? 0) - 1e-6);
            expect(value).toBeLessThanOrEqual((max[index] ?? 0) + 1e-6);
          });
        },
      ),
    );
  });

  test("a roll-up wider than a bucket shows in each that it covers; a narrower one in that of its middle", () => {
    const fine = new Buckets(0, 1_000, 5);
    fine.addRollUp(1_000, 3_000, { count: 30, mean: 2, min: 1, max: 4 });
    expect(fine.result().mean).toEqual([null, 2, 2, 2, null]);
    const coarse = new Buckets(0, 60_000, 2);
    coarse.addRollUp(40_000, 60_000, { count: 1, mean: 2, min: 2, max: 2 });
    expect(coarse.result().mean).toEqual([null, 2]);
  });

  test("a gap stays a gap, and what lies outside is left out", () => {
    const buckets = new Buckets(0, 10, 3);
    buckets.add(-1, 5);
    buckets.add(30, 5);
    buckets.add(25, Number.NaN);
    expect(buckets.result().mean).toEqual([null, null, null]);
    expect([...buckets.means()].every(Number.isNaN)).toBe(true);
  });
});
