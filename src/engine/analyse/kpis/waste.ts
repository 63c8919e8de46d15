import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/**
 * Σ reserved but unused ÷ Σ reserved, the worse of two: agents that are there without a task, and memory that agents are
 * allotted by their footprint (95th percentile) and do not hold.
 */
export const waste: KpiDefinition = {
  id: "waste",
  unit: "ratio",
  better: "lower",
  target: { op: "below", value: 0.1 },
  source: "derived",
  measure: ({ means: { series, stepMs }, footprintBytes }) => {
    let live = 0;
    let idle = 0;
    let reserved = 0;
    let unused = 0;
    const look = ([busyNow = 0, liveNow = 0, rssNow = 0]: readonly number[]): void => {
      live += liveNow;
      idle += Math.max(0, liveNow - busyNow);
      const reservedNow = liveNow * (footprintBytes ?? 0);
      reserved += reservedNow;
      unused += Math.max(0, reservedNow - rssNow);
    };
    const observations = eachMeasured([series.busy, series.live, series.rssBytes], look);
    const seconds = stepMs / 1_000;
    const counted = { observations, empty: "kpi.noAgents" };
    const agents = ratioMeasure(idle * seconds, live * seconds, { ...counted, unit: "agentSeconds" });
    if (agents.value === null) return agents;
    // The worse of two is not known while one of them is not.
    if (footprintBytes === null || footprintBytes <= 0)
      return { ...agents, value: null, reason: { code: "kpi.noFootprint", args: {} } };
    const memory = ratioMeasure(unused * seconds, reserved * seconds, { ...counted, unit: "byteSeconds" });
    return (memory.value ?? 0) > agents.value ? memory : agents;
  },
};
