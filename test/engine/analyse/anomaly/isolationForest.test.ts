import { describe, expect, test } from "vitest";
import { averagePathLength, IsolationForest } from "../../../../src/engine/analyse/anomaly/isolationForest.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";

const forestOf = (points: Float64Array, features: number, seed = 1, trees = 100): IsolationForest => {
  const forest = new IsolationForest({ trees, subsample: 256, features, rng: createRng(seed) });
  for (let i = 0; i < trees; i++) forest.grow(points, points.length / features);
  return forest;
};

/** Two features, normal and independent, and one point far off in the last place. */
function cloud(count: number, seed: number, far: readonly [number, number]): Float64Array {
  const rng = createRng(seed);
  const points = Float64Array.from({ length: 2 * count }, () => normal(rng));
  points.set(far, 2 * count - 2);
  return points;
}

describe("the average path length", () => {
  test("is that of the paper, worked out by hand", () => {
    // c(n) = 2·H(n−1) − 2(n−1)/n
    expect(averagePathLength(0)).toBe(0);
    expect(averagePathLength(1)).toBe(0);
    expect(averagePathLength(2)).toBeCloseTo(1, 12);
    expect(averagePathLength(3)).toBeCloseTo(2 * 1.5 - 4 / 3, 12);
    expect(averagePathLength(4)).toBeCloseTo(2 * (1 + 1 / 2 + 1 / 3) - 6 / 4, 12);
    // The usual subsample: 10.24 in the paper's approximation.
    expect(averagePathLength(256)).toBeCloseTo(10.244_8, 2);
  });

  test("has no step where the exact sum gives way to the series", () => {
    let sum = 0;
    for (let n = 2; n <= 200; n++) {
      sum += 1 / (n - 1);
      expect(averagePathLength(n)).toBeCloseTo(2 * sum - (2 * (n - 1)) / n, 8);
    }
  });
});

describe("an isolation forest", () => {
  test("knows nothing before its first tree", () => {
    const forest = new IsolationForest({ trees: 3, subsample: 8, features: 1, rng: createRng(1) });
    expect(forest.score(new Float64Array([1]))).toBeNull();
  });

  test("of one tree over two points scores each 0.5: depth 1 = c(2)", () => {
    const forest = new IsolationForest({ trees: 1, subsample: 2, features: 1, rng: createRng(1) });
    forest.grow(new Float64Array([0, 1]), 2);
    expect(forest.score(new Float64Array([0]))).toBeCloseTo(0.5, 12);
    expect(forest.score(new Float64Array([1]))).toBeCloseTo(0.5, 12);
  });

  test("of equal points is a leaf that holds them all: every path is c(n)", () => {
    const forest = new IsolationForest({ trees: 5, subsample: 16, features: 2, rng: createRng(1) });
    for (let i = 0; i < 5; i++) forest.grow(new Float64Array(32).fill(7), 16);
    expect(forest.score(new Float64Array([7, 7]), 16)).toBeCloseTo(0.5, 12);
    expect(forest.score(new Float64Array([1e9, -1e9]), 16)).toBeCloseTo(0.5, 12);
  });

  test("gives a planted outlier more than any other point", () => {
    const points = cloud(600, 3, [6, 6]);
    const forest = forestOf(points, 2);
    const scores = Array.from({ length: 600 }, (_, i) => forest.score(points.slice(2 * i, 2 * i + 2)) ?? 0);
    expect(Math.max(...scores.slice(0, -1))).toBeLessThan(scores[599] ?? 0);
    expect(scores[599]).toBeGreaterThan(0.65);
    expect(scores.reduce((sum, score) => sum + score, 0) / 600).toBeLessThan(0.5);
  });

  test("grows with the distance along a ray", () => {
    const forest = forestOf(cloud(600, 4, [0, 0]), 2);
    const along = [0, 1, 2, 3, 4].map((r) => forest.score(new Float64Array([r, 0])) ?? 0);
    expect(along).toEqual(along.toSorted((a, b) => a - b));
  });

  test("does not change when a feature is scaled or shifted by a power of two", () => {
    const points = cloud(400, 5, [5, -5]);
    const other = points.map((x, i) => (i % 2 === 0 ? 1024 * x : x));
    const [a, b] = [forestOf(points, 2), forestOf(other, 2)];
    for (let i = 0; i < 400; i += 7)
      expect(b.score(other.slice(2 * i, 2 * i + 2))).toBeCloseTo(a.score(points.slice(2 * i, 2 * i + 2)) ?? 0, 10);
  });

  test("is the same by the same seed, and another by another", () => {
    const points = cloud(400, 6, [4, 4]);
    const at = points.slice(0, 2);
    expect(forestOf(points, 2, 9).score(at)).toBe(forestOf(points, 2, 9).score(at));
    expect(forestOf(points, 2, 9).score(at)).not.toBe(forestOf(points, 2, 10).score(at));
  });

  test("renews itself tree by tree: what is grown later takes the place of the oldest", () => {
    const forest = new IsolationForest({ trees: 50, subsample: 64, features: 1, rng: createRng(2) });
    const rng = createRng(1);
    const low = Float64Array.from({ length: 300 }, () => normal(rng));
    const high = low.map((x) => x + 100);
    for (let i = 0; i < 50; i++) forest.grow(low, 300);
    const before = forest.score(new Float64Array([100])) ?? 0;
    for (let i = 0; i < 50; i++) forest.grow(high, 300);
    expect(forest.grown).toBe(50);
    expect(forest.score(new Float64Array([100])) ?? 1).toBeLessThan(before);
    expect(forest.score(new Float64Array([0])) ?? 0).toBeGreaterThan(0.6);
  });

  test.each([
    [{ trees: 0 }, "trees must be a whole number ≥ 1, got 0"],
    [{ subsample: 1 }, "subsample must be a whole number from 2 to 32768, got 1"],
    [{ features: 1.5 }, "features must be a whole number from 1 to 127, got 1.5"],
  ])("refuses %o", (bad, message) => {
    const options = { trees: 10, subsample: 16, features: 2, rng: createRng(1), ...bad };
    expect(() => new IsolationForest(options)).toThrow(new RangeError(message));
  });
});
