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

describe("picks", () => {
  test("are the best member alone where mixing another in does not help", () => {
    const result = resultOf({ naive: [2, 2, 2, 2], other: [1, 1, 1, 1] }, [0, 0, 0, 0]);
    expect([...finalWeights(result, ["naive", "other"])]).toEqual([["other", 1]]);
  });

  test("mix two that err to either side by as much as each is picked", () => {
    // Above by 1 and below by 2: two of the one to one of the other leave nothing.
    const result = resultOf({ naive: [9, 9, 9], above: [1, 1, 1], below: [-2, -2, -2] }, [0, 0, 0]);
    const weights = finalWeights(result, ["naive", "above", "below"]);
    expect(weights.get("above")).toBeCloseTo(2 / 3, 12);
    expect(weights.get("below")).toBeCloseTo(1 / 3, 12);
    expect(weights.has("naive")).toBe(false);
  });

  test("are not taken by many members that say the same", () => {
    const many = Object.fromEntries(["a", "b", "c", "d"].map((id) => [id, [2, 2, 2]]));
    const result = resultOf({ naive: [3, 3, 3], ...many, one: [1, 1, 1] }, [0, 0, 0]);
    expect([...finalWeights(result, ["naive", "a", "b", "c", "d", "one"])]).toEqual([["one", 1]]);
  });

  test("go by the newer tests where the series has changed", () => {
    const tests = 120;
    const flip = (early: number, late: number) => Array.from({ length: tests }, (_, i) => (i < 90 ? early : late));
    const result = resultOf(
      { naive: flip(1, 1), was: flip(0.1, 0.9), is: flip(0.8, 0.2) },
      Array.from({ length: tests }, () => 0),
    );
    expect([...finalWeights(result, ["naive", "was", "is"]).keys()]).toEqual(["is"]);
  });

  test("are not decided by an old test whose errors were ten times as large", () => {
    const tests = 50;
    const busy = (then: number, since: number) => Array.from({ length: tests }, (_, i) => (i < 20 ? then : since));
    const result = resultOf(
      { naive: busy(10, 1), loud: busy(6, 1.2), quiet: busy(9, 0.6) },
      Array.from({ length: tests }, () => 0),
    );
    // In the plain sum of errors, old ones counting less, the loud one would be ahead by a third: 15.3 against 11.2.
    expect([...finalWeights(result, ["naive", "loud", "quiet"]).keys()]).toEqual(["quiet"]);
  });

  test("leave out who failed in more than half of the tests, and compare on the tests of all the others", () => {
    const actual = [0, 0, 0, 0, 0];
    const naive = [1, 1, 1, 1, 1];
    const rare = [NOTHING, NOTHING, NOTHING, NOTHING, 0];
    const often = [NOTHING, 0.9, 0.9, 0.9, 0.9];
    const weights = finalWeights(resultOf({ naive, rare, often }, actual), ["naive", "rare", "often"]);
    expect([...weights.keys()]).toEqual(["often"]);
  });

  test("stop where everybody is right", () => {
    const result = resultOf({ naive: [3, 3], other: [3, 3] }, [3, 3]);
    expect([...finalWeights(result, ["naive", "other"])]).toEqual([["naive", 1]]);
  });

  test("are the naive forecast where nothing was measured", () => {
    const result = resultOf({ naive: [3, 3], other: [3, 3] }, [NOTHING, NOTHING]);
    expect([...finalWeights(result, ["naive", "other"])]).toEqual([["naive", 1]]);
  });

  test("never make the mix worse, over the tests they were made from, than the best member is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 }), {
          minLength: 2,
          maxLength: 6,
        }),
        (rows) => {
          const actual = [0, 0, 0, 0, 0, 0];
          // An error of one everywhere, so that each test counts by its age alone.
          const said: Record<string, readonly number[]> = { naive: [1, 1, 1, 1, 1, 1] };
          for (const [i, row] of rows.entries()) said[`m${i}`] = row;
          const result = resultOf(said, actual);
          const weights = finalWeights(result, Object.keys(said));
          const loss = (of: (i: number) => number): number =>
            actual.reduce((sum, _, i) => sum + 0.5 ** ((5 - i) / 20) * Math.abs(of(i)), 0);
          const mixed = loss((i) => [...weights].reduce((sum, [id, share]) => sum + share * (said[id]?.[i] ?? 0), 0));
          const best = Math.min(...Object.values(said).map((row: readonly number[]) => loss((i) => row[i] as number)));
          expect(mixed).toBeLessThanOrEqual(best + 1e-9);
          expect([...weights.values()].reduce((a, c) => a + c, 0)).toBeCloseTo(1, 12);
        },
      ),
    );
  });
});

describe("the mix", () => {
  test("is the mean of the answers by their weights", () => {
    const weights = new Map([
      ["a", 2 / 3],
      ["b", 1 / 3],
    ]);
    expect(combine(weights, at({ a: 10, b: 40 }), 1)?.[0]).toBeCloseTo(20, 12);
    // Of those who answer.
    expect(combine(weights, at({ b: 40 }), 1)?.[0]).toBeCloseTo(40, 12);
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

  test("begins with the naive forecast and picks by tests that were over by then", () => {
    const result = resultOf({ naive: [10, 10, 10], other: [0, 0, 0] }, [0, 0, 0]);
    const mixed = ensembleBackTest(result, members);
    expect([...mixed]).toEqual([10, 0, 0]);
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
    expect([0, 1, 2, 3].map((row) => mixed[row * horizon])).toEqual([10, 10, 10, 0]);
  });

  test("says nothing where nobody does", () => {
    const result = resultOf({ naive: [NOTHING, 1], other: [NOTHING, 1] }, [0, 0]);
    const mixed = ensembleBackTest(result, members);
    expect(mixed[0]).toBeNaN();
    expect(mixed[1]).toBe(1);
  });
});
