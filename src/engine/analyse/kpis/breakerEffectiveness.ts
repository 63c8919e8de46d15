import { type KpiDefinition, ratioMeasure } from "./kpi.ts";

/**
 * Refused ÷ (refused + failed) while a breaker of the swarm was open. Refused: tasks that it held back, each once an
 * outage, for the queue asks the breaker before it calls.
 */
export const breakerEffectiveness: KpiDefinition = {
  id: "breakerEffectiveness",
  unit: "ratio",
  better: "higher",
  target: null,
  source: "measured",
  measure: ({ outages }) => {
    let refused = 0;
    let all = 0;
    for (const { heldBack, failed } of outages) {
      if (!(heldBack >= 0 && failed >= 0)) continue;
      refused += heldBack;
      all += heldBack + failed;
    }
    return ratioMeasure(refused, all, { observations: all, unit: "calls", empty: "kpi.noData" });
  },
};
