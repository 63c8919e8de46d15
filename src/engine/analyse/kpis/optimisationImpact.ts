import type { KpiDefinition } from "./kpi.ts";

/**
 * Mean change of the objective for each plan that was applied: (before − after) ÷ the larger of both, of the 95th
 * percentile of how long tasks waited in windows of equal length. Within −1..1; above 0 they waited less; 0 where they
 * waited neither before nor after.
 */
export const optimisationImpact: KpiDefinition = {
  id: "optimisationImpact",
  unit: "ratio",
  better: "higher",
  target: null,
  source: "derived",
  measure: ({ impacts }) => {
    const changes = impacts
      .filter(({ beforeMs, afterMs }) => beforeMs >= 0 && afterMs >= 0)
      .map(({ beforeMs, afterMs }) => {
        const larger = Math.max(beforeMs, afterMs);
        return larger === 0 ? 0 : (beforeMs - afterMs) / larger;
      })
      .filter(Number.isFinite);
    const { length } = changes;
    return {
      value: length === 0 ? null : changes.reduce((sum, change) => sum + change, 0) / length,
      reason: null,
      observations: length,
      denominator: { value: length === 0 ? null : length, unit: "decisions" },
    };
  },
};
