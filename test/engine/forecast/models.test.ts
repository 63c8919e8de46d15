import { describe, expect, test } from "vitest";
import type { Forecaster } from "../../../src/engine/forecast/forecaster.ts";
import { augurs, continued, fitOf, historyOf, quickModels, series } from "./support.ts";

const byId = new Map(quickModels.map((model) => [model.id, model]));
const get = (id: string): Forecaster => byId.get(id) as Forecaster;
const say = (id: string, values: Float64Array, season: number | null, horizon: number): Promise<Float64Array> =>
  continued(get(id), historyOf(values, season), horizon);
const SEASON = 12;

test("a network that nothing trains asks for more history than there is, and can still be brought back", () => {
  expect(get("lstm").least(null, 1)).toBe(Number.POSITIVE_INFINITY);
  expect(get("lstm").least(12, 30)).toBe(Number.POSITIVE_INFINITY);
});

test("what needs a season asks for infinitely many values without one", () => {
  for (const id of ["snaive", "mstl"]) expect(get(id).least(null, 5)).toBe(Number.POSITIVE_INFINITY);
  expect(get("snaive").least(12, 5)).toBe(12);
  expect(get("mstl").least(12, 5)).toBe(24);
});

test("the seasonal naive repeats the last season, more than once where it must", async () => {
  const values = Float64Array.of(9, 9, 9, 1, 2, 3);
  expect([...(await say("snaive", values, 3, 7))]).toEqual([1, 2, 3, 1, 2, 3, 1]);
});

test.each(["snaive", "harmonic", "mstl"])(
  "%s knows a clean season, in phase, wherever in it the history ends",
  async (id) => {
    for (const length of [72, 77, 83]) {
      const wave = (t: number): number => 1 + 0.5 * Math.sin((2 * Math.PI * t) / SEASON);
      const values = Float64Array.from({ length }, (_, t) => wave(t));
      for (const [h, point] of (await say(id, values, SEASON, 30)).entries())
        expect(point).toBeCloseTo(wave(length + h), 2);
    }
  },
);

test.each(["harmonic", "mstl"])("%s is below the seasonal naive on a noisy season", async (id) => {
  let own = 0;
  let naive = 0;
  for (let seed = 0; seed < 8; seed++) {
    const values = series(48 * 7, seed, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 48) + noise());
    const past = values.subarray(0, 48 * 6);
    const error = (points: Float64Array): number =>
      points.reduce((sum, point, h) => sum + Math.abs(point - (values[48 * 6 + h] as number)), 0);
    own += error(await say(id, past, 48, 48));
    naive += error(await say("snaive", past, 48, 48));
  }
  expect(own).toBeLessThan(0.95 * naive);
});

test("a season of a day in minutes is fitted on fewer bins and comes back in minutes", async () => {
  const wave = (t: number): number => 3 + Math.sin((2 * Math.PI * t) / 1_440);
  const values = Float64Array.from({ length: 3_000 }, (_, t) => wave(t));
  for (const [h, point] of (await say("mstl", values, 1_440, 120)).entries())
    expect(Math.abs(point - wave(3_000 + h))).toBeLessThan(0.03);
});

test("harmonic returns from a disturbance to its mean as fast as the series does", async () => {
  let level = 0;
  const values = series(600, 9, (_, noise) => (level = 0.8 * level + noise()) + 20);
  values[599] = 30;
  const points = await say("harmonic", values, null, 40);
  const mean = values.reduce((sum, value) => sum + value, 0) / 600;
  expect((points[0] as number) - mean).toBeGreaterThan(6);
  expect(Math.abs((points[39] as number) - mean)).toBeLessThan(0.5);
});

describe("ewma", () => {
  test("takes the alpha of the least absolute error, as worked by hand", async () => {
    // Levels by alpha 1: 0 10 0 10 …, each one-step error 10. By a smaller alpha the level stays near where the values
    // fall half of the time: over 0, 10, 0, 10, 0 alpha 0.02 misses by 10, 0.2, 9.804, 0.39208 = 20.39608 (least).
    const values = Float64Array.of(0, 10, 0, 10, 0);
    const fitted = await fitOf(get("ewma"), historyOf(values), 1);
    expect(fitted.toJSON()["alpha"]).toBeCloseTo(0.02, 12);
    // 0 → 0.2 → 0.196 → 0.39208 → 0.3842384.
    expect(fitted.predict(historyOf(values), 2)[1]).toBeCloseTo(0.3842384, 12);
    // A straight line is followed by its last value.
    const line = await fitOf(get("ewma"), historyOf(Float64Array.of(1, 2, 3, 4)), 1);
    expect(line.toJSON()["alpha"]).toBeCloseTo(1, 12);
    expect(line.predict(historyOf(Float64Array.of(1, 2, 3, 4)), 1)[0]).toBeCloseTo(4, 12);
  });

  test("keeps its alpha and takes the level from what it continues", async () => {
    const fitted = await fitOf(get("ewma"), historyOf(Float64Array.of(0, 10, 0, 10, 0)), 1);
    expect(fitted.predict(historyOf(Float64Array.of(5, 55)), 1)[0]).toBeCloseTo(6, 12);
  });

  test("smooths what is noise and follows what moves", async () => {
    const noise = series(300, 4, (_, normal) => 10 + normal());
    expect((await say("ewma", noise, null, 1))[0]).toBeCloseTo(10, 0);
    let level = 0;
    const walk = series(300, 4, (_, normal) => (level += normal()));
    expect(Math.abs(((await say("ewma", walk, null, 1))[0] as number) - (walk[299] as number))).toBeLessThan(0.5);
  });
});

test("the rolling median is that of the last 36 values, and does not see a spike", async () => {
  const values = new Float64Array(50).fill(2);
  values[49] = 1_000;
  expect([...(await say("median", values, null, 2))]).toEqual([2, 2]);
  const steps = Float64Array.from({ length: 80 }, (_, t) => t);
  // 44 … 79.
  expect((await say("median", steps, null, 1))[0]).toBe(61.5);
});

/** The level of simple exponential smoothing by the alpha and first level of the least squared one-step error. */
function smoothed(values: Float64Array): number {
  let best = { error: Number.POSITIVE_INFINITY, level: Number.NaN };
  for (let alpha = 0.01; alpha < 1; alpha += 0.01) {
    // Each error is linear in the first level, so that the best of it has a closed form: e = a − b · l₀.
    let known = 0;
    let share = 1;
    let ab = 0;
    let bb = 0;
    for (const value of values) {
      ab += (value - known) * share;
      bb += share * share;
      known += alpha * (value - known);
      share *= 1 - alpha;
    }
    const first = ab / bb;
    let level = first;
    let error = 0;
    for (const value of values) {
      error += (value - level) ** 2;
      level += alpha * (value - level);
    }
    if (error < best.error) best = { error, level };
  }
  return best.level;
}

describe("reference values", () => {
  test("ets without a trend in the data is simple exponential smoothing", async () => {
    for (const seed of [1, 2, 3]) {
      let level = 50;
      const values = series(200, seed, (_, noise) => (level += 0.4 * noise()) + noise());
      const points = await say("ets", values, null, 12);
      const by = smoothed(values);
      // Flat, or with a trend that its criterion found too weak to matter.
      for (const point of points) expect(Math.abs(point - by)).toBeLessThan(0.8);
    }
  });

  test("ets follows a straight line", async () => {
    const values = series(120, 6, (t, noise) => 10 + 0.5 * t + 0.1 * noise());
    for (const [h, point] of (await say("ets", values, null, 20)).entries())
      expect(Math.abs(point - (10 + 0.5 * (120 + h)))).toBeLessThan(0.6);
  });

  test("ets is fitted to the newest 300 values alone", async () => {
    let level = 20;
    const values = series(900, 5, (_, noise) => (level += 0.3 * noise()) + noise());
    const before = await say("ets", values, null, 5);
    const other = values.slice();
    other.fill(1e6, 0, 600);
    expect(await say("ets", other, null, 5)).toEqual(before);
    expect([...before]).toEqual([...Float64Array.from(augurs.ets(values.slice(600), 5))]);
  });

  test("mstl on twelve years of months: growth and season together, within a few percent", async () => {
    // The shape of the airline passengers of Box & Jenkins (1976): a trend, a year's season, and noise.
    const month = (t: number): number => 110 + 2.5 * t + 30 * Math.sin((2 * Math.PI * (t - 3)) / 12);
    const values = series(144, 7, (t, noise) => month(t) + 3 * noise());
    const points = await say("mstl", values, 12, 12);
    for (const [h, point] of points.entries()) {
      const expected = month(144 + h);
      expect(Math.abs(point - expected) / expected).toBeLessThan(0.06);
    }
    const naive = await say("snaive", values, 12, 12);
    const error = (said: Float64Array): number =>
      said.reduce((sum, point, h) => sum + Math.abs(point - month(144 + h)), 0) / 12;
    expect(error(points)).toBeLessThan(0.4 * error(naive));
  });

  test("harmonic is the series itself where that is a mean and a few waves", async () => {
    const exact = (t: number): number =>
      4 + 2 * Math.cos((2 * Math.PI * t) / 30) - 0.7 * Math.sin((6 * Math.PI * t) / 30);
    const values = Float64Array.from({ length: 300 }, (_, t) => exact(t));
    for (const [h, point] of (await say("harmonic", values, 30, 60)).entries())
      expect(point).toBeCloseTo(exact(300 + h), 4);
  });

  test("a fit is for the history that it continues, and says so of another", async () => {
    for (const id of ["ets", "mstl", "harmonic"]) {
      const values = series(96, 2, (t, noise) => 5 + Math.sin((2 * Math.PI * t) / SEASON) + 0.1 * noise());
      const fitted = await fitOf(get(id), historyOf(values, SEASON), 4);
      expect(() => fitted.predict(historyOf(values.subarray(1), SEASON), 4)).toThrow(RangeError);
      expect(() => fitted.predict(historyOf(values, SEASON), 5)).toThrow(RangeError);
    }
  });
});
