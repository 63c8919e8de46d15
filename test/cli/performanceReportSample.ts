import type { Decision } from "../../src/engine/protocol/model.ts";
import type { PerformanceReport, ReportSeries } from "../../src/engine/protocol/performanceReport.ts";
import { allocationsOf, costOfWindow, decisionsOf } from "../../src/engine/reportParts.ts";
import { recommendationsOf } from "../../src/engine/reportRecommendations.ts";
import { decision, id, inputs } from "../views/decisions/decisions.ts";
import { allocationSample } from "./allocationSample.ts";
import { bottlenecksSample } from "./bottlenecksSample.ts";
import { capacitySample } from "./capacitySample.ts";
import { kpisSample } from "./kpisSample.ts";
import { NOW_MS } from "./samples.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const FIGURES = {
  ...{ begun: 40, runs: 40, errorRatio: 0.02, demand: 6, cpuPressure: 0.1, memoryPressure: 0, ioPressure: 0 },
  waitedP95Ms: 4_100,
};

const reason = { code: "scaling.up", args: { current: 0.92, threshold: 0.8 } };

/** Newest first: one that waits, two that brought something, one that was undone. */
export const madeDecisions: readonly Decision[] = [
  decision({ id: id(4), wallMs: NOW_MS - MINUTE_MS, state: { kind: "recommended" }, reason }),
  decision({
    ...{ id: id(3), wallMs: NOW_MS - 60 * MINUTE_MS, reason },
    impact: { windowMs: 300_000, before: FIGURES, after: { ...FIGURES, waitedP95Ms: 800, errorRatio: 0 } },
  }),
  decision({
    ...{ id: id(2), wallMs: NOW_MS - 90 * MINUTE_MS, reason, origin: "operator", by: "CLI" },
    impact: { windowMs: 300_000, before: { ...FIGURES, waitedP95Ms: 900 }, after: { ...FIGURES, waitedP95Ms: 1_300 } },
  }),
  decision({ id: id(1), wallMs: NOW_MS - 120 * MINUTE_MS, reason, undoneBy: id(2) }),
];

/** A day with a peak in its middle and an hour in which nothing was measured. */
function series(metric: ReportSeries["metric"], unit: ReportSeries["unit"], base: number): ReportSeries {
  const mean = Array.from({ length: 96 }, (_, n) =>
    n >= 20 && n < 24 ? null : base * (1 + Math.sin((Math.PI * n) / 95)),
  );
  const spread = { steps: 1_380, p50: base * 1.7, p95: base * 1.99, greatest: base * 2.2 };
  return { metric, unit, source: "measured", mean, max: mean, ...spread, imported: [] };
}

export function reportSample(over: Partial<PerformanceReport> = {}): PerformanceReport {
  const kpis = kpisSample();
  const { windowMs, findings } = bottlenecksSample();
  const { horizonDays, basis, reason: why, first, rows } = capacitySample();
  const capacity = { horizonDays, basis, reason: why, first, rows, fits: 4 };
  const waiting = madeDecisions[0] ?? null;
  const judged = { unmet: 120, unmetRatio: 0.003, waitP95Sec: 9, agentHours: 150, actions: 20, reversals: 2 };
  const policies = {
    ...{ fromMs: NOW_MS - 2 * DAY_MS, toMs: NOW_MS, inUse: "adaptive" },
    policies: [
      { name: "adaptive", costAgentHours: 180, utilisation: 0.7, backlog: 0, ...judged },
      { name: "hpa", costAgentHours: 150, utilisation: 0.75, backlog: 0, ...judged },
      { name: "clairvoyant", costAgentHours: 110, utilisation: 0.9, backlog: 0, ...judged },
    ],
  };
  const shadow = {
    ...{ target: 8, spanMs: 18_000_000, observedMs: 18_000_000, waitAvoidedSeconds: 840, agentHours: 0.6, changes: 4 },
  };
  const scaling = {
    ...{ from: 6, to: 8, reason, recommendationId: id(4) },
    inputs: inputs({ shadow, predictedRatio: 1.2, predictedInMs: 120_000 }),
  };
  return {
    ...{ swarmId: "demo", swarmLabel: "demo", madeAtMs: NOW_MS, timeframe: "24h" },
    ...{ fromMs: NOW_MS - DAY_MS, toMs: NOW_MS, timeScale: 1, mode: "recommend", detailed: true, currency: "EUR" },
    kpis: { kind: "known", value: { coverageRatio: 0.93, kpis: kpis.kpis } },
    load: {
      kind: "known",
      value: {
        ...{ fromMs: NOW_MS - DAY_MS, bucketMs: DAY_MS / 96, spreadStepMs: MINUTE_MS },
        series: [series("demand", "number", 3), series("agents", "agents", 4), series("rssBytes", "bytes", 1e9)],
      },
    },
    tasks: { kind: "known", value: { done: 1_240, failed: 12, shed: { count: 3, sinceMs: NOW_MS - DAY_MS } } },
    cost: costOfWindow(kpis.kpis),
    decisions: { kind: "known", value: decisionsOf(madeDecisions, 200) },
    allocations: {
      kind: "known",
      value: {
        total: 2,
        newest: [
          ...allocationsOf([{ ...allocationSample(), wallMs: NOW_MS - 1_800_000 }], "docs", 1).newest,
          {
            ...{ id: id(9), wallMs: NOW_MS - 3_600_000, by: "CLI", undoneBy: null, expected: null, impact: null },
            changes: [{ from: null, to: { resource: "cpu", swarmId: "docs", nice: 5 } }],
            state: {
              kind: "rolledBack",
              reason: { code: "swarm.unknown", args: { swarmId: "x", known: "" } },
              left: 0,
            },
          },
        ],
      },
    },
    anomalies: {
      kind: "known",
      value: {
        total: 2,
        newest: [
          {
            ...{ metric: "demand", sinceMs: NOW_MS - 600_000, toMs: null, end: "goesOn" },
            ...{ value: 14, usualLow: 3, usualHigh: 6 },
          },
          {
            ...{ metric: "rssBytesPerAgent", sinceMs: NOW_MS - 7_200_000, toMs: null, end: "noted" },
            ...{ value: 2e9, usualLow: 8e8, usualHigh: 1e9 },
          },
        ],
      },
    },
    breakers: {
      kind: "known",
      value: {
        outages: [{ fromMs: NOW_MS - 4_000_000, toMs: NOW_MS - 3_960_000, heldBack: 30, failed: 5 }],
        ...{ outageCount: 1, outageMs: 40_000, recoveries: 2, longestRecoveryMs: 41_000 },
        now: [
          { id: "swarm:demo", label: "demo", of: "swarm", state: "closed", opens: 1 },
          { id: "lane:standard", label: "standard", of: "lane", state: "open", opens: 2 },
        ],
      },
    },
    bottlenecks: { kind: "known", value: { windowMs, findings } },
    capacity: { kind: "known", value: capacity },
    policies: { kind: "known", value: policies },
    recommendations: {
      kind: "known",
      value: recommendationsOf({
        ...{ mode: "recommend", scaling, waiting, capacity, policies },
        bottlenecks: { windowMs, findings },
      }),
    },
    ...over,
  };
}

const nothing = {
  kind: "unknown",
  reason: { code: "kpi.notReady", args: { swarmId: "demo", windowMs: DAY_MS } },
} as const;

/** Of a swarm that was never measured. */
export function emptyReport(over: Partial<PerformanceReport> = {}): PerformanceReport {
  const parts = { kpis: nothing, load: nothing, tasks: nothing, cost: nothing, capacity: nothing, policies: nothing };
  return reportSample({
    ...parts,
    currency: null,
    decisions: { kind: "known", value: decisionsOf([], 200) },
    allocations: { kind: "known", value: { total: 0, newest: [] } },
    anomalies: { kind: "known", value: { total: 0, newest: [] } },
    breakers: nothing,
    bottlenecks: nothing,
    recommendations: { kind: "known", value: [] },
    ...over,
  });
}
