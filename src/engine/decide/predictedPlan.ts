import type { Forecast, PredictedPlan } from "../protocol/model.ts";

export interface PlanBounds {
  readonly minAgents: number;
  readonly maxAgents: number;
  /** `targetUtilisation`: demand ÷ agents that a size aims at. */
  readonly scaling: { readonly targetUtilisation: number };
}

/**
 * The sizes that a demand as forecast asks for: ⌈mean ÷ target utilisation⌉ at each step, within the bounds, told when it
 * changes. @throws RangeError for a target utilisation that is not above 0
 */
export function predictedPlan(forecast: Forecast, bounds: PlanBounds): PredictedPlan {
  const { minAgents, maxAgents } = bounds;
  const { targetUtilisation } = bounds.scaling;
  if (!(targetUtilisation > 0)) throw new RangeError(`targetUtilisation must be > 0, got ${targetUtilisation}`);
  if (!forecast.ready) return { ready: false, reason: forecast.reason, steps: [] };
  const steps: PredictedPlan["steps"][number][] = [];
  for (const { atMs, mean, hi } of forecast.points) {
    const wanted = Math.ceil(mean / targetUtilisation - 1e-9);
    const agents = Math.min(maxAgents, Math.max(minAgents, wanted));
    if (steps.at(-1)?.agents === agents) continue;
    const bound = wanted > maxAgents ? "max" : wanted < minAgents ? "min" : null;
    steps.push({ atMs, agents, demandMean: mean, demandHi: hi, bound });
  }
  return { ready: true, reason: null, steps };
}
