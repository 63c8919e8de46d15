import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { hypervolume } from "../../../../src/engine/decide/nsga/hypervolume.ts";

/** Whole coordinates below a whole reference: cells of side 1 can be counted. */
function counted(points: readonly (readonly number[])[], reference: readonly number[]): number {
  let cells = 0;
  const visit = (cell: readonly number[]): void => {
    if (cell.length === reference.length) {
      if (points.some((point) => point.every((value, k) => value <= (cell[k] as number)))) cells++;
      return;
    }
    for (let at = 0; at < (reference[cell.length] as number); at++) visit([...cell, at]);
  };
  visit([]);
  return cells;
}

const anyPoints = fc.integer({ min: 1, max: 5 }).chain((m) =>
  fc.record({
    points: fc.array(fc.array(fc.nat(5), { minLength: m, maxLength: m }), { maxLength: 12 }),
    reference: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: m, maxLength: m }),
  }),
);

describe("hypervolume", () => {
  test.each([
    [
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      [4, 4],
      6,
    ],
    [[[0, 0]], [1.1, 1.1], 1.21],
    [
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      [2, 2, 2],
      8 - 1,
    ],
    [[[1, 2, 3, 4]], [5, 5, 5, 5], 24],
    [
      [
        [0, 0, 0, 1],
        [1, 1, 1, 0],
      ],
      [2, 2, 2, 2],
      8 + 1,
    ],
    [[], [1, 1, 1], 0],
    [[[2]], [5], 3],
  ])("of %j below %j is %d", (points, reference, expected) => {
    expect(hypervolume(points, reference)).toBeCloseTo(expected, 12);
  });

  test("is what counting cells gives, for one to five objectives, with copies and points that are dominated", () => {
    fc.assert(
      fc.property(anyPoints, ({ points, reference }) => {
        expect(hypervolume(points, reference)).toBeCloseTo(counted(points, reference), 9);
      }),
      { numRuns: 400 },
    );
  });

  test("does not depend on the order of the objectives: two ways through WFG agree", () => {
    const rng = createRng(5);
    const points = Array.from({ length: 40 }, () => Array.from({ length: 4 }, () => rng()));
    const turned = points.map(([a, b, c, d]) => [d, a, c, b] as number[]);
    expect(hypervolume(points, [1.1, 1.1, 1.1, 1.1])).toBeCloseTo(hypervolume(turned, [1.1, 1.1, 1.1, 1.1]), 12);
  });

  test("a point at or beyond the reference counts nothing", () => {
    expect(
      hypervolume(
        [
          [1, 0],
          [0, 2],
        ],
        [1, 1],
      ),
    ).toBe(0);
    expect(hypervolume([[Number.POSITIVE_INFINITY, 0]], [1, 1])).toBe(0);
  });

  test("refuses what is no number, and points of another length", () => {
    expect(() => hypervolume([[Number.NaN, 0]], [1, 1])).toThrow(RangeError);
    expect(() => hypervolume([[0]], [1, 1])).toThrow(RangeError);
    expect(() => hypervolume([[0, 0]], [1, Number.NaN])).toThrow(RangeError);
    expect(() => hypervolume([], [])).toThrow(RangeError);
  });
});
