import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { Fitted, FittedJson, Forecaster } from "../../../src/engine/forecast/forecaster.ts";
import { forecasters } from "../../../src/engine/forecast/models.ts";
import { augurs, continued, fitOf, historyOf, quickModels, series, tensorFlow } from "./support.ts";

const SEASON = 12;
const models = forecasters({ augurs, tensorFlow });
/** Long enough for every model, the network included. */
const noisy = series(400, 3, (t, noise) => 5 + Math.sin((2 * Math.PI * t) / SEASON) + 0.3 * noise());
const seasonFor = (model: Forecaster): number | null => (Number.isFinite(model.least(null, 1)) ? null : SEASON);

function through(model: Forecaster, json: FittedJson): ReturnType<Forecaster["revive"]> {
  return model.revive(JSON.parse(JSON.stringify(json)) as FittedJson);
}

const fits = new Map<string, Promise<Fitted>>();

/** One fit to `noisy` is enough for most tests: a network takes seconds. */
function fitted20(model: Forecaster): Promise<Fitted> {
  const fit = fits.get(model.id) ?? fitOf(model, historyOf(noisy, SEASON), 20);
  fits.set(model.id, fit);
  return fit;
}

test("every forecaster has an id of its own, and the baselines are those of the gate's rule", () => {
  expect(models.map(({ id }) => id)).toEqual([
    ...["naive", "snaive", "ewma", "median", "ets"],
    ...["mstl", "harmonic", "linear", "rf", "lstm"],
  ]);
  const baselines = models.filter(({ role }) => role === "baseline").map(({ id }) => id);
  expect(baselines).toEqual(["naive", "snaive", "ewma", "median", "ets"]);
});

// A training takes two seconds; on a machine that does other things besides far more.
describe.each(models.map((model) => ({ id: model.id, model })))("$id", { timeout: 90_000 }, ({ model }) => {
  test("says the same by the same seed, and leaves the history as it was", async () => {
    const values = noisy.slice();
    const history = historyOf(values, SEASON);
    const first = await fitted20(model);
    const second = await fitOf(model, history, 20);
    expect(second.toJSON()).toEqual(first.toJSON());
    const points = first.predict(history, 20);
    expect(points).toHaveLength(20);
    expect(points.every(Number.isFinite)).toBe(true);
    expect(second.predict(history, 20)).toEqual(points);
    expect(values).toEqual(noisy);
  });

  test("says the same after it was kept and brought back", async () => {
    const history = historyOf(noisy, SEASON);
    const fitted = await fitted20(model);
    const back = through(model, fitted.toJSON());
    expect(back.predict(history, 20)).toEqual(fitted.predict(history, 20));
    expect(back.toJSON()).toEqual(fitted.toJSON());
  });

  test("begins a longer forecast like a shorter one", async () => {
    const history = historyOf(noisy, SEASON);
    const fitted = await fitted20(model);
    const long = fitted.predict(history, 20);
    for (const horizon of [1, 2, 7, 19]) expect(fitted.predict(history, horizon)).toEqual(long.slice(0, horizon));
  });

  test("continues a constant with that constant", async () => {
    for (const value of [1.5, 0]) {
      const season = seasonFor(model);
      const steps = Math.max(60, model.least(season, 10));
      const points = await continued(model, historyOf(new Float64Array(steps).fill(value), season), 10);
      for (const point of points) expect(point).toBeCloseTo(value, 5);
    }
  });

  test("can be fitted to the least it asks for", async () => {
    for (const season of [null, SEASON]) {
      const least = model.least(season, 3);
      if (!Number.isFinite(least)) continue;
      const values = series(least, 5, (_, noise) => 1 + 0.2 * noise());
      expect(await continued(model, historyOf(values, season), 3)).toHaveLength(3);
    }
  });

  test("is not brought back from another version, another model or what is no model", async () => {
    const json = (await fitted20(model)).toJSON();
    for (const other of [
      { ...json, version: json.version + 1 },
      { ...json, model: "other" },
    ]) {
      expect(() => through(model, other)).toThrow(CodedError);
      expect(() => through(model, other)).toThrow(expect.objectContaining({ code: "model.version" }));
    }
    // A rule without parameters has nothing that could be broken.
    if (Object.keys(json).length > 2)
      expect(() => through(model, { model: json.model, version: json.version })).toThrow(RangeError);
  });

  test("whatever was broken in what was kept: it is refused by name, or says what is finite", async () => {
    const history = historyOf(noisy, SEASON);
    const json = (await fitted20(model)).toJSON();
    const broken = fc.constantFrom<unknown>(null, {}, [], "x", -1, 0.5, 1e9, [null], undefined);
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }), broken, (path, instead) => {
        const copy = JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
        replaceAt(copy, path, instead);
        let points: Float64Array;
        try {
          const back = through(model, copy as unknown as FittedJson);
          points = back.predict(history, 8);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(TypeError);
          return;
        }
        expect(points.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

/** Replaces what lies at the end of a path of positions, as deep as there is something. */
function replaceAt(root: Record<string, unknown>, path: readonly number[], instead: unknown): void {
  let node: Record<string, unknown> = root;
  for (const [depth, position] of path.entries()) {
    const keys = Object.keys(node);
    const key = keys[position % keys.length];
    if (key === undefined) return;
    const below = node[key];
    if (depth === path.length - 1 || typeof below !== "object" || below === null) {
      node[key] = instead;
      return;
    }
    node = below as Record<string, unknown>;
  }
}

describe.each(quickModels.filter(({ id }) => id !== "lstm").map((model) => ({ id: model.id, model })))(
  "$id",
  ({ model }) => {
    test("answers with as many finite values as asked, whatever the history is", async () => {
      const value = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 1, -1, 1e-12));
      await fc.assert(
        fc.asyncProperty(
          fc.array(value, { minLength: 36, maxLength: 200 }),
          fc.integer({ min: 1, max: 40 }),
          fc.boolean(),
          async (list, horizon, seasonal) => {
            const history = historyOf(Float64Array.from(list), seasonal ? SEASON : seasonFor(model));
            let points: Float64Array;
            try {
              points = await continued(model, history, horizon);
            } catch (error) {
              // "No model fits" is an answer; a number that is none would not be.
              expect(error).toBeInstanceOf(Error);
              return;
            }
            expect(points).toHaveLength(horizon);
            expect(points.every(Number.isFinite)).toBe(true);
          },
        ),
        { numRuns: model.refit === "seldom" ? 20 : 60 },
      );
    });
  },
);

test.each(["rf", "lstm"])(
  "%s continues other histories than its own, but no further than it was fitted to",
  async (id) => {
    const model = models.find((one) => one.id === id) as Forecaster;
    const fitted = await fitted20(model);
    const other = historyOf(noisy.slice(0, 380), SEASON);
    expect(() => fitted.predict(other, 21)).toThrow(RangeError);
    expect(fitted.predict(other, 20)).toHaveLength(20);
  },
);
