import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArenaResult } from "../../../src/engine/forecast/arena.ts";
import { combine, ensembleBackTest, finalWeights } from "../../../src/engine/forecast/ensemble.ts";

const { NaN: NOTHING } = Number;

/** What an arena would have found: one number a test for each model, with a horizon of one step. */
function resultOf(said: Readonly<Record<string, readonly number[]>>, actual: readonly number[], gap = 1): ArenaResult {
  return {
    plan: {
      horizon: 1,
      origins: actual.map((_, i) => 100 + gap * i),
      ...{ firstTest: 0, trainSteps: 100, refits: [100] },
    },
    actual: Float64Array.from(actual),
    predicted: new Map(Object.entries(said).map(([id, points]) => [id, Float64Array.from(points)])),
    cost: new Map(),
    snapshots: new Map(),
  };
}

const at = (values: Readonly<Record<string, number>>) => (id: string) => {
  const value = values[id];
  return value === undefined ? null : Float64Array.of(value);
};

describe("weights", () => {
  test("are the inverted twelfth power of the error against the naive's in the same tests", () => {
    // Mean errors: naive 2, other 1.8: (1 ÷ 0.9)⁻¹² of the best one's.
    const result = resultOf({ naive: [2, -2, 2, -2], other: [1.8, -1.8, 1.8, -1.8] }, [0, 0, 0, 0]);
    const weights = finalWeights(result, ["naive", "other"]);
    expect(weights.get("other")).toBeCloseTo(1, 9);
    expect(weights.get("naive")).toBeCloseTo(0.9 ** 12, 6);
  });

  test("one that is hardly better is hardly heard more, one of half the error drowns the other", () => {
    const result = resultOf({ naive: [1, 1], other: [0.4, 0.4] }, [0, 0]);
    // 0.4¹² is below a ten thousandth.
    expect([...finalWeights(result, ["naive", "other"])]).toEqual([["other", 1]]);
  });

  test("a model that failed in more than half of the tests is left out, one that failed in fewer is compared on the rest", () => {
    const actual = [0, 0, 0, 0, 0];
    const naive = [1, 1, 1, 1, 1];
    const rare = [NOTHING, NOTHING, NOTHING, 0.9, 0.9];
    const often = [NOTHING, NOTHING, 0.9, 0.9, 0.9];
    const weights = finalWeights(resultOf({ naive, rare, often }, actual), ["naive", "rare", "often"]);
    expect(weights.has("rare")).toBe(false);
    expect(weights.get("often")).toBe(1);
  });

  test("where everybody is right they count alike", () => {
    const result = resultOf({ naive: [3, 3], other: [3, 3] }, [3, 3]);
    expect([...finalWeights(result, ["naive", "other"]).values()]).toEqual([1, 1]);
  });
});

describe("the mix", () => {
  test("of two is the mean of the answers, each by its share of the middle", () => {
    // The middle fifth of the weight: all of it the heavier one's.
    expect(
      combine(
        new Map([
          ["a", 1],
          ["b", 0.5],
        ]),
        at({ a: 10, b: 40 }),
        1,
      )?.[0],
    ).toBeCloseTo(10, 12);
    // Alike: half of the middle each.
    expect(
      combine(
        new Map([
          ["a", 1],
          ["b", 1],
        ]),
        at({ a: 10, b: 40 }),
        1,
      )?.[0],
    ).toBeCloseTo(25, 12);
    // 1 and 0.9 of 1.9: the middle is 0.76 … 1.14, of which the first has 0.24 and the second 0.14.
    const weights = new Map([
      ["a", 1],
      ["b", 0.9],
    ]);
    expect(combine(weights, at({ a: 10, b: 40 }), 1)?.[0]).toBeCloseTo((0.24 * 10 + 0.14 * 40) / 0.38, 9);
  });

  test("does not hear one that is far off", () => {
    const weights = new Map(["a", "b", "c"].map((id) => [id, 1]));
    expect(combine(weights, at({ a: 1, b: 2, c: 1e9 }), 1)?.[0]).toBe(2);
  });

  test("needs an answer, and takes those there are", () => {
    const weights = new Map(["a", "b"].map((id) => [id, 1]));
    expect(combine(weights, at({ b: 7 }), 1)?.[0]).toBe(7);
    expect(combine(weights, at({ a: NOTHING, b: 7 }), 1)?.[0]).toBe(7);
    expect(combine(weights, at({ a: NOTHING }), 1)).toBeNull();
    expect(combine(new Map(), at({ a: 1 }), 1)).toBeNull();
  });

  test("lies between the answers, whatever the weights", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            weight: fc.double({ min: 1e-4, max: 1, noNaN: true }),
            value: fc.integer({ min: -99, max: 99 }),
          }),
          { minLength: 1, maxLength: 9 },
        ),
        (members) => {
          const weights = new Map(members.map(({ weight }, i) => [String(i), weight]));
          const [mixed = NOTHING] =
            combine(weights, (id) => Float64Array.of(members[Number(id)]?.value as number), 1) ?? [];
          const values = members.map(({ value }) => value);
          expect(mixed).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(mixed).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        },
      ),
    );
  });
});

describe("the mix in the tests", () => {
  const members = ["naive", "other"];

  test("begins with all alike and weighs by tests that were over by then", () => {
    const result = resultOf({ naive: [10, 10, 10], other: [0, 0, 0] }, [0, 0, 0]);
    const mixed = ensembleBackTest(result, members);
    expect([...mixed]).toEqual([5, 0, 0]);
  });

  test("a test counts once its horizon has passed, not before", () => {
    const horizon = 3;
    const origins = [100, 101, 102, 103];
    const rows = (value: number): Float64Array => new Float64Array(origins.length * horizon).fill(value);
    const result: ArenaResult = {
      ...resultOf({}, []),
      plan: { horizon, origins, firstTest: 0, trainSteps: 100, refits: [] },
      actual: rows(0),
      predicted: new Map([
        ["naive", rows(10)],
        ["other", rows(0)],
      ]),
    };
    const mixed = ensembleBackTest(result, members);
    expect([0, 1, 2, 3].map((row) => mixed[row * horizon])).toEqual([5, 5, 5, 0]);
  });

  test("says nothing where nobody does", () => {
    const result = resultOf({ naive: [NOTHING, 1], other: [NOTHING, 1] }, [0, 0]);
    const mixed = ensembleBackTest(result, members);
    expect(mixed[0]).toBeNaN();
    expect(mixed[1]).toBe(1);
  });
});
