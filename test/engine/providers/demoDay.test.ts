import { expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import {
  arrivalTimes,
  DEMO_DAY_MS,
  MEAN_TASK_SECONDS,
  offeredLoad,
  spikeStarts,
} from "../../../src/engine/providers/demo/day.ts";

const day = Array.from({ length: 720 }, (_, n) => (n / 720) * DEMO_DAY_MS);
const inSpike = (t: number, seed: number) =>
  spikeStarts(0, seed).some((start) => t / DEMO_DAY_MS >= start && t < start * DEMO_DAY_MS + 8_000);

test("a day lasts six minutes", () => {
  expect(DEMO_DAY_MS).toBe(360_000);
});

test("outside its spikes the day needs 2 to 12 agents at a utilisation of 0.7", () => {
  const needs = day.filter((t) => !inSpike(t, 1)).map((t) => Math.ceil(offeredLoad(t, 1) / 0.7));
  expect(Math.min(...needs)).toBe(2);
  expect(Math.max(...needs)).toBe(12);
});

test("two spikes a day, at times that depend on seed and day", () => {
  expect(spikeStarts(3, 1)).toEqual(spikeStarts(3, 1));
  expect(spikeStarts(3, 1)).not.toEqual(spikeStarts(4, 1));
  expect(spikeStarts(3, 1)).not.toEqual(spikeStarts(3, 2));
});

test("arrivals come at the rate of the load: within four standard errors over twenty days, and the same for a seed", () => {
  const rng = createRng(7);
  const times = arrivalTimes(0, 20 * DEMO_DAY_MS, 1, rng);
  let mean = 0;
  for (let t = 0; t < 20 * DEMO_DAY_MS; t += 500) mean += (offeredLoad(t, 1) / MEAN_TASK_SECONDS) * 0.5;
  expect(Math.abs(times.length - mean)).toBeLessThan(4 * Math.sqrt(mean));
  expect(times.every((t, n) => n === 0 || t > (times[n - 1] ?? 0))).toBe(true);
  expect(arrivalTimes(0, DEMO_DAY_MS, 1, createRng(7)).length).toBe(
    arrivalTimes(0, DEMO_DAY_MS, 1, createRng(7)).length,
  );
});
