import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UTC } from "../../../../src/engine/analyse/patterns/calendar.ts";
import { patternsOf, seriesPatterns } from "../../../../src/engine/analyse/patterns/patterns.ts";
import { binned, coarsened, newest, trackOf } from "../../../../src/engine/analyse/patterns/track.ts";
import type { PatternsRequest } from "../../../../src/engine/ports/patterns.ts";
import { DEMO_DAY_MS, DEMO_TIME_SCALE, offeredLoad } from "../../../../src/engine/providers/demo/day.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";
import { day, DAY_MS, found, HOUR_MS, known, minutes, MONDAY, WEEK_STEPS } from "./support.ts";

/** Every number in an answer, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}

describe("whatever the values are", () => {
  const hostile = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, 0, -0, 1, Number.MAX_VALUE, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  );

  test("each question has an answer of finite numbers, or says why not", () => {
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 60 }),
        fc.constantFrom(60_000, HOUR_MS, 6 * HOUR_MS),
        (some, stepMs) => {
          // Repeated, so that there is enough history to get past the first question.
          const values = Float64Array.from({ length: some.length * 30 }, (_, t) => some[t % some.length] as number);
          const answers = seriesPatterns(trackOf(values, MONDAY, stepMs, 1), null, UTC);
          for (const number of numbersIn(answers)) expect(Number.isFinite(number)).toBe(true);
          const same = { fine: values, hours: null, scope: "swarm", key: "a" } as const;
          const { correlations } = patternsOf({
            fromMs: MONDAY,
            stepMs,
            hours: null,
            timeScale: 1,
            zone: [...UTC],
            series: [
              { ...same, metric: "cpuCores" },
              { ...same, metric: "rssBytes" },
            ],
          });
          expect(correlations).toHaveLength(1);
          for (const number of numbersIn(correlations)) expect(Number.isFinite(number)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ["nothing", new Float64Array(0)],
    ["one value", Float64Array.of(3)],
    ["three values", Float64Array.of(1, 2, 3)],
    ["nothing measured", new Float64Array(WEEK_STEPS).fill(Number.NaN)],
    ["infinities", new Float64Array(WEEK_STEPS).fill(Number.POSITIVE_INFINITY)],
  ])("%s is too little for everything", (_name, values) => {
    const { temporal, ...rest } = found(values);
    for (const answer of [...Object.values(temporal), ...Object.values(rest)])
      expect(answer).toMatchObject({ kind: "tooLittle" });
  });

  test("all zeros have levels and no trend, and nothing else", () => {
    const { temporal, load, growth, volatility, predictability } = found(new Float64Array(WEEK_STEPS));
    expect(known(load)).toMatchObject({ baseline: 0, greatest: 0, peaks: [], spikeCount: 0 });
    expect(known(growth).trend).toBe("none");
    for (const answer of [volatility, predictability, temporal.daily, temporal.hourly, temporal.period])
      expect(answer).toMatchObject({ kind: "undefined" });
  });

  test("a time scale, step or time that is none is refused", () => {
    for (const [from, step, scale] of [
      [MONDAY, 60_000, 0],
      [MONDAY, 0, 1],
      [MONDAY, Number.NaN, 1],
      [Number.NaN, 60_000, 1],
      [MONDAY, 60_000, Number.POSITIVE_INFINITY],
    ] as const)
      expect(() => trackOf(new Float64Array(3), from, step, scale)).toThrow(RangeError);
  });
});

describe("a squeezed swarm", () => {
  const STEP_MS = 2_000;
  const STEPS = (7 * DEMO_DAY_MS) / STEP_MS;
  const FROM_MS = 5_000 * DEMO_DAY_MS;
  const rng = createRng(1);
  const demand = Float64Array.from(
    { length: STEPS },
    (_, t) => offeredLoad(FROM_MS + (t + 0.5) * STEP_MS, 1) + 0.5 * normal(rng),
  );
  const request: PatternsRequest = {
    fromMs: FROM_MS,
    stepMs: STEP_MS,
    hours: null,
    timeScale: DEMO_TIME_SCALE,
    zone: [...UTC],
    series: [{ scope: "swarm", key: "demo", metric: "demand", fine: demand, hours: null }],
  };

  test("has its hours in its own time: the demo is busiest at 0.3 of its day", () => {
    const [series] = patternsOf(request).series;
    const daily = known(series?.temporal.daily ?? expect.fail("no series"));
    expect(daily.strength).toBeGreaterThan(0.75);
    expect(daily.medians.indexOf(Math.max(...daily.medians.map((value) => value ?? 0)))).toBe(7);
    expect(daily.basis).toEqual({
      fromMs: FROM_MS,
      toMs: FROM_MS + 7 * DEMO_DAY_MS,
      steps: STEPS,
      missing: 0,
      stepMs: 8 * 60_000,
    });
    const { periodMs } = known(series?.temporal.period ?? expect.fail("no series"));
    expect(Math.abs(periodMs / DAY_MS - 1)).toBeLessThan(0.02);
    expect(known(series?.predictability ?? expect.fail("no series")).score).toBeGreaterThan(0.8);
    expect(known(series?.growth ?? expect.fail("no series"))).toMatchObject({ days: 7, trend: "none" });
    expect(known(series?.temporal.heatMap ?? expect.fail("no series")).medians).not.toContain(null);
    expect(series?.temporal.hourly).toMatchObject({ kind: "undefined", reason: { code: "patterns.longSteps" } });
    const { spikes } = known(series?.load ?? expect.fail("no series"));
    for (const { fromMs, toMs } of spikes) expect(toMs - fromMs).toBeLessThan(60_000);
  });
});

describe("a request", () => {
  const wave = (seed: number) => minutes(WEEK_STEPS, seed, (t, noise) => day(t) + noise());
  const all = ["demand", "live", "cpuCores", "rssBytes"].map((metric, seed) => ({
    scope: "swarm" as const,
    key: "a",
    metric,
    fine: wave(seed),
    hours: null,
  }));
  const machine = ["networkReceiveBytesPerSecond", "networkTransmitBytesPerSecond"].map((metric, seed) => ({
    scope: "machine" as const,
    key: "",
    metric,
    fine: wave(seed + 10),
    hours: null,
  }));
  const request = { fromMs: MONDAY, stepMs: 60_000, hours: null, timeScale: 1, zone: [...UTC] };

  test("is answered series by series, pair by pair, and tells how far it is", () => {
    const told: number[] = [];
    const { series, correlations } = patternsOf({ ...request, series: [...all, ...machine] }, (done) =>
      told.push(done),
    );
    expect(series.map(({ metric }) => metric)).toEqual([...all, ...machine].map(({ metric }) => metric));
    expect(correlations.map(({ pair, first, second }) => `${pair} ${first.metric} ${second.metric}`)).toEqual([
      "cpuMemory cpuCores rssBytes",
      "networkLoad networkReceiveBytesPerSecond demand",
      "networkLoad networkTransmitBytesPerSecond demand",
      "agentsResources live cpuCores",
      "agentsResources live rssBytes",
    ]);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(Math.max(...told)).toBeLessThan(1);
    expect(series).toEqual(structuredClone(series));
    expect(JSON.parse(JSON.stringify(series))).toEqual(series);
  });

  test("has no pair with a series that is not there", () => {
    expect(patternsOf({ ...request, series: all.slice(0, 1) }).correlations).toEqual([]);
  });
});

describe("a track", () => {
  test("is made into bins that are no whole number of steps, with one step more now and then", () => {
    const eights = trackOf(
      Float64Array.from({ length: 32 }, (_, t) => t),
      0,
      8,
      1,
    );
    const { track, measured } = binned(eights, 60);
    expect(track).toMatchObject({ fromMs: 32 * 8 - 4 * 60, stepMs: 60 });
    // Steps 24…31, 17…23, 9…16 (eight again), 2…8.
    expect([...track.values]).toEqual([5, 12.5, 20, 27.5]);
    expect([...measured]).toEqual([1, 1, 1, 1]);
  });

  test("is made coarser by whole steps from its end, without what was not measured", () => {
    const track = trackOf(Float64Array.of(9, 1, 3, Number.NaN, 5, Number.NaN, Number.NaN), 0, 10, 1);
    const coarse = coarsened(track, 20);
    expect([...coarse.values]).toEqual([2, 5, Number.NaN]);
    expect(coarse).toMatchObject({ fromMs: 10, stepMs: 20 });
    expect(coarsened(track, 10)).toBe(track);
    expect(coarsened(track, 1)).toBe(track);
    expect([...newest(track, 20).values]).toEqual([Number.NaN, Number.NaN]);
    expect(newest(track, 20).fromMs).toBe(50);
  });
});
