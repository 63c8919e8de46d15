import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, type Rng } from "../../../../src/engine/common/rng.ts";
import type { Variable } from "../../../../src/engine/decide/nsga/problem.ts";
import { checkVariation, crossOver, drawSolution, mutate } from "../../../../src/engine/decide/nsga/variation.ts";

const always = { mutation: 1, mutationIndex: 20 };
const unit: Variable = { kind: "real", low: 0, high: 1 };
const anyVariable: fc.Arbitrary<Variable> = fc.oneof(
  fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
    .map(([low, range]): Variable => ({ kind: "real", low, high: low + range })),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 50 }))
    .map(([low, range]): Variable => ({ kind: "integer", low, high: low + range })),
);

function within(x: Float64Array, variables: readonly Variable[]): void {
  for (const [v, { kind, low, high }] of variables.entries()) {
    expect(x[v]).toBeGreaterThanOrEqual(low);
    expect(x[v]).toBeLessThanOrEqual(high);
    if (kind === "integer") expect(Number.isInteger(x[v])).toBe(true);
  }
}

/** Answers what it is told, then refuses: a test that draws more than it knows of is wrong. */
function told(...values: number[]): Rng {
  return () => {
    const value = values.shift();
    if (value === undefined) throw new Error("drawn once more than told");
    return value;
  };
}

test("children and mutants stay within their bounds, and whole numbers whole, whatever is drawn", () => {
  fc.assert(
    fc.property(
      fc.array(anyVariable, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.constantFrom(0, 1, 15, 20, 200),
      (variables, seed, index) => {
        const rng = createRng(seed);
        const [one, two] = [new Float64Array(variables.length), new Float64Array(variables.length)];
        drawSolution(one, variables, rng);
        drawSolution(two, variables, rng);
        for (let round = 0; round < 20; round++) {
          crossOver(one, two, variables, index, rng);
          mutate(one, variables, { mutation: 0.5, mutationIndex: index }, rng);
          within(one, variables);
          within(two, variables);
        }
      },
    ),
  );
});

describe("crossover", () => {
  test("away from the bounds keeps the mean of the parents, and lies around them as far as drawn", () => {
    const wide: Variable = { kind: "real", low: -1e9, high: 1e9 };
    const [one, two] = [Float64Array.of(2), Float64Array.of(6)];
    // Not exchanged, spread, u = 0.1: β = (2 · 0.1)^(1/16) on both sides.
    crossOver(one, two, [wide], 15, told(0.9, 0, 0.1));
    const beta = 0.2 ** (1 / 16);
    expect(one[0]).toBeCloseTo(4 - 2 * beta, 9);
    expect(two[0]).toBeCloseTo(4 + 2 * beta, 9);
  });

  test("a larger u than half spreads beyond the parents: β = (1 ÷ 2(1 − u))^(1/16)", () => {
    const wide: Variable = { kind: "real", low: -1e9, high: 1e9 };
    const [one, two] = [Float64Array.of(6), Float64Array.of(2)];
    crossOver(one, two, [wide], 15, told(0.1, 0, 0.9));
    const beta = 5 ** (1 / 16);
    expect(one[0]).toBeCloseTo(4 + 2 * beta, 9);
    expect(two[0]).toBeCloseTo(4 - 2 * beta, 9);
  });

  test("what is not spread is one parent's or the other's, and both children together have both", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const variables = Array.from({ length: 12 }, () => unit);
        const rng = createRng(seed);
        const one = Float64Array.from(variables, (_, v) => v / 20);
        const two = Float64Array.from(variables, (_, v) => 1 - v / 30);
        const before = one.map((value, v) => value + (two[v] as number));
        crossOver(one, two, variables, 15, rng);
        const kept = variables.filter((_, v) => one[v] === v / 20 || two[v] === v / 20).length;
        expect(kept).toBeGreaterThan(0);
        for (const [v, sum] of before.entries())
          if (one[v] === v / 20 || two[v] === v / 20) expect((one[v] as number) + (two[v] as number)).toBe(sum);
      }),
    );
  });
});

describe("mutation", () => {
  test("moves by δ of the range: from the middle, u = 0.3 is δ = (0.6 + 0.4 · 0.5²¹)^(1/21) − 1", () => {
    const x = Float64Array.of(5);
    mutate(x, [{ kind: "real", low: 0, high: 10 }], always, told(0, 0.3));
    expect(x[0]).toBeCloseTo(5 + 10 * ((0.6 + 0.4 * 0.5 ** 21) ** (1 / 21) - 1), 12);
  });

  test("the extremes of the draw reach the bounds and the middle of it stays", () => {
    for (const [u, expected] of [
      [0, 0],
      [0.5, 3],
      [1, 10],
    ] as const) {
      const x = Float64Array.of(3);
      mutate(x, [{ kind: "real", low: 0, high: 10 }], always, told(0, u));
      expect(x[0]).toBeCloseTo(expected, 9);
    }
  });

  test("a whole number never stays where it is when it mutates, unless there is no other", () => {
    const variable: Variable = { kind: "integer", low: 1, high: 4 };
    for (const value of [1, 2, 3, 4])
      for (const u of [0, 0.2, 0.49, 0.51, 0.8, 0.999]) {
        const x = Float64Array.of(value);
        mutate(x, [variable], always, told(0, u));
        expect(x[0]).not.toBe(value);
        within(x, [variable]);
      }
    const alone = Float64Array.of(7);
    mutate(alone, [{ kind: "integer", low: 7, high: 7 }], always, told(0, 0.9));
    expect(alone[0]).toBe(7);
  });

  test("happens as often as it is asked to", () => {
    const variables = Array.from({ length: 10_000 }, () => unit);
    const x = new Float64Array(10_000).fill(0.5);
    mutate(x, variables, { mutation: 0.1, mutationIndex: 20 }, createRng(3));
    const moved = x.filter((value) => value !== 0.5).length;
    expect(moved).toBeGreaterThan(880);
    expect(moved).toBeLessThan(1_120);
  });
});

test.each([
  [{ crossover: 1.1 }, "crossover"],
  [{ mutation: Number.NaN }, "mutation"],
  [{ crossoverIndex: -1 }, "crossoverIndex"],
  [{ mutationIndex: Number.POSITIVE_INFINITY }, "mutationIndex"],
])("%o is refused by its name", (over, name) => {
  const options = { crossover: 0.8, crossoverIndex: 15, mutation: 0.1, mutationIndex: 20, ...over };
  expect(() => checkVariation(options)).toThrow(new RegExp(`^${name} must be`));
});
