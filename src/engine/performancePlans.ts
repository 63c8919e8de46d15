import { CodedError } from "./common/errors.ts";
import type { AllocationsPort, BottlenecksPort, OptimisedSwarm, OptimiserPort, PerformancePlansPort } from "./ports.ts";
import { BOTTLENECK_COMPONENTS, type Bottleneck } from "./protocol/bottlenecks.ts";
import { DEFAULT_SEARCH, type ObjectiveWeights, type PerformancePlan, type Strategy } from "./protocol/optimize.ts";
import type { Coded } from "./protocol/model.ts";

export interface PerformancePlansParts {
  readonly bottlenecks: BottlenecksPort;
  readonly optimiser: OptimiserPort;
  readonly preview: AllocationsPort["preview"];
  readonly hasPrices: () => boolean;
  readonly choose: (
    asked: Strategy,
    findings: readonly Bottleneck[],
    hasPrices: boolean,
  ) => { readonly strategy: Exclude<Strategy, "adaptive">; readonly weights: ObjectiveWeights; readonly why: Coded };
}

/** From what holds a swarm back to what could be done about it: bottlenecks, the weights that follow, the best allocation, its plan. */
export class PerformancePlans implements PerformancePlansPort {
  readonly #parts: PerformancePlansParts;

  constructor(parts: PerformancePlansParts) {
    this.#parts = parts;
  }

  async plan(swarm: OptimisedSwarm, asked: Strategy, signal: AbortSignal): Promise<PerformancePlan> {
    const { bottlenecks, optimiser, preview, hasPrices, choose } = this.#parts;
    const { findings } = await bottlenecks.find(swarm.id, [...BOTTLENECK_COMPONENTS], signal);
    const found = findings.filter(({ severity }) => severity !== "none" && severity !== "unknown");
    const { strategy, weights, why } = choose(asked, found, hasPrices());
    const search = { ...DEFAULT_SEARCH, weights, budgetPerHour: null, laneMinimums: {} };
    const { front, pick, knee, ...optimization } = await optimiser.optimize(swarm, search, signal);
    const chosen = front[pick];
    // A search that found nothing has thrown; a front without its pick is a fault of ours.
    if (chosen === undefined) throw new CodedError("internal", { method: "optimizePerformance" });
    const plan = await preview({ swarmId: swarm.id, allocation: chosen.allocation }, signal);
    return {
      ...{ swarmId: swarm.id, asked, strategy, why, findings: found },
      optimization: { ...optimization, solutions: front.length, isKnee: pick === knee, chosen },
      preview: plan,
    };
  }
}
