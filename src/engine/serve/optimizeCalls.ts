import type { OptimiserPort, PerformancePlansPort, SwarmView } from "../ports.ts";
import { DEFAULT_SEARCH } from "../protocol/optimize.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about the best allocations need of the engine. */
export interface OptimizeCallsApi {
  readonly optimiser: OptimiserPort;
  readonly performancePlans: PerformancePlansPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createOptimizeHandlers(
  { optimiser, performancePlans }: OptimizeCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "optimize" | "optimizePerformance"> {
  return {
    optimize: ({ swarmId, weights, budgetPerHour, laneMinimums, population, generations, seed }, { signal }) => {
      const { id, minAgents, maxAgents, target, timeScale } = managed(swarmId);
      const asked = {
        weights: weights ?? null,
        budgetPerHour: budgetPerHour ?? null,
        laneMinimums: laneMinimums ?? {},
        population: population ?? DEFAULT_SEARCH.population,
        generations: generations ?? DEFAULT_SEARCH.generations,
        seed: seed ?? DEFAULT_SEARCH.seed,
      };
      return optimiser.optimize({ id, minAgents, maxAgents, target, timeScale }, asked, signal);
    },
    optimizePerformance: ({ swarmId, strategy }, { signal }) => {
      const { id, minAgents, maxAgents, target, timeScale } = managed(swarmId);
      return performancePlans.plan({ id, minAgents, maxAgents, target, timeScale }, strategy, signal);
    },
  };
}
