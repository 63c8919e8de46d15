import { describe, expect, test } from "vitest";
import type { Fitted, Forecaster } from "../../../src/engine/forecast/forecaster.ts";
import {
  calibrationJson,
  keep,
  reviveFit,
  revivedCalibration,
  snapshotsOf,
} from "../../../src/engine/forecast/keeping.ts";
import { randomForest } from "../../../src/engine/forecast/randomForest.ts";
import { ForecastService } from "../../../src/engine/forecast/service.ts";
import type { ForecastRequest, KeptFit } from "../../../src/engine/ports.ts";
import { assessmentOf, fitOf, historyOf, quickModels, request, series } from "./support.ts";

const nowMs = (): number => 0;
const untold = (): void => undefined;
const service = new ForecastService({ models: quickModels, nowMs });
const values = series(360, 7, (t, noise) => 10 + 3 * Math.sin((2 * Math.PI * t) / 24) + noise());
const asked = request(values, { seasonSteps: 24, horizonSteps: 12, lowerBound: 0 });
const task = { series: asked, fits: [], mostTests: 6 };

/** A network that says one number, brought back from text as the real one is. */
function pretended(): { model: Forecaster; fits: number[] } {
  const fits: number[] = [];
  const fitted = (says: number): Fitted => ({
    predict: (_history, horizon) => new Float64Array(horizon).fill(says),
    toJSON: () => ({ model: "lstm", version: 1, says }),
  });
  const model: Forecaster = {
    ...{ id: "lstm", role: "candidate", refit: "seldom" },
    least: () => 100,
    fit: ({ values: history }, { onProgress }) => {
      fits.push(history.length);
      onProgress?.(0.5);
      return fitted(history.length);
    },
    revive: (json) => {
      if (typeof json["says"] !== "number") throw new RangeError("says must be a number");
      return fitted(json["says"]);
    },
  };
  return { model, fits };
}

function withNetwork(model: Forecaster): ForecastService {
  return new ForecastService({ models: [...quickModels.filter(({ id }) => id !== "lstm"), model], nowMs });
}

describe("tests and forecasts as tasks", () => {
  test("what is kept between them comes back as the same forecast", async () => {
    const assessed = await service.assess(task, untold);
    const { calibration, fits, answer } = assessed;
    expect(fits.map(({ model }) => model)).toEqual(["rf"]);
    expect(answer.points).toHaveLength(12);
    // As text through a store and a channel.
    const kept = JSON.parse(JSON.stringify({ calibration, fits })) as { calibration: string; fits: KeptFit[] };
    expect(await service.forecast({ series: asked, ...kept })).toEqual(answer);
  });

  test("tell how far they are", async () => {
    const told: number[] = [];
    await service.assess(task, (ratio) => told.push(ratio));
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBeLessThanOrEqual(1);
  });

  test("say what each model that is asked for says, and which cannot", async () => {
    const { byModel, answer } = await service.assess({ ...task, models: ["ensemble", "naive", "lstm"] }, untold);
    expect(byModel.map(({ model, points }) => [model, points.length])).toEqual([
      ["ensemble", 12],
      ["naive", 12],
      ["lstm", 0],
    ]);
    expect(byModel[2]?.reason).toEqual({ code: "forecast.silent", args: { model: "lstm" } });
    for (const { mean } of byModel[1]?.points ?? []) expect(mean).toBeCloseTo(values[359] as number, 9);
    if (answer.ready) expect(answer.points).toEqual(byModel[0]?.points);
  });

  test("tell what was said of the past, each step from an origin before it", async () => {
    const { said } = await service.assess(task, untold);
    const { endMs, stepMs } = asked;
    expect(said).toHaveLength(6 * 12);
    for (const [i, { atMs, mean, lo, hi }] of said.entries()) {
      expect(lo).toBeLessThanOrEqual(mean);
      expect(mean).toBeLessThanOrEqual(hi);
      expect(atMs).toBe(endMs - (said.length - 1 - i) * stepMs);
    }
    const away = said.map(({ mean }, i) => Math.abs(mean - (values[360 - said.length + i] as number)));
    expect(away.reduce((sum, one) => sum + one, 0) / away.length).toBeLessThan(1.5);
  });

  test("of what cannot be tested say so, for every model that was asked for", async () => {
    const short: ForecastRequest = { ...asked, values: values.subarray(0, 20) };
    const assessed = await service.assess({ ...task, series: short, models: ["ensemble"] }, untold);
    expect(assessed).toMatchObject({ calibration: null, fits: [], said: [] });
    expect(assessed.answer).toMatchObject({ ready: false, model: "none", reason: { code: "forecast.tooShort" } });
    expect(assessed.byModel).toEqual([{ model: "ensemble", points: [], reason: assessed.answer.reason }]);
  });

  test("refuse what another version has kept, or what is broken", async () => {
    const { calibration } = await service.assess(task, untold);
    const other = JSON.stringify({ ...(JSON.parse(calibration as string) as object), version: 99 });
    const forecast = async (text: string) => service.forecast({ series: asked, calibration: text, fits: [] });
    await expect(forecast(other)).rejects.toMatchObject({ code: "model.version" });
    for (const broken of ["", "{", "null", "7", "[]", "{}", `{"version":1}`])
      await expect(forecast(broken), broken).rejects.toMatchObject({ code: "model.version" });
  });
});

describe("the network", () => {
  test("is trained on several lengths, each with the end of what it has seen, and only what is asked for", async () => {
    const { model, fits } = pretended();
    const told: number[] = [];
    const trained = await withNetwork(model).train({ series: asked, model: "lstm" }, (ratio) => told.push(ratio));
    expect(fits).toEqual([0.55, 0.7, 0.85, 1].map((share) => Math.floor(share * 360)));
    const { endMs, stepMs } = asked;
    expect(trained.map(({ seenToMs }) => seenToMs)).toEqual(fits.map((seen) => endMs - (360 - seen) * stepMs));
    expect(trained.every(({ model: id, horizonSteps }) => id === "lstm" && horizonSteps === 12)).toBe(true);
    expect(told).toEqual([0.125, 0.375, 0.625, 0.875]);
    await expect(withNetwork(model).train({ series: asked, model: "none" }, untold)).rejects.toThrow(RangeError);
    const short = { ...asked, values: values.subarray(0, 90) };
    expect(await withNetwork(model).train({ series: short, model: "lstm" }, untold)).toEqual([]);
    expect(
      await withNetwork(model).train({ series: { ...asked, values: new Float64Array(0) }, model: "lstm" }, untold),
    ).toEqual([]);
  });

  test("is tested only on what came after its training, and takes part in a forecast", async () => {
    const { model, fits } = pretended();
    const whole = withNetwork(model);
    const trained = await whole.train({ series: asked, model: "lstm" }, untold);
    fits.length = 0;
    const assessed = await whole.assess({ ...task, fits: trained, models: ["lstm"] }, untold);
    // Nothing was trained in passing, and nothing of it is handed back as new.
    expect(fits).toEqual([]);
    expect(assessed.fits.map(({ model: id }) => id)).toEqual(["rf"]);
    const score = assessed.answer.scores.find(({ model: id }) => id === "lstm");
    expect(score?.mae).toBeGreaterThan(200);
    // The newest fit has seen all 360 values, in units of their scale.
    const [point] = assessed.byModel[0]?.points ?? [];
    expect(point?.mean).toBeCloseTo(360 * 8, 6);
  });

  test("without a fit takes no part", async () => {
    const { answer } = await withNetwork(pretended().model).assess(task, untold);
    expect(answer.scores.find(({ model }) => model === "lstm")).toMatchObject({ mae: null });
  });
});

describe("what is kept", () => {
  test("of tests is the same when it comes back", async () => {
    const { calibration } = await assessmentOf(asked, { plan: { mostTests: 5, mostWarmUps: 30 } });
    expect(revivedCalibration(calibrationJson(calibration))).toEqual(calibration);
  });

  test("of a fit is ignored for a longer horizon, an unknown model, another version or when it is broken", async () => {
    const fitted = await fitOf(randomForest, historyOf(values), 8);
    const kept = keep(fitted, 1_000, 8);
    const points = fitted.predict(historyOf(values), 8);
    expect(reviveFit(kept, quickModels, 8)?.predict(historyOf(values), 8)).toEqual(points);
    expect(reviveFit(kept, quickModels, 5)).not.toBeNull();
    expect(reviveFit(kept, quickModels, 9)).toBeNull();
    expect(reviveFit({ ...kept, model: "other" }, quickModels, 8)).toBeNull();
    const json = JSON.parse(kept.json) as object;
    for (const text of [
      JSON.stringify({ ...json, version: 0 }),
      JSON.stringify({ ...json, forest: null }),
      "{",
      "null",
      "3",
    ])
      expect(reviveFit({ ...kept, json: text }, quickModels, 8), text).toBeNull();
  });

  test("becomes snapshots in order, none said to have seen less than it has", async () => {
    const fitted = await fitOf(randomForest, historyOf(values), 8);
    const shape = { steps: 360, endMs: 720_000, stepMs: 2_000, horizonSteps: 8 };
    const seen = (seenToMs: number): number[] =>
      (snapshotsOf([keep(fitted, seenToMs, 8)], quickModels, shape).get("rf") ?? []).map(({ seenTo }) => seenTo);
    expect(seen(720_000)).toEqual([360]);
    expect(seen(700_000)).toEqual([350]);
    // Part of a step: all of it.
    expect(seen(700_001)).toEqual([351]);
    expect(seen(900_000)).toEqual([450]);
    const several = snapshotsOf(
      [500_000, 100_000, 300_000].map((at) => keep(fitted, at, 8)),
      quickModels,
      shape,
    );
    expect(several.get("rf")?.map(({ seenTo }) => seenTo)).toEqual([50, 150, 250]);
  });
});
