import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import { linear } from "../../../src/engine/forecast/linear.ts";
import { continued, historyOf, series } from "./support.ts";

/** An autoregression around 10: what is best known of it is `10 + phi^h · (last − 10)`. */
function wandering(phi: number, length: number, seed: number): Float64Array {
  const rng = createRng(seed);
  let away = 0;
  return Float64Array.from({ length }, () => 10 + (away = phi * away + normal(rng)));
}

/** Mean absolute error of a step `lead` over many origins. */
async function errorOf(
  values: Float64Array,
  lead: number,
  say: (past: Float64Array) => Promise<number> | number,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (let origin = 600; origin + lead < values.length; origin += 25) {
    sum += Math.abs((values[origin + lead - 1] as number) - (await say(values.subarray(0, origin))));
    count++;
  }
  return sum / count;
}

describe("linear", () => {
  test("comes near the best forecast there is of a series that returns to its mean, and beats both ends of it", async () => {
    for (const [phi, lead] of [
      [0.8, 1],
      [0.8, 3],
      [0.95, 6],
    ] as const) {
      const values = wandering(phi, 3_000, 7);
      const own = await errorOf(values, lead, async (past) => {
        const points = await continued(linear, historyOf(past), 6);
        return points[lead - 1] as number;
      });
      const best = await errorOf(values, lead, (past) => 10 + phi ** lead * ((past.at(-1) as number) - 10));
      const naive = await errorOf(values, lead, (past) => past.at(-1) as number);
      expect(own).toBeLessThan(1.08 * best);
      expect(own).toBeLessThan(naive);
    }
  });

  test("follows a season it is told of", async () => {
    const wave = (t: number): number => 5 + 2 * Math.sin((2 * Math.PI * t) / 24);
    const values = Float64Array.from({ length: 24 * 20 }, (_, t) => wave(t));
    const points = await continued(linear, historyOf(values, 24), 12);
    for (const [h, point] of points.entries()) expect(Math.abs(point - wave(values.length + h))).toBeLessThan(0.2);
  });

  test("does not hear spikes: the median is what it says of noise with them", async () => {
    const values = series(1_200, 3, (t, noise) => 5 + 0.2 * noise() + (t % 17 === 0 ? 40 : 0));
    for (const point of await continued(linear, historyOf(values), 8)) expect(Math.abs(point - 5)).toBeLessThan(0.3);
  });

  test("does not learn from what was filled in, nor from what was unusual", async () => {
    const values = wandering(0.9, 900, 5);
    const marks = new Uint8Array(values.length);
    const spoiled = values.slice();
    // Half of the steps are held constant, as a gap that was filled: learned from, they would teach that nothing changes.
    for (let t = 40; t < values.length - 40; t += 2) {
      marks[t] = 1;
      spoiled[t] = values[t - 1] as number;
    }
    const plain = historyOf(spoiled);
    const [told = 0] = await continued(linear, { ...plain, filled: marks }, 1);
    const [spikes = 0] = await continued(linear, { ...plain, spikes: marks }, 1);
    const [untold = 0] = await continued(linear, plain, 1);
    expect(told).toBe(spikes);
    expect(told).not.toBe(untold);
  });

  test("says the level of a constant, and refuses a history that is too short", async () => {
    expect([...(await continued(linear, historyOf(new Float64Array(200).fill(3)), 3))]).toEqual([3, 3, 3]);
    expect(linear.least(null, 5)).toBeGreaterThan(60);
    await expect(continued(linear, historyOf(wandering(0.5, 40, 1)), 5)).rejects.toThrow(/rows are too few/);
  });
});
