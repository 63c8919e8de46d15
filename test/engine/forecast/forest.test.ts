import * as fc from "fast-check";
import { RandomForestRegression } from "ml-random-forest";
import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import { Forest, type ForestOptions, type Samples } from "../../../src/engine/forecast/forest.ts";
import type { ForestJson } from "../../../src/engine/forecast/forestJson.ts";

function samplesOf(rows: readonly (readonly number[])[], targets: readonly (readonly number[])[]): Samples {
  return {
    rows: rows.length,
    features: Float64Array.from(rows.flat()),
    width: rows[0]?.length ?? 0,
    targets: Float64Array.from(targets.flat()),
    outputs: targets[0]?.length ?? 0,
  };
}

const one: ForestOptions = { trees: 1, seed: 1, leastLeaf: 1, leaf: "mean" };

/** Friedman's first function (Friedman 1991): five features that matter, of which two interact, and noise. */
function friedman(rows: number, seed: number): { features: number[][]; targets: number[] } {
  const rng = createRng(seed);
  const features = Array.from({ length: rows }, () => Array.from({ length: 7 }, () => rng()));
  const targets = features.map(
    ([a = 0, b = 0, c = 0, d = 0, e = 0]) =>
      10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + normal(rng),
  );
  return { features, targets };
}

describe("what it learns", () => {
  test("a step is found exactly where it is, by one split", () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, 7]);
    const forest = Forest.fit(
      samplesOf(
        rows,
        rows.map(([x = 0]) => [x < 23 ? 2 : 5]),
      ),
      { ...one, tried: 2 },
    );
    const [tree] = forest.toJSON().trees;
    expect(tree?.feature).toEqual([0, -1, -1]);
    // Rows that were not drawn leave a gap around the step; whatever lies in it is as good.
    expect(tree?.threshold[0]).toBeGreaterThan(20);
    expect(tree?.threshold[0]).toBeLessThan(25);
    for (const x of [-100, 0, 20]) expect([...forest.predict([x, 7])]).toEqual([2]);
    for (const x of [25, 39, 1e9]) expect([...forest.predict([x, 7])]).toEqual([5]);
  });

  test("as well as another implementation, on rows that neither has seen", () => {
    const known = friedman(400, 1);
    const later = friedman(300, 2);
    const ours = Forest.fit(
      samplesOf(
        known.features,
        known.targets.map((target) => [target]),
      ),
      { trees: 60, seed: 3, leastLeaf: 2, leaf: "mean", tried: 4 },
    );
    const oracle = new RandomForestRegression({
      ...{ seed: 3, maxFeatures: 4, replacement: false, nEstimators: 60, selectionMethod: "mean" as const },
      ...{ noOOB: true, treeOptions: { minNumSamples: 3 } },
    });
    oracle.train(known.features, known.targets);
    const error = (said: readonly number[]): number =>
      said.reduce((sum, value, i) => sum + Math.abs(value - (later.targets[i] as number)), 0) / said.length;
    const own = error(later.features.map((row) => ours.predict(row)[0] as number));
    const theirs = error(oracle.predict(later.features));
    const mean = known.targets.reduce((sum, value) => sum + value, 0) / known.targets.length;
    const nothing = error(later.targets.map(() => mean));
    expect(own).toBeLessThan(1.05 * theirs);
    expect(own).toBeLessThan(0.55 * nothing);
  });

  test("several outputs at once, each its own", () => {
    const { features, targets } = friedman(300, 4);
    const forest = Forest.fit(
      samplesOf(
        features,
        targets.map((target) => [target, -2 * target, 9]),
      ),
      { trees: 10, seed: 1, leastLeaf: 5, leaf: "mean" },
    );
    const [first = 0, second = 0, third = 0] = forest.predict(features[7] as number[]);
    expect(second).toBeCloseTo(-2 * first, 9);
    expect(third).toBeCloseTo(9, 12);
  });

  test("a leaf of medians does not hear spikes that pull a leaf of means along", () => {
    const rows = Array.from({ length: 200 }, (_, i) => [i % 2]);
    const targets = rows.map(([side = 0], i) => [i % 20 === 0 ? 1_000 : side + 1]);
    const said = (leaf: ForestOptions["leaf"]): number =>
      Forest.fit(samplesOf(rows, targets), { ...one, trees: 20, leastLeaf: 40, leaf }).predict([0])[0] as number;
    expect(said("median")).toBe(1);
    expect(said("mean")).toBeGreaterThan(50);
  });

  test("nothing where nothing varies, or where no feature does", () => {
    const rows = Array.from({ length: 50 }, (_, i) => [i]);
    const constant = Forest.fit(
      samplesOf(
        rows,
        rows.map(() => [3]),
      ),
      one,
    );
    expect(constant.toJSON().trees[0]?.feature).toEqual([-1]);
    expect(constant.predict([17])[0]).toBe(3);
    const blind = Forest.fit(
      samplesOf(
        rows.map(() => [4]),
        rows.map(([x = 0]) => [x]),
      ),
      { ...one, trees: 9 },
    );
    expect(blind.toJSON().trees.every(({ feature }) => feature.length === 1)).toBe(true);
  });
});

describe("its shape", () => {
  test("is drawn by the seed alone", () => {
    const { features, targets } = friedman(120, 5);
    const samples = samplesOf(
      features,
      targets.map((target) => [target]),
    );
    const fit = (seed: number): ForestJson => Forest.fit(samples, { ...one, trees: 3, seed }).toJSON();
    expect(fit(1)).toEqual(fit(1));
    expect(fit(2)).not.toEqual(fit(1));
    // Each tree has its own bag.
    const [first, second] = fit(1).trees;
    expect(second).not.toEqual(first);
  });

  test("no leaf has fewer rows than allowed, no path is longer, whatever the data", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 120 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 5 }),
        (list, leastLeaf, maxDepth) => {
          const samples = samplesOf(
            list.map((value, i) => [value, i % 3]),
            list.map((value, i) => [value * (i % 3)]),
          );
          const [tree] = Forest.fit(samples, { ...one, leastLeaf, maxDepth, tried: 2 }).toJSON().trees;
          const { feature = [], child = [], values = [] } = tree ?? {};
          const depths = feature.map(() => 0);
          for (const [node, f] of feature.entries()) {
            if (f < 0) continue;
            const below = child[node] as number;
            depths[below] = depths[below + 1] = (depths[node] as number) + 1;
          }
          expect(Math.max(...depths)).toBeLessThanOrEqual(maxDepth);
          expect(values.length).toBeLessThanOrEqual(Math.max(1, Math.floor(list.length / leastLeaf)));
        },
      ),
    );
  });

  test("may be a hundred thousand nodes deep: nothing recurses", () => {
    // A staircase whose every step is cut off by one split: child after child to the right.
    const steps = 50_000;
    const feature: number[] = [];
    const threshold: number[] = [];
    const child: number[] = [];
    const values: number[] = [];
    for (let step = 0; step < steps; step++) {
      feature.push(0, -1);
      threshold.push(step + 0.5, 0);
      child.push(2 * step + 1, step);
      values.push(step);
    }
    // Node 2k splits; its left child 2k+1 is a leaf, its right one 2k+2 splits on.
    feature.push(-1);
    threshold.push(0);
    child.push(steps);
    values.push(-7);
    const forest = Forest.fromJSON({ outputs: 1, width: 1, trees: [{ feature, threshold, child, values }] });
    expect(forest.predict([0])[0]).toBe(0);
    expect(forest.predict([40_000])[0]).toBe(40_000);
    expect(forest.predict([1e6])[0]).toBe(-7);
    expect(Forest.fromJSON(forest.toJSON()).predict([41_234])[0]).toBe(41_234);
  });

  test("grows as large as the data ask for without recursing", () => {
    const rng = createRng(8);
    const rows = Array.from({ length: 20_000 }, () => Array.from({ length: 6 }, () => rng()));
    const samples = samplesOf(
      rows,
      rows.map(([a = 0, b = 0, c = 0]) => [a * b + c * rng()]),
    );
    const [tree] = Forest.fit(samples, { ...one, maxDepth: 10_000 }).toJSON().trees;
    expect(tree?.feature.length).toBeGreaterThan(15_000);
  });
});

describe("refused are", () => {
  const samples = samplesOf([[1], [2]], [[1], [2]]);
  test.each<[string, Samples, ForestOptions]>([
    ["no rows", { ...samples, rows: 0 }, one],
    ["features of another size", { ...samples, width: 2 }, one],
    ["targets of another size", { ...samples, outputs: 3 }, one],
    ["no trees", samples, { ...one, trees: 0 }],
    ["empty leaves", samples, { ...one, leastLeaf: 0 }],
    ["leaves of no size", samples, { ...one, leastLeaf: [] }],
    ["leaves of which one is empty", samples, { ...one, leastLeaf: [3, Number.NaN] }],
  ])("%s", (_, data, options) => {
    expect(() => Forest.fit(data, options)).toThrow(RangeError);
  });

  const tree = { feature: [0, -1, -1], threshold: [0.5, 0, 0], child: [1, 0, 1], values: [1, 2] };
  const kept = { outputs: 1, width: 1, trees: [tree] };
  test("nothing of what is a forest", () => {
    expect(Forest.fromJSON(kept).predict([0])[0]).toBe(1);
    expect(Forest.fromJSON(kept).predict([1])[0]).toBe(2);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["no trees", { ...kept, trees: [] }],
    ["trees that are none", { ...kept, trees: [null] }],
    ["no outputs", { ...kept, outputs: 0 }],
    ["a circle", { ...kept, trees: [{ ...tree, child: [0, 0, 1] }] }],
    ["a circle of fractions", { ...kept, trees: [{ ...tree, child: [0.5, 0, 1] }] }],
    ["a child that is not there", { ...kept, trees: [{ ...tree, child: [2, 0, 1] }] }],
    ["a leaf that is not there", { ...kept, trees: [{ ...tree, child: [1, 0, 2] }] }],
    ["a feature that is not there", { ...kept, trees: [{ ...tree, feature: [1, -1, -1] }] }],
    ["too few thresholds", { ...kept, trees: [{ ...tree, threshold: [0.5] }] }],
    ["a threshold that is no number", { ...kept, trees: [{ ...tree, threshold: [null, 0, 0] }] }],
    ["a value that is no number", { ...kept, trees: [{ ...tree, values: [1, null] }] }],
    ["no nodes", { ...kept, trees: [{ feature: [], threshold: [], child: [], values: [] }] }],
  ])("%s as a forest", (_, json) => {
    expect(() => Forest.fromJSON(json as ForestJson)).toThrow(RangeError);
  });
});
