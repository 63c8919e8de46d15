import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kneeOf, pickByWeights, weightShares } from "../../../../src/engine/decide/nsga/choice.ts";
import {
  jointHypervolumes,
  normalised,
  normalisedHypervolume,
  rangeOf,
} from "../../../../src/engine/decide/nsga/front.ts";

const front = (...points: readonly (readonly number[])[]) => points.map((objectives) => ({ objectives }));

describe("the knee", () => {
  test("is the point farthest before the line between the ends", () => {
    // Normalised: (0,1) (0.2,0.3) (0.5,0.1) (1,0); 1 − sum: 0, 0.5, 0.4, 0.
    const points = front([10, 100], [12, 30], [15, 10], [20, 0]);
    expect(kneeOf(points, rangeOf(points))).toBe(1);
  });

  test("with three objectives is farthest from the plane through the three extremes", () => {
    const points = front([0, 1, 1], [1, 0, 1], [1, 1, 0], [0.3, 0.3, 0.3], [0.2, 0.5, 0.5]);
    expect(kneeOf(points, rangeOf(points))).toBe(3);
  });

  test("where one point is best in two objectives, the plane through 1 on every axis is taken", () => {
    const points = front([0, 0, 1], [1, 1, 0], [0.1, 0.1, 0.3]);
    expect(kneeOf(points, rangeOf(points))).toBe(2);
  });

  test("does not exist on a line, on a front that bends away, and of one point", () => {
    for (const points of [front([0, 1], [0.3, 0.7], [1, 0]), front([0, 1], [0.8, 0.8], [1, 0])])
      expect(kneeOf(points, rangeOf(points))).toBeNull();
    expect(kneeOf(front([3, 4]), rangeOf(front([3, 4])))).toBeNull();
  });
});

describe("the pick", () => {
  const points = front([0, 100], [1, 40], [2, 0]);

  test("follows the weights, in shares of the front's own range and not in units", () => {
    const pick = (...weights: number[]): number => pickByWeights(points, rangeOf(points), weights);
    expect(pick(1, 0)).toBe(0);
    expect(pick(0, 1)).toBe(2);
    // 0.5 · 0.5 + 0.5 · 0.4 = 0.45 is below 0.5.
    expect(pick(1, 1)).toBe(1);
    expect(pick(7, 7)).toBe(1);
  });

  test("is never dominated, whatever the weights", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 20 }),
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        (rows, weights) => {
          const all = front(...rows);
          const own = rows[pickByWeights(all, rangeOf(all), weights)] as readonly number[];
          for (const other of rows)
            if (other.every((value, m) => value <= (own[m] as number))) expect(other).toEqual(own);
        },
      ),
    );
  });

  test("weights that sum to 0 are refused by a code, and what is no weight by its value", () => {
    expect(() => weightShares([0, 0])).toThrow(expect.objectContaining({ code: "optimize.weightsZero" }));
    expect(() => weightShares([])).toThrow(expect.objectContaining({ code: "optimize.weightsZero" }));
    expect(() => weightShares([1, Number.NaN])).toThrow(RangeError);
    expect(() => weightShares([1, -1])).toThrow(RangeError);
    expect(() => pickByWeights(points, rangeOf(points), [1])).toThrow(RangeError);
    expect(() => pickByWeights([], rangeOf(points), [1, 1])).toThrow(RangeError);
  });

  test("weights near the largest number are shares like all others", () => {
    expect(weightShares([1e308, 1e308, 0])).toEqual([0.5, 0.5, 0]);
  });
});

describe("figures on a front", () => {
  test("an objective that is the same everywhere is 0 and harms none", () => {
    const points = front([0, 5], [1, 5]);
    expect([...normalised([1, 5], rangeOf(points))]).toEqual([1, 0]);
    // The best alone: 1.1 · 1.1.
    expect(normalisedHypervolume(points, rangeOf(points))).toBeCloseTo(1.21, 12);
  });

  test("two fronts are compared in one range: the better one dominates more", () => {
    const [worse, better] = jointHypervolumes(front([0, 2], [2, 0]), front([0, 1], [1, 0]));
    expect(better).toBeGreaterThan(worse);
    expect(jointHypervolumes([], front([0, 1], [1, 0]))[0]).toBe(0);
    expect(jointHypervolumes([], [])).toEqual([0, 0]);
  });

  test("no points, or what is no number, has no range", () => {
    expect(() => rangeOf([])).toThrow(RangeError);
    expect(() => rangeOf(front([Number.NaN]))).toThrow(RangeError);
  });
});
