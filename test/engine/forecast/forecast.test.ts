import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assess } from "../../../src/engine/forecast/assess.ts";
import { forecast } from "../../../src/engine/forecast/forecast.ts";
import type { ForecastAnswer, ForecastRequest } from "../../../src/engine/ports.ts";
import {
  answerTo,
  assessmentOf,
  DEMO_SEASON,
  demoDemand,
  newestFits,
  quickModels,
  request,
  series,
} from "./support.ts";

/** Models that are fitted in a tenth of a millisecond. */
const instant = quickModels.filter(({ id }) => ["naive", "snaive", "ewma", "median", "harmonic"].includes(id));
const nowMs = (): number => 0;
/** Few tests say as much where what is looked at is not how good a forecast is. */
const FEW = { plan: { mostTests: 6, mostWarmUps: 12 } };
const run = (asked: ForecastRequest): Promise<ForecastAnswer> => answerTo(asked, { models: quickModels, nowMs }, FEW);
const fully = (asked: ForecastRequest): Promise<ForecastAnswer> => answerTo(asked);
const codeOf = (answer: ForecastAnswer): string | undefined => answer.reason?.code;
const { NaN: HOLE, POSITIVE_INFINITY: INF } = Number;

/** What must hold of every answer, whatever it was made from. */
function expectSound(answer: ForecastAnswer, { horizonSteps, endMs, stepMs, lowerBound }: ForecastRequest): void {
  expect(answer.ready).toBe(answer.reason === null);
  if (answer.ready) expect(answer.points).toHaveLength(horizonSteps);
  expect(answer.points.length === 0 || answer.model !== "none").toBe(true);
  for (const [h, { atMs, mean, lo, hi }] of answer.points.entries()) {
    expect(atMs).toBe(endMs + (h + 1) * stepMs);
    for (const value of [mean, lo, hi]) expect(Number.isFinite(value)).toBe(true);
    expect(lo).toBeLessThanOrEqual(mean);
    expect(mean).toBeLessThanOrEqual(hi);
    if (lowerBound !== null) expect(lo).toBeGreaterThanOrEqual(lowerBound);
  }
  for (const { accuracy, model: _, ...figures } of answer.scores) {
    for (const figure of Object.values(figures))
      expect(figure === null || (Number.isFinite(figure) && figure >= 0)).toBe(true);
    expect(accuracy === null || (Number.isFinite(accuracy) && accuracy <= 100)).toBe(true);
  }
  const errors = answer.scores.map(({ mae }) => mae ?? INF);
  expect(errors).toEqual(errors.toSorted((a, b) => a - b));
}

describe("a forecast", { timeout: 60_000 }, () => {
  test("of a season with noise is the ensemble's: below every baseline, and the interval holds what it says", async () => {
    const asked = request(
      series(720, 2, (t, noise) => 10 + 4 * Math.sin((2 * Math.PI * t) / 48) + noise()),
      { seasonSteps: 48 },
    );
    const answer = await fully(asked);
    expectSound(answer, asked);
    expect(answer).toMatchObject({
      ...{ ready: true, reason: null, model: "ensemble" },
      ...{ seasonSteps: 48, historySteps: 720 },
    });
    const own = answer.scores.find(({ model }) => model === "ensemble");
    for (const baseline of ["naive", "snaive", "ewma", "median", "ets"]) {
      const theirs = answer.scores.find(({ model }) => model === baseline);
      expect(own?.mae as number).toBeLessThan(theirs?.mae as number);
    }
    expect(Math.abs((own?.coverage as number) - 0.95)).toBeLessThanOrEqual(0.05);
    expect(answer.scores.map(({ model }) => model).toSorted()).toEqual(
      [...quickModels.map(({ id }) => id), "ensemble"].toSorted(),
    );
    expect(answer.baseline).toMatch(/^(naive|snaive|ewma|median|ets)$/);
  });

  test("of a walk without aim is rarely believed, and what is shown then is the best baseline's", async () => {
    let believed = 0;
    for (let seed = 0; seed < 8; seed++) {
      let level = 100;
      const asked = request(
        series(400, seed, (_, noise) => (level += noise())),
        { horizonSteps: 12 },
      );
      const answer = await answerTo(asked, { models: instant, nowMs });
      expectSound(answer, asked);
      if (answer.ready) believed++;
      else {
        expect(codeOf(answer)).toMatch(/^forecast\.(noBetter|coverage)$/);
        expect(answer.points).toHaveLength(12);
        const best = answer.scores.find(({ model }) => /^(naive|ewma|median)$/.test(model));
        expect(answer.model).toBe(best?.model);
        expect(answer.baseline).toBe(best?.model);
      }
    }
    expect(believed).toBeLessThanOrEqual(3);
  });

  test("has intervals that hold later values as often as asked, over many series", async () => {
    for (const confidence of [0.8, 0.95]) {
      let inside = 0;
      let count = 0;
      for (let seed = 0; seed < 20; seed++) {
        const values = series(348, seed, (t, noise) => 10 + 3 * Math.sin((2 * Math.PI * t) / 24) + noise());
        const past = values.subarray(0, 336);
        const asked = request(past, { seasonSteps: 24, horizonSteps: 12, confidence });
        const { points } = await answerTo(asked, { models: instant, nowMs });
        for (const [h, { lo, hi }] of points.entries()) {
          const value = values[336 + h] as number;
          count++;
          if (value >= lo && value <= hi) inside++;
        }
      }
      expect(Math.abs(inside / count - confidence)).toBeLessThan(0.06);
    }
  });

  test("of a constant, of zeros or of an exactly periodic series is right and not ready: no rule can be beaten", async () => {
    for (const value of [0, 7, -3.3, 1e300, 5e-324]) {
      const asked = request(new Float64Array(120).fill(value));
      const answer = await run(asked);
      expectSound(answer, asked);
      expect(answer.ready).toBe(false);
      expect(codeOf(answer)).toBe("forecast.noBetter");
      expect(answer.points).toHaveLength(24);
      for (const { mean, lo, hi } of answer.points) expect([mean, lo, hi]).toEqual([value, value, value]);
    }
    const periodic = Float64Array.from({ length: 200 }, (_, t) => (t * t) % 10);
    const answer = await run(request(periodic, { seasonSteps: 10, confidence: 0.5 }));
    expect(answer).toMatchObject({ ready: false, model: "snaive", baseline: "snaive" });
    expect(codeOf(answer)).toBe("forecast.noBetter");
    expect(answer.points[7]?.mean).toBeCloseTo((207 * 207) % 10, 9);
  });

  test("is refused below the accuracy that is asked for besides, and says what was reached", async () => {
    const values = series(720, 2, (t, noise) => 10 + 4 * Math.sin((2 * Math.PI * t) / 48) + noise());
    const { scores } = await answerTo(request(values, { seasonSteps: 48 }), { models: instant, nowMs });
    const reached = scores.find(({ model }) => model === "ensemble")?.accuracy as number;
    expect(reached).toBeGreaterThan(85);
    const asked = (minAccuracy: number) => request(values, { seasonSteps: 48, minAccuracy });
    const shut = await answerTo(asked(reached + 1), { models: instant, nowMs });
    expect(shut).toMatchObject({ ready: false, reason: { code: "forecast.inaccurate" } });
    expect(shut.points.length).toBeGreaterThan(0);
    expect((await answerTo(asked(reached - 1), { models: instant, nowMs })).ready).toBe(true);
  });

  test("of another model can be asked for, and of one that says nothing it is said so", async () => {
    const asked = request(series(300, 5, (t, noise) => 5 + Math.sin(t / 4) + 0.3 * noise()));
    const { calibration, result } = await assessmentOf(asked, FEW);
    const deps = { models: quickModels, learned: newestFits(result) };
    for (const model of ["naive", "ets", "rf", "harmonic", "ensemble"]) {
      const answer = await forecast(asked, calibration, deps, model);
      expect(answer.model).toBe(model);
      expect(answer.points).toHaveLength(24);
      expect(answer.ready).toBe(calibration.gate.ready);
    }
    const silent = await forecast(asked, calibration, deps, "lstm");
    expect(silent).toMatchObject({ ready: false, model: "lstm", points: [] });
  });

  test("a forecast continues what was tested before, on a history that has grown since", async () => {
    const values = series(420, 6, (t, noise) => 10 + 3 * Math.sin((2 * Math.PI * t) / 24) + noise());
    const tested = request(values.subarray(0, 400), { seasonSteps: 24, horizonSteps: 12 });
    const { calibration, result } = await assessmentOf(tested, FEW);
    const deps = { models: quickModels, learned: newestFits(result) };
    const later = { ...tested, values, endMs: tested.endMs + 20 * tested.stepMs };
    const answer = await forecast(later, calibration, deps);
    expectSound(answer, later);
    expect(answer).toMatchObject({ historySteps: 420, historyEndMs: later.endMs, scores: calibration.scores });
    for (const [h, { mean }] of answer.points.entries())
      expect(Math.abs(mean - (10 + 3 * Math.sin((2 * Math.PI * (420 + h)) / 24)))).toBeLessThan(1.5);
  });

  test("tests can be given up", async () => {
    const controller = new AbortController();
    controller.abort();
    const asked = request(series(300, 1, (_, noise) => noise()));
    const given = assess(asked, { models: quickModels, nowMs }, { signal: controller.signal });
    await expect(given).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("what cannot be forecast", () => {
  test.each<[string, Float64Array, Partial<ForecastRequest>, string]>([
    ["nothing", new Float64Array(0), {}, "forecast.empty"],
    ["only holes", new Float64Array(300).fill(HOLE), {}, "forecast.empty"],
    ["only infinities", new Float64Array(300).fill(INF), {}, "forecast.empty"],
    ["one value", Float64Array.of(4), {}, "forecast.tooShort"],
    ["too little for the horizon", new Float64Array(100).fill(1), { horizonSteps: 60 }, "forecast.tooShort"],
    [
      "a gap at the end",
      Float64Array.from({ length: 300 }, (_, t) => (t < 289 ? t % 7 : HOLE)),
      {},
      "forecast.endMissing",
    ],
    [
      "mostly holes",
      Float64Array.from({ length: 300 }, (_, t) => (t % 9 === 0 || t > 290 ? 1 : HOLE)),
      {},
      "forecast.holes",
    ],
    ["no horizon", new Float64Array(300).fill(1), { horizonSteps: 0 }, "forecast.horizon"],
    ["half a step", new Float64Array(300).fill(1), { horizonSteps: 1.5 }, "forecast.horizon"],
    ["a huge horizon", new Float64Array(300).fill(1), { horizonSteps: 1e9 }, "forecast.horizon"],
    ["certainty", new Float64Array(300).fill(1), { confidence: 1 }, "forecast.confidence"],
    ["less than chance", new Float64Array(300).fill(1), { confidence: 0.1 }, "forecast.confidence"],
    ["no confidence", new Float64Array(300).fill(1), { confidence: HOLE }, "forecast.confidence"],
  ])("%s: says why, and no number is invented", async (_, values, more, code) => {
    const asked = request(values, more);
    const answer = await run(asked);
    expect(answer).toMatchObject({ ready: false, model: "none", points: [], scores: [] });
    expect(codeOf(answer)).toBe(code);
  });

  test("a season that is longer than the data is left out", async () => {
    const asked = request(
      series(200, 1, (t, noise) => 5 + Math.sin(t / 40) + noise()),
      { seasonSteps: 150 },
    );
    const answer = await run(asked);
    expect(answer.seasonSteps).toBeNull();
    for (const season of [0, 1, -4, 2.5, HOLE, INF, 1e9]) {
      const other = { ...asked, seasonSteps: season };
      const made = await run(other);
      expectSound(made, other);
      expect(made).toEqual(answer);
    }
  });

  test("whatever the values are: an answer that is sound, and the same one again", async () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double(),
      fc.constantFrom(HOLE, INF, -INF, 0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 60, maxLength: 190 }),
        fc.option(fc.integer({ min: -2, max: 40 })),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.5, max: 0.98, noNaN: true }),
        fc.constantFrom(null, 0, -5),
        async (list, seasonSteps, horizonSteps, confidence, lowerBound) => {
          const asked = request(Float64Array.from(list), { seasonSteps, horizonSteps, confidence, lowerBound });
          const answer = await run(asked);
          // A bound that the values themselves break is about the values, not about us.
          expectSound(answer, asked);
          expect(await run(asked)).toEqual(answer);
        },
      ),
      // A counterexample as it is: to make one smaller takes minutes here.
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);

  test("a step or an end that is no time is a defect of the caller", async () => {
    for (const more of [{ stepMs: 0 }, { stepMs: HOLE }, { endMs: INF }])
      await expect(run(request(new Float64Array(9), more))).rejects.toThrow(RangeError);
  });
});

describe("properties", { timeout: 60_000 }, () => {
  const wave = series(240, 8, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 24) + 0.5 * noise());

  test("the unit does not matter: sixteen times the values, sixteen times the forecast", async () => {
    const plain = await run(request(wave, { seasonSteps: 24 }));
    const scaled = await run(
      request(
        wave.map((value) => 16 * value),
        { seasonSteps: 24 },
      ),
    );
    expect(scaled.points.map(({ mean }) => mean / 16)).toEqual(plain.points.map(({ mean }) => mean));
    expect(scaled.model).toBe(plain.model);
  });

  test("more than the newest 4,000 values change nothing", async () => {
    const long = series(4_000, 8, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 24) + 0.5 * noise());
    const longer = new Float64Array(14_000).fill(1e6);
    longer.set(long, 10_000);
    const of = (values: Float64Array) => answerTo(request(values, { seasonSteps: 24 }), { models: instant, nowMs });
    expect(await of(longer)).toEqual(await of(long));
  });

  test("holes are filled for fitting and said so; the forecast stays close to that of the whole", async () => {
    const holed = wave.map((value, t) => (t % 6 === 4 || (t > 100 && t < 118) ? HOLE : value));
    const whole = await run(request(wave, { seasonSteps: 24 }));
    const answer = await run(request(holed, { seasonSteps: 24 }));
    expect(whole.filledSteps).toBeUndefined();
    expect(answer.filledSteps).toBe(holed.filter(Number.isNaN).length);
    const away = answer.points.map(({ mean }, h) => Math.abs(mean - (whole.points[h]?.mean as number)));
    expect(Math.max(...away)).toBeLessThan(0.6);
  });

  test("demand is never below nothing", async () => {
    const night = series(240, 3, (t, noise) => Math.max(0, 2 * Math.sin((2 * Math.PI * t) / 24) + 0.3 * noise()));
    const asked = request(night, { seasonSteps: 24, lowerBound: 0 });
    const answer = await run(asked);
    expectSound(answer, asked);
    expect(answer.points.some(({ lo }) => lo === 0)).toBe(true);
  });
});

describe("the demo swarm's demand", { timeout: 60_000 }, () => {
  const asked = (days: number, seed: number): ForecastRequest =>
    request(demoDemand(days, seed), {
      ...{ seasonSteps: DEMO_SEASON, horizonSteps: 30, lowerBound: 0 },
      dayMs: DEMO_SEASON * 2_000,
    });

  test.each([1, 2, 3, 4, 5, 6])("seed %i: ready in the fourth day, a tenth below every simple rule", async (seed) => {
    const answer = await fully(asked(3.5, seed));
    expect(answer).toMatchObject({ ready: true, seasonSteps: DEMO_SEASON, model: "ensemble" });
    const maeOf = (id: string): number => answer.scores.find(({ model }) => model === id)?.mae ?? Number.NaN;
    for (const rule of ["naive", "snaive", "ewma", "median", "ets"])
      expect(maeOf("ensemble"), rule).toBeLessThan(0.9 * maeOf(rule));
  });

  test.each([1, 2, 3])("seed %i: below every simple rule after three days already", async (seed) => {
    const { scores, baseline } = await fully(asked(3, seed));
    const maeOf = (id: string | null): number => scores.find(({ model }) => model === id)?.mae ?? Number.NaN;
    expect(maeOf("ensemble")).toBeLessThan(0.9 * maeOf(baseline));
  });

  test("after five days the error is at most 0.85 of the seasonal naive's", async () => {
    const answer = await answerTo(asked(5, 1), { models: quickModels, nowMs }, { plan: { mostWarmUps: 40 } });
    expect(answer.ready).toBe(true);
    const chosen = answer.scores.find(({ model }) => model === answer.model);
    const seasonal = answer.scores.find(({ model }) => model === "snaive");
    expect(chosen?.mae as number).toBeLessThan(0.85 * (seasonal?.mae as number));
  });
});
