import type { OptimiserPort, SwarmView } from "../ports.ts";
import { DEFAULT_SEARCH } from "../protocol/optimize.ts";
import type { Handlers } from "./handlers.ts";

/** What the call about allocations needs of the engine. */
export interface OptimizeCallsApi {
  readonly optimiser: OptimiserPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createOptimizeHandlers(
  { optimiser }: OptimizeCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "optimize"> {
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
  };
}
