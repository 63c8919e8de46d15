import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forecast } from "../../../src/engine/forecast/forecast.ts";
import type { ForecastAnswer, ForecastRequest } from "../../../src/engine/ports.ts";
import { augurs, DEMO_SEASON, demoDemand, request, series } from "./support.ts";

const run = (asked: ForecastRequest): ForecastAnswer => forecast(asked, { augurs });
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
  for (const { mae, mase, coverage } of answer.scores) {
    for (const figure of [mae, mase, coverage])
      expect(figure === null || (Number.isFinite(figure) && figure >= 0)).toBe(true);
  }
  const errors = answer.scores.map(({ mae }) => mae ?? INF);
  expect(errors).toEqual(errors.toSorted((a, b) => a - b));
}

describe("the gate", () => {
  test("a season with noise is forecast: below every baseline, and the interval holds what it says", () => {
    const asked = request(
      series(480, 2, (t, noise) => 10 + 4 * Math.sin((2 * Math.PI * t) / 48) + noise()),
      {
        seasonSteps: 48,
      },
    );
    const answer = run(asked);
    expectSound(answer, asked);
    expect(answer).toMatchObject({ ready: true, reason: null, seasonSteps: 48, historySteps: 480 });
    const chosen = answer.scores.find(({ model }) => model === answer.model);
    for (const baseline of ["naive", "seasonalNaive", "ewma", "rollingMedian", "ets"]) {
      const theirs = answer.scores.find(({ model }) => model === baseline);
      expect(chosen?.mae as number).toBeLessThan(theirs?.mae as number);
    }
    expect(Math.abs((chosen?.coverage as number) - 0.95)).toBeLessThanOrEqual(0.05);
    expect(answer.scores).toHaveLength(9);
  });

  test("a walk without aim is rarely believed, and what is shown then is the best baseline", () => {
    let believed = 0;
    for (let seed = 0; seed < 12; seed++) {
      let level = 100;
      const asked = request(
        series(400, seed, (_, noise) => (level += noise())),
        { horizonSteps: 12 },
      );
      const answer = run(asked);
      expectSound(answer, asked);
      if (answer.ready) believed++;
      else {
        expect(codeOf(answer)).toBe("forecast.noBetter");
        expect(answer.points).toHaveLength(12);
        const best = answer.scores.find(({ model }) => /^(naive|ewma|rollingMedian|ets)$/.test(model));
        expect(answer.model).toBe(best?.model);
        expect(answer.reason?.args["baseline"]).toBe(answer.model);
      }
    }
    expect(believed).toBeLessThanOrEqual(3);
  });

  test("intervals hold later values as often as asked, over many series", () => {
    for (const confidence of [0.8, 0.95]) {
      let inside = 0;
      let count = 0;
      for (let seed = 0; seed < 20; seed++) {
        const values = series(228, seed, (t, noise) => 10 + 3 * Math.sin((2 * Math.PI * t) / 24) + noise());
        const past = values.subarray(0, 216);
        const { points } = run(request(past, { seasonSteps: 24, horizonSteps: 12, confidence }));
        for (const [h, { lo, hi }] of points.entries()) {
          const value = values[216 + h] as number;
          count++;
          if (value >= lo && value <= hi) inside++;
        }
      }
      expect(Math.abs(inside / count - confidence)).toBeLessThan(0.06);
    }
  });

  test("a constant, nothing but zeros and an exactly periodic series are ready: nothing can be better", () => {
    for (const value of [0, 7, -3.3, 1e300, 5e-324]) {
      const asked = request(new Float64Array(120).fill(value));
      const answer = run(asked);
      expectSound(answer, asked);
      expect(answer.ready).toBe(true);
      for (const { mean, lo, hi } of answer.points) expect([mean, lo, hi]).toEqual([value, value, value]);
    }
    const periodic = Float64Array.from({ length: 100 }, (_, t) => (t * t) % 10);
    const answer = run(request(periodic, { seasonSteps: 10, confidence: 0.5 }));
    expect(answer).toMatchObject({ ready: true, model: "seasonalNaive" });
    expect(answer.points[7]?.mean).toBeCloseTo((107 * 107) % 10, 9);
  });

  test("the best model is passed over when its interval does not hold what it says, and named when no other is left", () => {
    const noise = series(424, 11, (_, normal) => 1.5 + 0.1 * normal());
    // A model that knows the future but for 0.01 at three steps of four: no interval holds half of such errors.
    const mstl = (values: Float64Array, _period: number, horizon: number): Float64Array =>
      Float64Array.from({ length: horizon }, (_, h) => (noise[values.length + h] as number) - (h % 4 === 0 ? 0 : 0.01));
    const answerOn = (steps: number): ForecastAnswer =>
      forecast(request(noise.subarray(0, steps), { seasonSteps: 20, horizonSteps: 24, confidence: 0.5 }), {
        augurs: { ...augurs, mstl },
      });
    const long = answerOn(400);
    expect(long.scores[0]).toMatchObject({ model: "mstl", coverage: 1 });
    expect(long).toMatchObject({ ready: true, model: "blend" });
    // Here the tests lie too close together to weigh a blend.
    const short = answerOn(95);
    expect(short.ready).toBe(false);
    expect(short.reason).toEqual({ code: "forecast.coverage", args: { model: "mstl", asked: 0.5, got: 1 } });
    expect(short.points).toHaveLength(24);
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
  ])("%s: says why, and no number is invented", (_, values, more, code) => {
    const asked = request(values, more);
    const answer = run(asked);
    expect(answer).toMatchObject({ ready: false, model: "none", points: [], scores: [] });
    expect(codeOf(answer)).toBe(code);
  });

  test("a season that is longer than the data is left out and named when that is the reason", () => {
    const asked = request(
      series(200, 1, (t, noise) => 5 + Math.sin(t / 40) + noise()),
      { seasonSteps: 150 },
    );
    const answer = run(asked);
    expect(answer.seasonSteps).toBeNull();
    if (!answer.ready) expect(codeOf(answer)).toBe("forecast.noSeasonYet");
    for (const season of [0, 1, -4, 2.5, HOLE, INF, 1e9])
      expectSound(run({ ...asked, seasonSteps: season }), { ...asked, seasonSteps: season });
  });

  test("whatever the values are: an answer that is sound, and the same one again", () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double(),
      fc.constantFrom(HOLE, INF, -INF, 0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 60, maxLength: 110 }),
        fc.option(fc.integer({ min: -2, max: 40 })),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.5, max: 0.98, noNaN: true }),
        fc.constantFrom(null, 0, -5),
        (list, seasonSteps, horizonSteps, confidence, lowerBound) => {
          const asked = request(Float64Array.from(list), { seasonSteps, horizonSteps, confidence, lowerBound });
          const answer = run(asked);
          // A bound that the values themselves break is about the values, not about us.
          expectSound(answer, asked);
          expect(run(asked)).toEqual(answer);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a step or an end that is no time is a defect of the caller", () => {
    for (const more of [{ stepMs: 0 }, { stepMs: HOLE }, { endMs: INF }])
      expect(() => run(request(new Float64Array(9), more))).toThrow(RangeError);
  });
});

describe("properties", () => {
  const wave = series(240, 8, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 24) + 0.5 * noise());

  test("the unit does not matter: sixteen times the values, sixteen times the forecast", () => {
    const plain = run(request(wave, { seasonSteps: 24 }));
    const scaled = run(
      request(
        wave.map((value) => 16 * value),
        { seasonSteps: 24 },
      ),
    );
    expect(scaled.points.map(({ mean }) => mean / 16)).toEqual(plain.points.map(({ mean }) => mean));
    expect(scaled.model).toBe(plain.model);
  });

  test("more than the newest 4,000 values change nothing", () => {
    const long = series(4_000, 8, (t, noise) => 5 + 2 * Math.sin((2 * Math.PI * t) / 24) + 0.5 * noise());
    const longer = new Float64Array(14_000).fill(1e6);
    longer.set(long, 10_000);
    expect(run(request(longer, { seasonSteps: 24 }))).toEqual(run(request(long, { seasonSteps: 24 })));
  });

  test("holes are filled for fitting and said so; the forecast stays close to that of the whole", () => {
    const holed = wave.map((value, t) => (t % 6 === 4 || (t > 100 && t < 118) ? HOLE : value));
    const whole = run(request(wave, { seasonSteps: 24 }));
    const answer = run(request(holed, { seasonSteps: 24 }));
    expect(whole.filledSteps).toBeUndefined();
    expect(answer.filledSteps).toBe(holed.filter(Number.isNaN).length);
    const away = answer.points.map(({ mean }, h) => Math.abs(mean - (whole.points[h]?.mean as number)));
    expect(Math.max(...away)).toBeLessThan(0.6);
  });

  test("demand is never below nothing", () => {
    const night = series(240, 3, (t, noise) => Math.max(0, 2 * Math.sin((2 * Math.PI * t) / 24) + 0.3 * noise()));
    const asked = request(night, { seasonSteps: 24, lowerBound: 0 });
    const answer = run(asked);
    expectSound(answer, asked);
    expect(answer.points.some(({ lo }) => lo === 0)).toBe(true);
  });
});

describe("the demo swarm's demand", () => {
  test.each([1, 2, 3])("seed %i: ready in the third day, at most 0.85 of the seasonal naive's error", (seed) => {
    const answer = run(request(demoDemand(3, seed), { seasonSteps: DEMO_SEASON, horizonSteps: 30, lowerBound: 0 }));
    expect(answer).toMatchObject({ ready: true, seasonSteps: DEMO_SEASON });
    const chosen = answer.scores.find(({ model }) => model === answer.model);
    const naive = answer.scores.find(({ model }) => model === "seasonalNaive");
    expect(chosen?.mae as number).toBeLessThan(0.85 * (naive?.mae as number));
  });
});
