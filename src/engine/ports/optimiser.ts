import type { ObjectiveWeights, SwarmOptimization } from "../protocol/optimize.ts";

export interface OptimizeAsked {
  /** `null`: the default ones, without cost where no price is known. */
  readonly weights: ObjectiveWeights | null;
  readonly population: number;
  readonly generations: number;
  readonly seed: number;
}

/** The best allocations of a swarm's agents to its lanes, searched when somebody asks. */
export interface OptimiserPort {
  /** @throws CodedError `aborted`, `heavy.*`, `store.read`, `optimize.*` */
  optimize(
    swarm: { readonly id: string; readonly minAgents: number; readonly maxAgents: number; readonly target: number },
    asked: OptimizeAsked,
    signal: AbortSignal,
  ): Promise<SwarmOptimization>;
}
