import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Forecaster } from "../../../src/engine/forecast/forecaster.ts";
import { forecasters } from "../../../src/engine/forecast/models.ts";
import { augurs, series } from "./support.ts";

const models = forecasters(augurs);
const byId = new Map(models.map((model) => [model.id, model]));
const get = (id: string): Forecaster => byId.get(id) as Forecaster;
const SEASON = 12;
const seasonFor = (model: Forecaster): number | null => (Number.isFinite(model.least(null)) ? null : SEASON);

test("the baselines are those of the gate's rule", () => {
  const baselines = models.filter(({ role }) => role === "baseline").map(({ id }) => id);
  expect(baselines).toEqual(["naive", "seasonalNaive", "ewma", "rollingMedian", "ets"]);
  expect(byId.size).toBe(models.length);
});

describe.each(models.map((model) => ({ id: model.id, model })))("$id", ({ model }) => {
  test("answers with as many finite values as asked, whatever the history is", () => {
    const value = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 1, -1, 1e-12));
    const least = Math.max(model.least(null) === Number.POSITIVE_INFINITY ? 2 * SEASON : model.least(null), 36);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: least, maxLength: 120 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (list, horizon, seasonal) => {
          const season = seasonal ? SEASON : seasonFor(model);
          const history = { values: Float64Array.from(list), season };
          let points: Float64Array;
          try {
            points = model.forecast(history, horizon);
          } catch (error) {
            // "No model fits" is an answer; a number that is none would not be.
            expect(error).toBeInstanceOf(Error);
            return;
          }
          expect(points).toHaveLength(horizon);
          expect(points.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is deterministic and leaves the history as it was", () => {
    const values = series(200, 3, (t, noise) => 5 + Math.sin(t) + noise());
    const before = values.slice();
    const history = { values, season: SEASON };
    expect(model.forecast(history, 20)).toEqual(model.forecast(history, 20));
    expect(values).toEqual(before);
  });

  test("continues a constant with that constant", () => {
    const points = model.forecast({ values: new Float64Array(60).fill(1.5), season: seasonFor(model) }, 10);
    for (const point of points) expect(point).toBeCloseTo(1.5, 5);
  });

  test("can be fitted to the least it asks for", () => {
    for (const season of [null, SEASON]) {
      const least = model.least(season);
      if (!Number.isFinite(least)) continue;
      const values = series(least, 5, (_, noise) => 1 + 0.2 * noise());
      expect(model.forecast({ values, season }, 3)).toHaveLength(3);
    }
  });
});

const SEASONAL = ["seasonalNaive", "holtWinters", "harmonic", "mstl"];

test.each(SEASONAL)("%s knows a clean season, in phase, wherever in it the history ends", (id) => {
  for (const length of [72, 77, 83]) {
    const wave = (t: number): number => 1 + 0.5 * Math.sin((2 * Math.PI * t) / SEASON);
    const values = Float64Array.from({ length }, (_, t) => wave(t));
    const points = get(id).forecast({ values, season: SEASON }, 30);
    for (const [h, point] of points.entries()) expect(point).toBeCloseTo(wave(length + h), 2);
  }
});

test.each(["harmonic", "holtWinters", "mstl"])("%s is below the seasonal naive on a noisy season", (id) => {
  let own = 0;
  let naive = 0;
  for (let seed = 0; seed < 8; seed++) {
    const values = series(48 * 7, seed, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 48) + noise());
    const history = { values: values.subarray(0, 48 * 6), season: 48 };
    const error = (points: Float64Array): number =>
      points.reduce((sum, point, h) => sum + Math.abs(point - (values[48 * 6 + h] as number)), 0);
    own += error(get(id).forecast(history, 48));
    naive += error(get("seasonalNaive").forecast(history, 48));
  }
  expect(own).toBeLessThan(0.95 * naive);
});

test("a season of a day in minutes is fitted on fewer bins and comes back in minutes", () => {
  const wave = (t: number): number => 3 + Math.sin((2 * Math.PI * t) / 1_440);
  const values = Float64Array.from({ length: 3_000 }, (_, t) => wave(t));
  const points = get("mstl").forecast({ values, season: 1_440 }, 120);
  for (const [h, point] of points.entries()) expect(Math.abs(point - wave(3_000 + h))).toBeLessThan(0.03);
});

test("harmonic returns from a disturbance to its mean as fast as the series does", () => {
  let level = 0;
  const values = series(600, 9, (_, noise) => (level = 0.8 * level + noise()) + 20);
  values[599] = 30;
  const points = get("harmonic").forecast({ values, season: null }, 40);
  const mean = values.reduce((sum, value) => sum + value, 0) / 600;
  expect((points[0] as number) - mean).toBeGreaterThan(6);
  expect(Math.abs((points[39] as number) - mean)).toBeLessThan(0.5);
});

test("ewma smooths what is noise and follows what moves", () => {
  const noise = series(300, 4, (_, normal) => 10 + normal());
  expect(get("ewma").forecast({ values: noise, season: null }, 1)[0]).toBeCloseTo(10, 0);
  let level = 0;
  const walk = series(300, 4, (_, normal) => (level += normal()));
  const followed = get("ewma").forecast({ values: walk, season: null }, 1)[0] as number;
  expect(Math.abs(followed - (walk[299] as number))).toBeLessThan(0.5);
});

test("the rolling median does not see a spike", () => {
  const values = new Float64Array(50).fill(2);
  values[49] = 1_000;
  expect([...get("rollingMedian").forecast({ values, season: null }, 2)]).toEqual([2, 2]);
});
