import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/** Σ busy ÷ Σ live agent-seconds. */
export const utilisation: KpiDefinition = {
  id: "utilisation",
  unit: "ratio",
  better: "higher",
  target: { op: "above", value: 0.7 },
  source: "derived",
  measure: ({ means: { series, stepMs } }) => {
    let busySum = 0;
    let liveSum = 0;
    const observations = eachMeasured([series.busy, series.live], ([busy = 0, live = 0]) => {
      busySum += busy;
      liveSum += live;
    });
    const seconds = stepMs / 1_000;
    return ratioMeasure(busySum * seconds, liveSum * seconds, {
      observations,
      unit: "agentSeconds",
      empty: "kpi.noAgents",
    });
  },
};
