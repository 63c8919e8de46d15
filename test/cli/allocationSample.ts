import type { AllocationPreview, AllocationRow } from "../../src/engine/protocol/allocators.ts";
import type { AllocationPoint, PerformancePlan } from "../../src/engine/protocol/optimize.ts";
import { bottlenecksSample } from "./bottlenecksSample.ts";
import { NOW_MS } from "./samples.ts";

const ID = "01994f00-0000-7000-8000-00000000000a";

export function previewSample(): AllocationPreview {
  const plan = [
    { resource: "agents", swarmId: "docs", agents: 6 },
    { resource: "network", lanes: { standard: 4, background: 2 } },
  ] as const;
  return {
    plan,
    changes: [
      { from: { resource: "agents", swarmId: "docs", agents: 4 }, to: plan[0] },
      { from: { resource: "network", lanes: { standard: 8, background: 2 } }, to: plan[1] },
    ],
    steps: 4,
    refusal: null,
    notes: [{ code: "allocation.lanesShared", args: { swarms: "docs, api" } }],
  };
}

export function allocationSample(): AllocationRow {
  const figures = { begun: 40, runs: 40, errorRatio: 0, demand: 3, cpuPressure: 0, memoryPressure: 0, ioPressure: 0 };
  return {
    ...{ id: ID, wallMs: NOW_MS - 60_000, by: "command line", undoOf: null, undoneBy: null, undoRefusal: null },
    steps: previewSample().changes.map(({ from, to }) => ({
      ...{ limits: to, previous: from, state: { kind: "confirmed", notes: [] } },
    })),
    state: { kind: "applied", elapsedMs: 9_200 },
    expected: {
      ...{ swarmId: "docs", now: { minimizeLatency: 6.2, maximizeUtilization: 0.9 } },
      chosen: { minimizeLatency: 4.1, maximizeUtilization: 0.6 },
    },
    effects: [
      {
        swarmId: "docs",
        impact: {
          windowMs: 300_000,
          before: { ...figures, waitedP95Ms: 4_100, waitedMeanMs: 1_800, ranMeanMs: 4_000 },
          after: { ...figures, waitedP95Ms: 800, waitedMeanMs: 200, ranMeanMs: 4_000 },
        },
      },
    ],
  };
}

function pointSample(agents: number, latencySec: number, utilisation: number): AllocationPoint {
  return {
    allocation: {
      agents: [{ kind: "docs", lane: "standard", agents, cpuWeight: 100, memoryBytes: 5e8 }],
      lanes: [{ lane: "standard", capacity: agents }],
    },
    objectives: [
      { id: "minimizeLatency", unit: "s", better: "lower", value: latencySec, reason: null },
      { id: "maximizeUtilization", unit: "ratio", better: "higher", value: utilisation, reason: null },
    ],
    lanes: [
      { lane: "standard", agents, utilisation, waitMeanSec: latencySec - 4, waitP95Sec: latencySec, serviceSec: 4 },
    ],
  };
}

export function performancePlanSample(): PerformancePlan {
  const price = { code: "optimize.unmeasured", args: { datum: "price", kind: "docs" } };
  return {
    ...{ swarmId: "docs", asked: "adaptive", strategy: "latency" },
    why: {
      code: "optimize.strategyFound",
      args: { strategy: "latency", component: "lanes", kind: "saturation", severity: "major" },
    },
    findings: bottlenecksSample().findings.filter(({ severity }) => severity === "critical" || severity === "major"),
    optimization: {
      ...{ swarmId: "docs", madeAtMs: NOW_MS, fromMs: NOW_MS - 3_600_000, toMs: NOW_MS, currency: null },
      weights: { minimizeLatency: 0.7, maximizeUtilization: 0.2, balanceLoad: 0.1 },
      aimsLeftOut: [{ id: "minimizeCost", reason: price }],
      ...{ solutions: 37, isKnee: false, hypervolume: 0.8, generations: 90, evaluations: 9_000, stopped: "settled" },
      confidence: { ratio: 0.93, seeds: [1, 2, 3, 4, 5], spread: [] },
      calibration: { lanes: [], waitWape: 0.18, waitWapeReason: null, observations: 400 },
      leftOut: [],
      chosen: pointSample(6, 4.1, 0.6),
      current: { ...pointSample(4, 6.2, 0.9), violates: [] },
    },
    preview: previewSample(),
  };
}
