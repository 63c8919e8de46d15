import { describe, expect, test } from "vitest";
import { FRONT_PROBLEMS, REFERENCE } from "../../../bench/lib/frontProblems.ts";
import { hypervolume } from "../../../src/engine/decide/nsga/hypervolume.ts";
import { paretoSearch, SEEDS } from "../../../src/engine/decide/nsga/paretoSearch.ts";
import type { Problem } from "../../../src/engine/decide/nsga/problem.ts";
import { dominates } from "../../../src/engine/decide/nsga/sorting.ts";
import { DEFAULT_NSGA2, type FrontPoint, nsga2, type Nsga2Options } from "../../../src/engine/decide/nsga2.ts";

const quick: Nsga2Options = { ...DEFAULT_NSGA2, population: 40, generations: 60 };

/** Two numbers, a whole one and a real one, that pull apart; the whole one may not be below 3. */
const mixed: Problem = {
  variables: [
    { kind: "integer", low: 0, high: 10 },
    { kind: "real", low: -1, high: 2 },
  ],
  objectives: 2,
  evaluate: ([n, x], out) => {
    out[0] = (n as number) + (x as number) ** 2;
    out[1] = (10 - (n as number)) ** 2 + ((x as number) - 1) ** 2;
    return Math.max(0, 3 - (n as number));
  },
};

function frontOf(problem: Problem, options: Nsga2Options, seed: number): readonly FrontPoint[] {
  const result = nsga2(problem, options, { seed });
  if (result.kind !== "front") throw new Error("no front");
  return result.front;
}

describe("a search", () => {
  test.each(FRONT_PROBLEMS.map((problem) => [problem.name, problem] as const))(
    "comes near the known front of %s",
    (_, problem) => {
      const points = frontOf(problem, DEFAULT_NSGA2, 1).map(({ objectives }) => objectives);
      const ratio =
        hypervolume(
          points,
          Array.from({ length: problem.objectives }, () => REFERENCE),
        ) / problem.frontVolume;
      expect(ratio).toBeGreaterThan(problem.objectives === 2 ? 0.98 : 0.85);
      expect(ratio).toBeLessThan(1);
    },
  );

  test("is the same with the same seed to the last figure, and another with another", () => {
    expect(frontOf(mixed, quick, 7)).toEqual(frontOf(mixed, quick, 7));
    expect(frontOf(mixed, quick, 7)).not.toEqual(frontOf(mixed, quick, 8));
  });

  test("answers with points that keep bounds, constraints and whole numbers, none of which dominates another", () => {
    const front = frontOf(mixed, quick, 1);
    expect(front.length).toBeGreaterThan(10);
    for (const { x, objectives } of front) {
      expect(Number.isInteger(x[0])).toBe(true);
      expect(x[0]).toBeGreaterThanOrEqual(3);
      expect(x[0]).toBeLessThanOrEqual(10);
      expect(Math.abs((x[1] as number) - 0.5)).toBeLessThanOrEqual(1.5);
      expect(front.some((other) => dominates(other.objectives, objectives))).toBe(false);
    }
    // Every whole number has its part of the front.
    expect(new Set(front.map(({ x }) => x[0]))).toEqual(new Set([3, 4, 5, 6, 7, 8, 9, 10]));
  });

  test("never leaves the bounds on its way, and evaluates population × (generations + 1) solutions", () => {
    let evaluated = 0;
    const watched: Problem = {
      ...mixed,
      evaluate: (x, out) => {
        evaluated++;
        expect(Number.isInteger(x[0])).toBe(true);
        expect(x[0]).toBeGreaterThanOrEqual(0);
        expect(x[0]).toBeLessThanOrEqual(10);
        expect(x[1]).toBeGreaterThanOrEqual(-1);
        expect(x[1]).toBeLessThanOrEqual(2);
        return mixed.evaluate(x, out);
      },
    };
    const result = nsga2(watched, { ...quick, population: 20, generations: 30 }, { seed: 1 });
    expect(result).toMatchObject({ evaluations: 620, generations: 30, stopped: "generations" });
    expect(evaluated).toBe(620);
  });

  test("begins with what it is given, moved into the bounds", () => {
    const seen: number[][] = [];
    const watched: Problem = {
      ...mixed,
      evaluate: (x, out) => {
        seen.push([...x]);
        return mixed.evaluate(x, out);
      },
    };
    nsga2(
      watched,
      { ...quick, generations: 1 },
      {
        seed: 1,
        starts: [
          [99, -7],
          [4.4, 0.5],
        ],
      },
    );
    expect(seen.slice(0, 2)).toEqual([
      [10, -1],
      [4, 0.5],
    ]);
  });

  test("without any solution says so, with the one that is nearest to one", () => {
    const impossible: Problem = { ...mixed, evaluate: ([n]) => 1 + (n as number) };
    const result = nsga2(impossible, quick, { seed: 1 });
    expect(result).toMatchObject({ kind: "infeasible", violation: 1 });
    expect(result.kind === "infeasible" && result.closest[0]).toBe(0);
  });

  test("finds a small feasible part by going where the constraint is broken less", () => {
    const narrow: Problem = {
      variables: [{ kind: "real", low: 0, high: 1_000 }],
      objectives: 1,
      evaluate: ([x], out) => {
        out[0] = x as number;
        return Math.max(0, Math.abs((x as number) - 700) - 0.5);
      },
    };
    const [best] = frontOf(narrow, quick, 1);
    expect(best?.x[0]).toBeCloseTo(699.5, 0);
  });

  test("ends early when the front has settled, and not before it has", () => {
    const settles = { generations: 10, ratio: 0.001 };
    const result = nsga2(mixed, { ...quick, generations: 2_000, settles }, { seed: 1 });
    expect(result.stopped).toBe("settled");
    expect(result.generations).toBeLessThan(500);
    const [zdt1] = FRONT_PROBLEMS;
    if (zdt1 === undefined) throw new Error("no problem");
    expect(nsga2(zdt1, { ...quick, settles }, { seed: 1 }).stopped).toBe("generations");
  });

  test("tells how far it is, once a generation, and stops where it is when it is cancelled", () => {
    const told: number[] = [];
    nsga2(mixed, { ...quick, generations: 5 }, { seed: 1, tell: (ratio) => told.push(ratio) });
    expect(told).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    const abort = new AbortController();
    let generations = 0;
    const run = () =>
      nsga2(mixed, quick, { seed: 1, signal: abort.signal, tell: () => ++generations === 3 && abort.abort() });
    expect(run).toThrow(expect.objectContaining({ code: "aborted" }));
    expect(generations).toBe(3);
  });

  test.each([
    [{ population: 3 }, "population"],
    [{ population: 41 }, "population"],
    [{ generations: 0 }, "generations"],
    [{ mutation: 2 }, "mutation"],
    [{ settles: { generations: 0, ratio: 0.1 } }, "settles.generations"],
    [{ settles: { generations: 5, ratio: Number.NaN } }, "settles.ratio"],
  ])("refuses %o by its name", (over, name) => {
    expect(() => nsga2(mixed, { ...quick, ...over }, { seed: 1 })).toThrow(new RegExp(`^${name} must`));
  });

  test.each([
    ["an objective", { evaluate: (_: Float64Array, out: Float64Array) => ((out[0] = Number.NaN), 0) }],
    ["a violation", { evaluate: () => Number.NaN }],
    ["a bound", { variables: [{ kind: "real" as const, low: 1, high: Number.NaN }] }],
    ["the order of bounds", { variables: [{ kind: "real" as const, low: 1, high: 0 }] }],
    ["a whole bound", { variables: [{ kind: "integer" as const, low: 0.5, high: 2 }] }],
    ["variables", { variables: [] }],
    ["objectives", { objectives: 0 }],
  ])("refuses a problem in which %s is none", (_, over) => {
    expect(() => nsga2({ ...mixed, ...over }, quick, { seed: 1 })).toThrow(RangeError);
  });

  test("refuses a start that is none", () => {
    expect(() => nsga2(mixed, quick, { seed: 1, starts: [[1]] })).toThrow(/^starts must have 2/);
    expect(() => nsga2(mixed, quick, { seed: 1, starts: [[1, Number.NaN]] })).toThrow(/^starts must be numbers/);
  });
});

describe("a choice from searches of several seeds", () => {
  const chosen = (problem: Problem, weights: readonly number[], options = quick) => {
    const found = paretoSearch(problem, options, { seed: 1, weights });
    if (found.kind !== "front") throw new Error("no front");
    return found;
  };

  test("has the front of the first seed, and figures that belong to it", () => {
    const found = chosen(mixed, [1, 1]);
    expect(found.front).toEqual(frontOf(mixed, quick, 1));
    expect(found.pick).toBeLessThan(found.front.length);
    expect(found.hypervolume).toBeGreaterThan(0.5);
    expect(found.hypervolume).toBeLessThan(1.21);
    expect(found.confidence.seeds).toEqual([1, 2, 3, 4, 5]);
    const picked = found.front[found.pick]?.objectives as Float64Array;
    for (const [m, value] of picked.entries()) {
      expect(value).toBeGreaterThanOrEqual(found.confidence.least[m] as number);
      expect(value).toBeLessThanOrEqual(found.confidence.most[m] as number);
    }
  });

  test("is sure where chance changes nothing, and less sure of a search that has hardly begun", () => {
    const one: Problem = {
      ...mixed,
      variables: [
        { kind: "integer", low: 4, high: 4 },
        { kind: "real", low: 0, high: 0 },
      ],
    };
    expect(chosen(one, [1, 1]).confidence.ratio).toBe(1);
    const [zdt1] = FRONT_PROBLEMS;
    if (zdt1 === undefined) throw new Error("no problem");
    const begun = chosen(zdt1, [1, 1], { ...quick, population: 8, generations: 2 }).confidence.ratio;
    const done = chosen(zdt1, [1, 1], { ...DEFAULT_NSGA2, population: 60 }).confidence.ratio;
    expect(done).toBeGreaterThan(0.9);
    expect(begun).toBeLessThan(done);
    expect(begun).toBeGreaterThanOrEqual(0);
  });

  test("tells one progress over all seeds, from which it never goes back", () => {
    const told: number[] = [];
    paretoSearch(mixed, quick, { seed: 1, weights: [1, 1], tell: (ratio) => told.push(ratio) });
    expect(told).toHaveLength(SEEDS * quick.generations);
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect(told.at(-1)).toBe(1);
  });

  test("refuses weights before any work: none that counts, or too few", () => {
    let evaluated = 0;
    const watched: Problem = { ...mixed, evaluate: (x, out) => (evaluated++, mixed.evaluate(x, out)) };
    expect(() => paretoSearch(watched, quick, { seed: 1, weights: [0, 0] })).toThrow(
      expect.objectContaining({ code: "optimize.weightsZero" }),
    );
    expect(() => paretoSearch(watched, quick, { seed: 1, weights: [1] })).toThrow(RangeError);
    expect(evaluated).toBe(0);
  });

  test("without a solution from any seed has the nearest of all", () => {
    const impossible: Problem = { ...mixed, evaluate: ([n]) => 1 + (n as number) };
    expect(paretoSearch(impossible, quick, { seed: 1, weights: [1, 1] })).toMatchObject({
      kind: "infeasible",
      violation: 1,
    });
  });
});
