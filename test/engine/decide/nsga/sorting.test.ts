import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leastCrowded } from "../../../../src/engine/decide/nsga/crowding.ts";
import {
  constraintDominates,
  dominates,
  type Scored,
  sortIntoFronts,
} from "../../../../src/engine/decide/nsga/sorting.ts";

function scored(objectives: readonly (readonly number[])[], violation: readonly number[] = []): Scored {
  return {
    size: objectives.length,
    objectives: objectives.map((values) => Float64Array.from(values)),
    violation: Float64Array.from(objectives, (_, i) => violation[i] ?? 0),
  };
}

/** By the definition: take away who is dominated by nobody that is left, again and again. */
function bruteForce(all: Scored): number[] {
  const rank = Array.from({ length: all.size }, () => -1);
  for (let front = 0; rank.includes(-1); front++) {
    const left = rank.flatMap((own, i) => (own === -1 ? [i] : []));
    for (const i of left.filter((i) => !left.some((other) => constraintDominates(all, other, i)))) rank[i] = front;
  }
  return rank;
}

/** Few values, so that ties and copies occur. */
const anyScored = fc.integer({ min: 1, max: 4 }).chain((m) =>
  fc
    .array(fc.tuple(fc.array(fc.nat(5), { minLength: m, maxLength: m }), fc.constantFrom(0, 0, 0, 1, 2.5)), {
      minLength: 1,
      maxLength: 40,
    })
    .map((rows) =>
      scored(
        rows.map(([objectives]) => objectives),
        rows.map(([, violation]) => violation),
      ),
    ),
);

describe("sorting into fronts", () => {
  test("is what the definition says, also with ties, copies and broken constraints", () => {
    fc.assert(
      fc.property(anyScored, (all) => {
        const rank = new Int32Array(all.size);
        const fronts = sortIntoFronts(all, rank);
        expect([...rank]).toEqual(bruteForce(all));
        expect(fronts.flat().toSorted((a, b) => a - b)).toEqual([...rank.keys()]);
        for (const [front, members] of fronts.entries()) for (const i of members) expect(rank[i]).toBe(front);
      }),
      { numRuns: 500 },
    );
  });

  test("who keeps the constraints is before who does not, and then who breaks them less", () => {
    const all = scored(
      [
        [9, 9],
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      [0, 3, 1, 0],
    );
    const rank = new Int32Array(4);
    expect(sortIntoFronts(all, rank)).toEqual([[3], [0], [2], [1]]);
    expect(constraintDominates(all, 0, 1)).toBe(true);
    expect(constraintDominates(all, 1, 0)).toBe(false);
    expect(constraintDominates(all, 2, 1)).toBe(true);
  });

  test("nobody dominates its equal", () => {
    expect(dominates(Float64Array.of(1, 2), Float64Array.of(1, 2))).toBe(false);
    expect(dominates(Float64Array.of(1, 2), Float64Array.of(1, 3))).toBe(true);
    expect(dominates(Float64Array.of(1, 2), Float64Array.of(2, 1))).toBe(false);
  });
});

describe("crowding distance", () => {
  // By hand: ranges 4 and 8; (1,5): 2/4 + 6/8 · (2,2): 3/4 + 5/8.
  const front = scored([
    [0, 8],
    [1, 5],
    [2, 2],
    [4, 0],
  ]);

  test("is the gap between the neighbours in shares of the range, and endless at the ends", () => {
    const crowding = new Float64Array(4);
    leastCrowded([0, 1, 2, 3], front, crowding, 4);
    expect([...crowding]).toEqual([Number.POSITIVE_INFINITY, 0.5 + 6 / 8, 0.75 + 5 / 8, Number.POSITIVE_INFINITY]);
  });

  test("of a front that shrinks, the most crowded goes and its neighbours are measured anew", () => {
    const crowding = new Float64Array(4);
    const order = leastCrowded([0, 1, 2, 3], front, crowding, 3);
    expect(order).toEqual([0, 2, 3, 1]);
    expect(crowding[2]).toBeCloseTo(1 + 1);
    expect(crowding[1]).toBe(0);
  });

  test("a cluster does not go as a whole", () => {
    // Three close together in the middle: measured once, all three would be the most crowded.
    const all = scored([0, 0.48, 0.5, 0.52, 1].map((x) => [x, 1 - x]));
    const kept = leastCrowded([0, 1, 2, 3, 4], all, new Float64Array(5), 3).slice(0, 3);
    expect(kept.toSorted()).toEqual([0, expect.toBeOneOf([1, 2, 3]), 4]);
  });

  test("copies of a point have none and go first", () => {
    const all = scored([
      [0, 1],
      [1, 0],
      [0, 1],
      [0.5, 0.5],
    ]);
    const crowding = new Float64Array(4);
    expect(leastCrowded([0, 1, 2, 3], all, crowding, 3)).toEqual([0, 3, 1, 2]);
    expect(crowding[2]).toBe(0);
    expect(crowding[3]).toBe(2);
  });

  test("where an objective is the same for all it tells nobody from another", () => {
    const crowding = new Float64Array(3);
    const all = scored([
      [0, 7],
      [1, 7],
      [3, 7],
    ]);
    leastCrowded([0, 1, 2], all, crowding, 3);
    expect(crowding[1]).toBe(1);
  });

  test("everybody of a front is in the answer once, however many are to stay", () => {
    fc.assert(
      fc.property(anyScored, fc.integer({ min: 1, max: 40 }), (all, keep) => {
        const crowding = new Float64Array(all.size);
        for (const members of sortIntoFronts(all, new Int32Array(all.size))) {
          const order = leastCrowded(members, all, crowding, keep);
          expect(order.toSorted((a, b) => a - b)).toEqual(members.toSorted((a, b) => a - b));
        }
        expect([...crowding].some(Number.isNaN)).toBe(false);
      }),
    );
  });
});
