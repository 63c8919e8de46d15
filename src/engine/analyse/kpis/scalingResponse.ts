import type { KpiDefinition } from "./kpi.ts";
import { quantileOf } from "./steps.ts";

/**
 * From a decision for more agents to these being seen: the time that 95% of the changes did not exceed. One that was given
 * up counts with the time until then: it took longer. Changes in several steps pause on purpose and do not count, nor do
 * those to fewer agents, which wait for tasks.
 */
export const scalingResponse: KpiDefinition = {
  id: "scalingResponse",
  unit: "ms",
  better: "lower",
  target: { op: "below", value: 30_000 },
  source: "measured",
  measure: ({ responses }) => {
    const took = responses.map(({ elapsedMs }) => elapsedMs).filter(Number.isFinite);
    return {
      value: quantileOf(took, 0.95),
      reason: null,
      observations: took.length,
      denominator: { value: took.length === 0 ? null : took.length, unit: "decisions" },
    };
  },
};
