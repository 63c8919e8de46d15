import type { PagePatterns, PageResources } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import type { ForecastScore } from "../../src/engine/protocol/model.ts";

/** States of the page for tests: a day of load, seen at a fixed time. */

export const T0 = 1_790_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const load = (atMs: number): number => 5 + 3 * Math.sin((atMs / (6 * HOUR)) * 2 * Math.PI);
/** The same every time, and looks like noise. */
const noise = (index: number): number => Math.sin(index * 12.9898) * 0.4 + Math.sin(index * 78.233) * 0.3;
const series = (mean: readonly (number | null)[]) => ({ mean, min: mean, max: mean });

const BUCKETS = 600;
const BUCKET_MS = (24 * HOUR) / BUCKETS;
const FROM = T0 - 24 * HOUR;
const demand = Array.from({ length: BUCKETS }, (_, index) => {
  const usual = load(FROM + (index + 0.5) * BUCKET_MS) + noise(index);
  return index >= 430 && index < 440 ? usual + 5 : usual;
});
const live = demand.map((_, index) => (index < 200 ? 8 : index < 420 ? 10 : 12));

export function score(model: string, over: Partial<ForecastScore> = {}): ForecastScore {
  return {
    model,
    ...{
      mae: 0.61,
      mase: 0.9,
      wape: 0.12,
      accuracy: 88,
      coverage: 0.94,
      intervalScore: 2.4,
      fitMs: 12,
      predictMs: 1.5,
    },
    ...over,
  };
}

const points = (fromMs: number, steps: number, stepMs: number, width: number, up = 0) =>
  Array.from({ length: steps }, (_, index) => {
    const atMs = fromMs + (index + 1) * stepMs;
    const mean = load(atMs) + up;
    const half = width * (0.4 + (0.6 * index) / steps);
    return { atMs, mean, lo: Math.max(0, mean - half), hi: mean + half };
  });

const forecast = {
  ready: true,
  reason: null,
  model: "ensemble",
  confidence: 0.95,
  stepMs: MINUTE,
  madeAtMs: T0 - 4_000,
  coverage: 0.94,
  points: points(T0, 120, MINUTE, 2.2),
};

const basis = { fromMs: T0 - 14 * 24 * HOUR, toMs: T0, steps: 20_160, missing: 403, stepMs: MINUTE };
const heat = Array.from({ length: 168 }, (_, cell) => {
  const hour = cell % 24;
  const day = Math.floor(cell / 24);
  if (cell === 100 || cell === 101) return null;
  return Math.max(0.2, (day < 5 ? 6 : 2) * Math.exp(-((hour - 14) ** 2) / 30));
});

export const patterns: PagePatterns = {
  madeAtMs: T0 - 60_000,
  windowMs: 14 * 24 * HOUR,
  timeScale: 1,
  hours: "local",
  series: [
    {
      metric: "demand",
      label: "Demand, agents' worth of work",
      unit: "number",
      heatMap: { kind: "known", basis, medians: heat, counts: heat.map((value) => (value === null ? 0 : 2)) },
      cycles: {
        hourly: { kind: "known", basis, strength: 0.03 },
        daily: { kind: "known", basis, strength: 0.82 },
        weekly: { kind: "known", basis, strength: 0.64 },
        monthly: { kind: "tooLittle", neededMs: 62 * 24 * HOUR, haveMs: 14 * 24 * HOUR },
        quarterly: { kind: "tooLittle", neededMs: 182 * 24 * HOUR, haveMs: 14 * 24 * HOUR },
      },
      period: { kind: "known", basis, periodMs: 24 * HOUR, correlation: 0.81 },
      traits: [
        {
          name: "Load",
          pattern: { kind: "known", basis, text: "baseline 0.4, median 2.1, high 6.2, greatest 9; 3 spikes" },
        },
        { name: "Growth", pattern: { kind: "known", basis, text: "rising, 0.1 a day (0.02 to 0.18)" } },
        {
          name: "Volatility",
          pattern: { kind: "undefined", reason: "The values vary around 0, and a share of 0 says nothing." },
        },
      ],
    },
    {
      metric: "rssBytes",
      label: "Memory of the swarm",
      unit: "bytes",
      heatMap: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 3 * HOUR },
      cycles: {
        hourly: { kind: "tooLittle", neededMs: 3 * HOUR, haveMs: 3 * HOUR },
        daily: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 3 * HOUR },
        weekly: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 3 * HOUR },
        monthly: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 3 * HOUR },
        quarterly: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 0 },
      },
      period: { kind: "undefined", reason: "Nothing repeats clearly." },
      traits: [],
    },
  ],
  correlations: [
    {
      pair: "cpuMemory",
      label: "CPU and memory",
      pattern: {
        kind: "known",
        basis,
        ...{ lagMs: 0, pearson: 0.7, spearman: 0.66, pValue: 0.00001, effectiveSteps: 900, significant: true },
      },
    },
    {
      pair: "networkLoad",
      label: "Network and load",
      pattern: {
        kind: "known",
        basis,
        ...{ lagMs: 120_000, pearson: 0.1, spearman: 0.08, pValue: 0.31, effectiveSteps: 700, significant: false },
      },
    },
    {
      pair: "agentsResources",
      label: "Agents and resources",
      pattern: { kind: "tooLittle", neededMs: 7 * 24 * HOUR, haveMs: 3 * HOUR },
    },
  ],
};

export const resources: PageResources = {
  swarmId: "docs",
  madeAtMs: T0 - 30_000,
  horizonMs: HOUR,
  timeScale: 1,
  confidence: 0.95,
  backTested: 0.94,
  metrics: [
    ["demand", "agents", 6.4, 5, 7.9],
    ["cpu", "cores", 3.1, 2.2, 4.4],
    ["memory", "bytes", 9.1e9, 8.2e9, 10.4e9],
    ["agents", "agents", 8, 8, 8],
  ]
    .map(([metric, unit, mean, lo, hi]) => ({
      ...{ metric, unit, ready: true, reason: null, model: "ensemble", coverage: 0.95 },
      end: { atMs: T0 + HOUR, mean, lo, hi },
    }))
    .concat([
      {
        ...{ metric: "network", unit: "bytesPerSecond", ready: false, model: "none", coverage: null, end: null },
        reason: "Nothing has been measured yet, so there is nothing to forecast from.",
      } as never,
    ]) as unknown as PageResources["metrics"],
  plan: {
    ready: true,
    reason: null,
    steps: [
      { atMs: T0 + 20 * MINUTE, agents: 8, demandMean: 5.6, demandHi: 7.2, bound: null },
      { atMs: T0 + 40 * MINUTE, agents: 12, demandMean: 8.1, demandHi: 9.9, bound: "max" },
    ],
  },
};

export const full: ForecastPageState = {
  link: { kind: "connected" },
  live: true,
  swarms: [
    { id: "docs", label: "docs", timeScale: 1 },
    { id: "demo", label: "demo", timeScale: 240 },
  ],
  swarmId: "docs",
  span: "24h",
  now: {
    wallMs: T0,
    demand: 5.2,
    demandSource: "measured",
    live: 12,
    target: 12,
    minAgents: 2,
    maxAgents: 16,
    scaleUpAbove: 0.8,
    scaleDownBelow: 0.3,
    verdict: "Load is 0.43, within its band.",
  },
  history: {
    fromMs: FROM,
    bucketMs: BUCKET_MS,
    resolution: "minute",
    imported: [{ fromMs: FROM, toMs: FROM + 8 * HOUR, stepMs: 5 * MINUTE }],
    demand: series(demand.map((value, index) => (index < 200 && index % 2 === 1 ? null : value))),
    live: series(live),
  },
  forecast,
  chosen: null,
  report: {
    ...{ ready: true, reason: null, model: "ensemble", baseline: "ewma", confidence: 0.95, stepMs: MINUTE },
    historySteps: 4_000,
    seasonSteps: 1_440,
    scores: [
      score("ensemble", { mae: 0.42, mase: 0.61, accuracy: 91.4 }),
      score("lstm", { mae: 0.44, fitMs: 21_000 }),
      score("rf", { mae: 0.47, fitMs: 900 }),
      score("mstl", { mae: 0.5 }),
      score("ets", { mae: 0.6 }),
      score("ewma"),
      score("median", { mae: 0.7 }),
      score("snaive", { mae: 0.9, coverage: null, intervalScore: null }),
      score("naive", { mae: 1.1 }),
    ],
    assessedAtMs: T0 - 9 * MINUTE,
    learned: [{ model: "lstm", seenToMs: T0 - 15 * MINUTE, trainedAtMs: T0 - 12 * MINUTE, backend: "wasm" }],
    trainingRatio: 0.4,
  },
  said: points(T0 - 12 * HOUR, 720, MINUTE, 1.6),
  anomalies: [
    {
      metric: "demand",
      fromMs: FROM + 430 * BUCKET_MS,
      toMs: FROM + 440 * BUCKET_MS,
      value: 12.9,
      peakScore: 0.9,
      text: "demand 12.9, usually 3 to 9",
    },
    {
      metric: "rssBytesPerAgent",
      fromMs: T0 - HOUR,
      toMs: null,
      value: 2e9,
      peakScore: 0.7,
      text: "memory of an agent 2.0 GB, usually 600 MB to 1.2 GB",
    },
  ],
  patterns: { kind: "known", value: patterns },
  resources: { kind: "known", value: resources },
  actions: [
    { atMs: FROM + 200 * BUCKET_MS, from: 8, to: 10, state: "confirmed" },
    { atMs: FROM + 420 * BUCKET_MS, from: 10, to: 12, state: "confirmed" },
  ],
  problem: null,
};
