import { nearestRank } from "../../common/statistics.ts";
import type { KpiDefinition } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/**
 * A whole tick of the engine: reading the machine, deciding on it, keeping and publishing. The time that 95% of the window's
 * steps did not exceed, each by its longest tick. What is decided is decided no later than that.
 */
export const allocationLatency: KpiDefinition = {
  id: "allocationLatency",
  unit: "ms",
  better: "lower",
  target: { op: "below", value: 100 },
  source: "measured",
  measure: ({ totals: { series } }) => {
    const ticks: number[] = [];
    const observations = eachMeasured([series.tickMs], ([tickMs = 0]) => void ticks.push(tickMs));
    return {
      value: nearestRank(ticks, 0.95),
      reason: null,
      observations,
      denominator: { value: observations === 0 ? null : observations, unit: "steps" },
    };
  },
};
