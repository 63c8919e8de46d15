import { createRng } from "../../src/engine/common/rng.ts";
import { pickByWeights } from "../../src/engine/decide/nsga/choice.ts";
import { rangeOf } from "../../src/engine/decide/nsga/front.ts";
import type { AllocationPoint, ObjectiveId, ObjectiveWeights } from "../../src/engine/protocol/optimize.ts";
import type { PageOptimization, ParetoPageState } from "../../src/engine/protocol/paretoPage.ts";
import { aimBetter } from "../../src/text/allocation.ts";

/** States of the page "Pareto" for tests: fronts that are made the same every time, seen at a fixed time. */

export const T0 = 1_790_000_000_000;
const IDS = ["minimizeLatency", "maximizeUtilization", "balanceLoad", "minimizeCost"] as const;
export const WEIGHTS: ObjectiveWeights = {
  minimizeLatency: 0.3,
  maximizeUtilization: 0.25,
  balanceLoad: 0.25,
  minimizeCost: 0.2,
};

/** The same as numbers that are to be small, which the engine searches with. */
export function minimised(points: readonly AllocationPoint[]): readonly { readonly objectives: readonly number[] }[] {
  return points.map(({ objectives }) => ({
    objectives: objectives.map(({ id, value }) => (aimBetter(id) === "lower" ? (value ?? 0) : -(value ?? 0))),
  }));
}

export function point(values: readonly number[], agents: number, ids: readonly ObjectiveId[] = IDS): AllocationPoint {
  const standard = Math.max(1, agents - 1);
  return {
    allocation: {
      agents: [
        { kind: "demo", lane: "standard", agents: standard, cpuWeight: 100, memoryBytes: 96_000_000 },
        { kind: "demo", lane: "background", agents: 1, cpuWeight: 100, memoryBytes: 80_000_000 },
      ],
      lanes: [
        { lane: "standard", capacity: standard },
        { lane: "background", capacity: 1 },
      ],
    },
    objectives: ids.map((id, m) => ({
      id,
      unit: id === "minimizeLatency" ? "s" : id === "minimizeCost" ? "perHour" : "ratio",
      better: aimBetter(id),
      value: values[m] ?? null,
      reason: null,
    })),
    lanes: [
      {
        ...{ lane: "standard", agents: standard, utilisation: values[1] ?? null, serviceSec: 2 },
        ...{ waitMeanSec: Math.max(0, (values[0] ?? 0) - 2), waitP95Sec: 3 * (values[0] ?? 0) },
      },
      { lane: "background", agents: 1, utilisation: 0.4, waitMeanSec: 0.5, waitP95Sec: 2, serviceSec: 3 },
    ],
  };
}

/** Solutions between few agents (slow, busy, cheap) and many, with some noise in how even their lanes are. */
export function frontOf(size: number): readonly AllocationPoint[] {
  const rng = createRng(11);
  return Array.from({ length: size }, (_, at) => {
    const place = size === 1 ? 0 : at / (size - 1);
    const agents = 3 + Math.round(17 * place);
    const latency = 2 + 8 * (1 - place) ** 3;
    return point([latency, 0.92 - 0.7 * place, 0.02 + 0.3 * rng(), 0.2 * (3 + 17 * place)], agents);
  });
}

export function optimization(over: Partial<PageOptimization> = {}): PageOptimization {
  const front = over.front ?? frontOf(40);
  const small = minimised(front);
  const weights = over.weights ?? WEIGHTS;
  const pick = pickByWeights(small, rangeOf(small), front[0]?.objectives.map(({ id }) => weights[id] ?? 0) ?? []);
  return {
    ...{ weights, front, pick, knee: Math.min(front.length - 1, 20), hypervolume: 0.81 },
    confidence: {
      ratio: 0.93,
      seeds: [1, 2, 3, 4, 5],
      spread: [{ id: "minimizeLatency", least: 3.9, most: 4.3 }],
    },
    current: { ...point([6.2, 0.62, 0.12, 0.8], 4), violates: [] },
    calibration: { lanes: [], waitWape: 0.18, waitWapeReason: null, observations: 812 },
    ...{ leftOut: [], generations: 200, evaluations: 90_000, stopped: "settled", swarmId: "demo" },
    ...{ madeAtMs: T0 - 60_000, fromMs: T0 - 3_660_000, toMs: T0 - 60_000, currency: "EUR", aimsLeftOut: [] },
    said: {
      waitError: "On measured waits the model was off by 18% (812 tasks).",
      aimsLeftOut: [],
      current: "",
    },
    ...over,
  };
}

export const full: ParetoPageState = {
  link: { kind: "connected" },
  swarms: [
    { id: "docs", label: "docs", timeScale: 1 },
    { id: "demo", label: "demo", timeScale: 240 },
  ],
  ...{ swarmId: "demo", gone: null, untrusted: null },
  wish: { weights: null, budgetPerHour: null, population: 100, generations: 200 },
  ...{ run: { kind: "idle" }, optimization: optimization(), preview: null, application: null },
};
