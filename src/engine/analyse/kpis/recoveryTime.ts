import { nearestRank } from "../../common/statistics.ts";
import type { KpiDefinition } from "./kpi.ts";

/** From a fault to the first run that succeeds: the time that 95% of the faults did not exceed. */
export const recoveryTime: KpiDefinition = {
  id: "recoveryTime",
  unit: "ms",
  better: "lower",
  target: { op: "below", value: 30_000 },
  source: "measured",
  measure: ({ recoveries }) => {
    const took = recoveries.map(({ tookMs }) => tookMs).filter(Number.isFinite);
    return {
      value: nearestRank(took, 0.95),
      reason: null,
      observations: took.length,
      denominator: { value: took.length === 0 ? null : took.length, unit: "faults" },
    };
  },
};
