import { expect, test } from "vitest";
import {
  median,
  medianWithout,
  moments,
  quantileSorted,
  sortedMeasured,
  twoSidedNormal,
} from "../../../../src/engine/analyse/patterns/statistics.ts";

test("quantiles are those of type 7: on the line between order statistics, at (n − 1) × share", () => {
  const sorted = sortedMeasured([8, Number.NaN, 1, 4, 2]);
  expect([...sorted]).toEqual([1, 2, 4, 8]);
  expect([0.1, 0.5, 0.95, 0, 1].map((share) => quantileSorted(sorted, share))).toEqual([
    expect.closeTo(1.3, 12),
    3,
    expect.closeTo(7.4, 12),
    1,
    8,
  ]);
  expect(quantileSorted(new Float64Array(0), 0.5)).toBeNaN();
});

test("a median without one element is the median of the others", () => {
  for (const all of [
    [1, 5],
    [1, 2, 9],
    [3, 3, 4, 8],
    [1, 2, 3, 4, 100],
  ]) {
    for (const left of all.keys())
      expect(medianWithout(Float64Array.from(all), left)).toBe(median(all.filter((_, rank) => rank !== left)));
  }
  expect(medianWithout(Float64Array.of(1), 0)).toBeNaN();
});

test("a small variation on a large level is not lost", () => {
  expect(moments([1e9 + 1, Number.NaN, 1e9 - 1])).toEqual({ count: 2, mean: 1e9, variance: 1 });
});

test("normal tails are those of the tables, far out as well", () => {
  for (const [z, p] of [
    [0, 1],
    [1, 0.317310507862914],
    [-1.959963984540054, 0.05],
    [5, 5.733031437583892e-7],
    [10, 1.523970604832105e-23],
  ] as const)
    expect(twoSidedNormal(z) / p).toBeCloseTo(1, 5);
  expect(twoSidedNormal(Number.POSITIVE_INFINITY)).toBe(0);
});
