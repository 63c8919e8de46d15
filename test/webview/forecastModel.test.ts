import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ForecastPageState, PageForecast, PageNow } from "../../src/engine/protocol/forecastPage.ts";
import { isHostMessage } from "../../webview/forecast/guard.ts";
import { chartData, madeText, rowsOf, sentence } from "../../webview/forecast/model.ts";

const T0 = 1_700_000_000_000;
const now: PageNow = {
  wallMs: T0 + 10_000,
  demand: 6,
  demandSource: "measured",
  live: 8,
  target: 8,
  minAgents: 2,
  maxAgents: 16,
  scaleUpAbove: 0.8,
  scaleDownBelow: 0.3,
  verdict: null,
};
const forecast: PageForecast = {
  ready: true,
  reason: null,
  model: "mstl",
  confidence: 0.95,
  stepMs: 2_000,
  madeAtMs: T0 + 9_000,
  coverage: 0.94,
  points: [
    { atMs: T0 + 8_000, mean: 5, lo: 4, hi: 6 },
    { atMs: T0 + 12_000, mean: 6, lo: 5, hi: 7.2 },
    { atMs: T0 + 14_000, mean: 7, lo: 5, hi: 9.4 },
  ],
};
const series = (mean: readonly (number | null)[]) => ({ mean, min: mean, max: mean });
const state: ForecastPageState = {
  link: { kind: "connected" },
  live: true,
  swarms: [{ id: "s", label: "s", timeScale: 1 }],
  swarmId: "s",
  span: "15m",
  now,
  history: {
    fromMs: T0,
    bucketMs: 2_000,
    resolution: "sample",
    demand: series([null, null, 4, null, 5]),
    live: series([null, null, 8, 8, 8]),
    importedUntilMs: null,
  },
  forecast,
  actions: [],
  problem: null,
};

describe("what is drawn", () => {
  test("history, then now, then the forecast that is still to come; it begins with the first measurement", () => {
    const rows = rowsOf(state);
    expect(rows.map(({ atMs }) => atMs - T0)).toEqual([5_000, 7_000, 9_000, 10_000, 12_000, 14_000]);
    expect(rows.map(({ demand }) => demand)).toEqual([4, null, 5, 6, null, null]);
    expect(rows.map(({ mean }) => mean)).toEqual([null, null, null, null, 6, 7]);
  });

  test("capacity and thresholds are in the unit of demand, and go on as they are", () => {
    const { capacity, up, down, times } = chartData(state);
    expect(capacity).toEqual([8, 8, 8, 8, 8, 8]);
    expect(up[0]).toBeCloseTo(6.4);
    expect(down.at(-1)).toBeCloseTo(2.4);
    expect(times[0]).toBe((T0 + 5_000) / 1000);
  });

  test("times rise strictly and every column is as long, whatever history and forecast hold", () => {
    const maybe = fc.oneof(fc.constant(null), fc.double({ noNaN: true, min: 0, max: 100 }));
    fc.assert(
      fc.property(fc.array(maybe), fc.array(fc.integer({ min: 0, max: 40_000 })), (means, offsets) => {
        const points = [...new Set(offsets)]
          .toSorted((a, b) => a - b)
          .map((ms) => ({ atMs: T0 + ms, mean: 1, lo: 0, hi: 2 }));
        const history = {
          ...(state.history as object),
          demand: series(means),
          live: series(means),
        } as ForecastPageState["history"];
        const data = chartData({ ...state, history, forecast: { ...forecast, points } });
        for (const column of Object.values(data)) expect(column).toHaveLength(data.times.length);
        data.times.forEach((time, index) => {
          if (index > 0) expect(time).toBeGreaterThan(data.times[index - 1] as number);
        });
      }),
    );
  });
});

test("readings further apart than a bucket is wide are joined; where the engine was away there is a gap", () => {
  const mean = [1, null, null, 2, ...Array.from({ length: 10 }, () => null), 3];
  const history = {
    ...(state.history as object),
    demand: series(mean),
    live: series(mean),
  } as ForecastPageState["history"];
  const rows = rowsOf({ ...state, history, forecast: null, now: null });
  expect(rows.map(({ demand }) => demand)).toEqual([1, 2, ...Array.from({ length: 10 }, () => null), 3]);
});

describe("the sentence", () => {
  test("says the load, when it passes the threshold and how many agents cover it", () => {
    expect(sentence(state)).toBe(
      "Load is 0.75: demand 6 (measured) on 8 agents. It will pass 0.8 in 4 s; 10 agents cover it with 95% confidence.",
    );
  });

  test.each([
    [{ now: null, swarms: [] }, "No swarm is running."],
    [{ now: { ...now, target: 0, live: 0 } }, "The swarm is stopped"],
    [{ now: { ...now, demand: null } }, "Its load is not known (8 agents alive)."],
    [{ now: { ...now, live: 0 } }, "demand 6 (measured) on 0 of 8 agents."],
    [{ forecast: null }, "Its forecast is being made."],
    [
      { forecast: { ...forecast, ready: false, reason: "Too young." } },
      "Too young. What is drawn takes no part in decisions.",
    ],
    [{ forecast: { ...forecast, points: [] } }, "The forecast is over; the next one is being made."],
    [{ now: { ...now, live: 20, target: 20 } }, "It is forecast to stay below 0.8 for 4 s"],
    [{ history: { ...state.history, importedUntilMs: T0 } }, "was imported, not measured here."],
    [{ now: { ...now, verdict: "Load is 0.75, within its band." } }, "The scaler: Load is 0.75, within its band."],
  ] as const)("of %j", (changes, part) => {
    expect(sentence({ ...state, ...(changes as Partial<ForecastPageState>) })).toContain(part);
  });

  test("and what the forecast is worth", () => {
    expect(madeText(forecast, T0 + 13_000)).toBe(
      "Forecast: mstl, takes part · 95% interval held 94% in back-tests · made 4 s ago",
    );
    expect(madeText({ ...forecast, ready: false, coverage: null }, T0)).toContain(
      "takes no part · 95% interval · made",
    );
    expect(madeText(null, T0)).toBe("");
    expect(madeText({ ...forecast, model: "none" }, T0)).toBe("");
  });
});

test("messages of somebody else are none of ours", () => {
  expect(isHostMessage({ type: "full", seq: 1, state })).toBe(true);
  expect(isHostMessage({ type: "update", seq: 2, changes: {} })).toBe(true);
  fc.assert(
    fc.property(fc.anything(), (message) => {
      expect(typeof isHostMessage(message)).toBe("boolean");
    }),
    { numRuns: 1_000 },
  );
  for (const other of [
    null,
    "full",
    { type: "full", seq: 0, state },
    { type: "update", seq: 1.5, changes: {} },
    { type: "full", seq: 1 },
  ])
    expect(isHostMessage(other)).toBe(false);
});
