import type { KpiDefinition } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/**
 * 1 − mean |allocated − needed| ÷ needed over the steps at which anybody was needed. Needed: the sizes of one who knew the
 * demand to come, and loses no agent-second to it.
 */
export const allocationAccuracy: KpiDefinition = {
  id: "allocationAccuracy",
  unit: "ratio",
  better: "higher",
  target: { op: "above", value: 0.9 },
  source: "derived",
  measure: ({ means: { series, stepMs } }) => {
    let missSum = 0;
    let neededSum = 0;
    let observations = 0;
    const seen = eachMeasured([series.live, series.needed], ([live = 0, needed = 0]) => {
      if (needed <= 0) return;
      observations++;
      neededSum += needed;
      missSum += Math.abs(live - needed) / needed;
    });
    const denominator = {
      value: observations === 0 ? null : (neededSum * stepMs) / 1_000,
      unit: "agentSeconds",
    } as const;
    if (observations === 0) {
      const reason = seen === 0 ? null : { code: "kpi.noDemand", args: {} };
      return { value: null, reason, observations, denominator };
    }
    return { value: 1 - missSum / observations, reason: null, observations, denominator };
  },
};
