import { expect, test } from "vitest";
import { unusualSteps } from "../../../../src/engine/analyse/anomaly/unusualSteps.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";

const STEP_MS = 300_000;

/** A day of 288 steps with noise, and a spike of three steps every third day. */
function load(seed: number, isSpiked: boolean): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: 2_592 }, (_, t) => {
    const day = 6 - 4 * Math.cos((2 * Math.PI * t) / 288);
    return day * (1 + 0.08 * normal(rng)) + (isSpiked && t % 864 >= 300 && t % 864 < 303 ? 14 : 0);
  });
}

function find(values: Float64Array, stepMs: number, seasonSteps: number | null) {
  const horizon = { horizonSteps: 12, confidence: 0.95, lowerBound: 0 };
  return unusualSteps({ values, stepMs, endMs: 0, dayMs: null, seasonSteps, seed: 1, ...horizon });
}

test.each([1, 2, 3])("seed %i: the planted spikes are marked, and hardly anything else", (seed) => {
  const { flags, steps } = find(load(seed, true), STEP_MS, 288);
  // The first comes on the second day, before the first day is known to come again.
  const last = new Set([2_028, 2_029, 2_030].map((t) => (t + 1 - 2_592) * STEP_MS));
  const marked = steps.map(({ atMs }) => atMs);
  expect(marked.filter((atMs) => last.has(atMs)).length).toBeGreaterThanOrEqual(2);
  expect(steps.filter(({ value }) => value < 12).length).toBeLessThanOrEqual(2);
  expect(flags.filter((flag) => flag === 1)).toHaveLength(steps.length);
});

test("nothing is marked in noise around a day, and nothing in a constant", () => {
  expect(find(load(4, false), STEP_MS, 288).steps.length).toBeLessThanOrEqual(2);
  expect(find(new Float64Array(900).fill(3), STEP_MS, null).steps).toEqual([]);
  expect(find(new Float64Array(900).fill(Number.NaN), STEP_MS, null).steps).toEqual([]);
});

test("a past of five minutes that is read by the minute is judged by its own steps, and its stairs are no jumps", () => {
  const coarse = load(5, true);
  const stairs = Float64Array.from({ length: coarse.length * 5 }, (_, t) => coarse[Math.floor(t / 5)] as number);
  const { flags, steps } = find(stairs.subarray(3), STEP_MS / 5, 1_440);
  const planted = [300, 1_164, 2_028].flatMap((t) => [t, t + 1, t + 2]).map((t) => (t + 1 - 2_592) * STEP_MS);
  expect(steps.length).toBeGreaterThanOrEqual(3);
  for (const { atMs } of steps) expect(planted).toContain(atMs);
  expect(flags.filter((flag) => flag === 1)).toHaveLength(5 * steps.length);
});
