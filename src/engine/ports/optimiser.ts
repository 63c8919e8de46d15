import type { Lane } from "../protocol/lanes.ts";
import type { ObjectiveWeights, PerformancePlan, Strategy, SwarmOptimization } from "../protocol/optimize.ts";

export interface OptimizeAsked {
  /** `null`: the default ones, without cost where no price is known. */
  readonly weights: ObjectiveWeights | null;
  /** Most that the agents may cost for an hour, in the currency of the prices; `null`: no limit. */
  readonly budgetPerHour: number | null;
  /** Agents that a lane has in any case, instead of its share of the swarm's minimum. */
  readonly laneMinimums: Readonly<Partial<Record<Lane, number>>>;
  readonly population: number;
  readonly generations: number;
  readonly seed: number;
}

export interface OptimisedSwarm {
  readonly id: string;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly target: number;
  /** Its time runs so many times as fast as the clock. */
  readonly timeScale: number;
}

/** The best allocations of a swarm's agents to its lanes, searched when somebody asks. */
export interface OptimiserPort {
  /** @throws CodedError `aborted`, `heavy.*`, `store.read`, `optimize.*`; `cost.noPrices` for a budget without prices */
  optimize(swarm: OptimisedSwarm, asked: OptimizeAsked, signal: AbortSignal): Promise<SwarmOptimization>;
}

/** What could be done about what holds a swarm back. Changes nothing. */
export interface PerformancePlansPort {
  /** @throws as `OptimiserPort`, and CodedError `store.read` */
  plan(swarm: OptimisedSwarm, asked: Strategy, signal: AbortSignal): Promise<PerformancePlan>;
}
