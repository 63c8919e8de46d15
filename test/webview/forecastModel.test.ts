import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PageAnomaly } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastPageState, PageForecast, PageHistory, PageNow } from "../../src/engine/protocol/forecastPage.ts";
import { csvOf } from "../../webview/forecast/columns.ts";
import { isHostMessage } from "../../webview/forecast/guard.ts";
import { chosenText, madeText, sentence, trainingText, verdictText } from "../../webview/forecast/model.ts";
import { chartData as dataOf, heightOf, marksOf, rowsOf } from "../../webview/forecast/rows.ts";
import { hostileStrings } from "../views/overviews.ts";
import { full } from "./forecastStates.ts";

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
const history: PageHistory = {
  fromMs: T0,
  bucketMs: 2_000,
  resolution: "sample",
  imported: [],
  demand: series([null, null, 4, null, 5]),
  live: series([null, null, 8, 8, 8]),
};
const chartData = (one: ForecastPageState, withSaid = false) => dataOf(rowsOf(one), one, withSaid);
const state: ForecastPageState = {
  chosen: null,
  report: null,
  said: [],
  anomalies: [],
  patterns: { kind: "none" },
  resources: { kind: "none" },
  link: { kind: "connected" },
  live: true,
  swarms: [{ id: "s", label: "s", timeScale: 1 }],
  swarmId: "s",
  span: "15m",
  now,
  history,
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
        const other = { ...history, demand: series(means), live: series(means) };
        const data = chartData({ ...state, history: other, forecast: { ...forecast, points } });
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
  const other = { ...history, demand: series(mean), live: series(mean) };
  const rows = rowsOf({ ...state, history: other, forecast: null, now: null });
  expect(rows.map(({ demand }) => demand)).toEqual([1, 2, ...Array.from({ length: 10 }, () => null), 3]);
});

describe("what was imported", () => {
  const imported = [{ fromMs: T0, toMs: T0 + 60_000, stepMs: 20_000 }];
  const sparse = Array.from({ length: 40 }, (_, index) => (index < 30 && index % 10 !== 0 ? null : index));

  test("is a line of its own up to the first measured value; its steps are no gaps, whatever else is known between", () => {
    const one = { ...history, imported, demand: series(sparse), live: series(sparse.map(() => 3)) };
    const data = chartData({ ...state, history: one, now: null, forecast: null });
    expect(data.imported.slice(0, 4)).toEqual([0, 10, 20, 30]);
    expect(data.demand.slice(0, 4)).toEqual([null, null, null, 30]);
  });

  test("has gaps where steps of it are missing", () => {
    const holed = sparse.map((value, index) => (index === 10 ? null : value));
    const one = { ...history, imported, demand: series(holed), live: series(holed) };
    const data = chartData({ ...state, history: one, now: null, forecast: null });
    expect(data.imported[0]).toBe(0);
    expect(data.imported[1]).toBeNull();
  });
});

describe("what was said then", () => {
  const said = [1, 2, 3].map((mean, index) => ({ atMs: T0 + 4_000 * (index + 1), mean, lo: mean - 1, hi: mean + 1 }));
  const known = { ...history, demand: series([1, 1, 1, 1, 1]), live: series([1, 1, 1, 1, 1]) };

  test("a step longer than a bucket holds in all of its buckets", () => {
    const one = { ...state, history: known, said, now: null, forecast: { ...forecast, stepMs: 4_000, points: [] } };
    expect(chartData(one, true).said).toEqual([1, 1, 2, 2, 3]);
    expect(chartData(one, true).saidHi).toEqual([2, 2, 3, 3, 4]);
    expect(chartData(one, false).said).toEqual([null, null, null, null, null]);
  });

  test("steps shorter than a bucket are averaged in it", () => {
    const wide = { ...known, bucketMs: 8_000, demand: series([1, 1]), live: series([1, 1]) };
    const one = { ...state, history: wide, said, now: null, forecast: { ...forecast, stepMs: 4_000, points: [] } };
    expect(chartData(one, true).said).toEqual([1.5, 3]);
  });
});

test("a band far above all that it is about is cut off, and its top is told", () => {
  expect(heightOf(chartData(state))).toEqual({ top: 9.4, beyond: null });
  const points = forecast.points.map((point) => ({ ...point, hi: 400 }));
  expect(heightOf(chartData({ ...state, forecast: { ...forecast, points } }))).toEqual({ top: 24, beyond: 400 });
});

describe("what is unusual", () => {
  const anomaly: PageAnomaly = {
    ...{ metric: "demand", fromMs: T0 + 4_000, toMs: T0 + 9_500, value: 5, peakScore: 0.9 },
    text: "demand 5, usually 1 to 2",
  };

  test("is marked at the time whose value comes nearest, and said of all its times", () => {
    const one = { ...state, anomalies: [anomaly] };
    const rows = rowsOf(one);
    expect(marksOf(one, rows)).toEqual([{ fromMs: T0 + 5_000, toMs: T0 + 9_500, atMs: T0 + 9_000, value: 5 }]);
    expect(rows.map(({ unusual }) => unusual)).toEqual([anomaly.text, anomaly.text, anomaly.text, null, null, null]);
  });

  test("in another unit it is marked at the foot; what goes on reaches to now; what lies before is not marked", () => {
    const memory = { ...anomaly, metric: "rssBytesPerAgent", value: 2e9, toMs: null };
    const old = { ...anomaly, fromMs: T0 - 9_000, toMs: T0 - 8_000 };
    const one = { ...state, anomalies: [memory, old] };
    expect(marksOf(one, rowsOf(one))).toMatchObject([{ value: null, toMs: T0 + 10_000 }]);
  });

  test("any episodes on any rows leave every row in its place", () => {
    const time = fc.integer({ min: -20_000, max: 40_000 });
    fc.assert(
      fc.property(fc.array(fc.record({ from: time, to: fc.option(time) })), (episodes) => {
        const anomalies = episodes.map(({ from, to }) => ({
          ...anomaly,
          fromMs: T0 + from,
          toMs: to === null ? null : T0 + Math.max(from, to),
        }));
        const one = { ...state, anomalies };
        const rows = rowsOf(one);
        expect(rows.map(({ atMs }) => atMs)).toEqual(rowsOf(state).map(({ atMs }) => atMs));
        for (const { atMs } of marksOf(one, rows)) expect(rows.some((row) => row.atMs === atMs)).toBe(true);
      }),
    );
  });
});

describe("the exported table", () => {
  const parsed = (text: string): string[][] => {
    const rows: string[][] = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
      rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
      if (end === "\r\n") rows.push([]);
    }
    return rows.slice(0, -1);
  };

  test("has ISO times, numbers with a point, empty cells for what is not known, and one line a time", () => {
    const text = csvOf(rowsOf(state), state);
    expect(text.split("\r\n").slice(0, 3)).toEqual([
      "time,swarm,demand,source,live_agents,forecast,forecast_lower,forecast_upper,said,said_lower,said_upper,unusual",
      `${new Date(T0 + 5_000).toISOString()},s,4,measured,8,,,,,,,`,
      `${new Date(T0 + 7_000).toISOString()},s,,,8,,,,,,,`,
    ]);
    expect(parsed(text)).toHaveLength(7);
  });

  test("brings every text back as it was, and none of them as a formula (whatever it is)", () => {
    const hostile = [...hostileStrings, "=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "\uFF1D1", 'a "b", c\r\nd', " =1"];
    const check = (label: string): void => {
      const swarms = [{ id: "s", label, timeScale: 1 }];
      const [, row = []] = parsed(csvOf(rowsOf(state), { ...state, swarms }));
      const cell = row[1] ?? "";
      expect(row).toHaveLength(12);
      expect([label, `'${label}`]).toContain(cell);
      expect(/^[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u.test(cell)).toBe(false);
    };
    hostile.forEach(check);
    fc.assert(fc.property(fc.string({ unit: "binary" }), check), { numRuns: 500 });
  });
});

describe("the words about models", () => {
  const report = full.report as NonNullable<ForecastPageState["report"]>;

  test("say why it is ready, or why it is not", () => {
    expect(verdictText(report)).toContain("Ready: Ensemble takes part in decisions: its mean error is 0.42");
    expect(verdictText({ ...report, ready: false, reason: "Too short." })).toBe("Not ready: Too short.");
    expect(verdictText(null)).toContain("no model was tested");
    expect(verdictText({ ...report, scores: [] })).toBe("Ready: Ensemble takes part in decisions.");
  });

  test("say what is trained, with what, and on what", () => {
    expect(trainingText({ ...report, learned: [] }, 0)).toBe("LSTM network: training, 40%.");
    expect(trainingText({ ...report, learned: [], trainingRatio: null }, 0)).toBe("No learned model is trained yet.");
    const learned = [{ model: "rf", seenToMs: T0, trainedAtMs: null, backend: null }];
    expect(trainingText({ ...report, learned, trainingRatio: null }, T0)).toMatch(
      /^Random forest \(rf\): trained on data up to [^,]*\.$/,
    );
  });

  test("say that a chosen model is only drawn", () => {
    expect(chosenText(state)).toBe("");
    const known = { kind: "known", value: { ...forecast, model: "rf", points: [] } } as const;
    expect(chosenText({ ...state, chosen: { model: "rf", forecast: known } })).toBe(
      "Random forest (rf) says nothing of this history, so nothing is drawn. The scaler uses the gate's choice alone: MSTL.",
    );
  });
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
    [
      { history: { ...history, imported: [{ fromMs: T0 - 60_000, toMs: T0, stepMs: 60_000 }] } },
      "was imported, not measured here.",
    ],
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
  expect(isHostMessage({ type: "make", kind: "csv" })).toBe(true);
  expect(isHostMessage({ type: "saved", text: "Saved." })).toBe(true);
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
    { type: "full", seq: 1, state: { ...state, said: null } },
    { type: "make", kind: "exe" },
    { type: "saved" },
  ])
    expect(isHostMessage(other)).toBe(false);
});
