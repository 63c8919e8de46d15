import { nearestRank } from "../../common/statistics.ts";
import { SCALING_RESPONSE_MS } from "../../protocol/kpis.ts";
import type { KpiDefinition } from "./kpi.ts";

/**
 * From a decision for more agents to these being seen: the time that 95% of the changes did not exceed. One that was given
 * up beyond the target counts with the time until then: it took longer. One that was given up before says nothing, nor does
 * one that another change took the place of, or whose caller went. Changes in several steps pause on purpose and do not
 * count, nor do those to fewer agents, which wait for tasks.
 */
export const scalingResponse: KpiDefinition = {
  id: "scalingResponse",
  unit: "ms",
  better: "lower",
  target: { op: "below", value: SCALING_RESPONSE_MS },
  source: "measured",
  measure: ({ responses }) => {
    const took = responses.map(({ elapsedMs }) => elapsedMs).filter(Number.isFinite);
    return {
      value: nearestRank(took, 0.95),
      reason: null,
      observations: took.length,
      denominator: { value: took.length === 0 ? null : took.length, unit: "decisions" },
    };
  },
};
