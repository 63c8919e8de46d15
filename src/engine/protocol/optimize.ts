import type { Coded } from "../common/errors.ts";
import type { AllocationPreview } from "./allocators.ts";
import type { Bottleneck } from "./bottlenecks.ts";
import type { Lane } from "./lanes.ts";

// The best allocations of agents, as far as several aims at once can be met.

/** Aims, by their names in settings, commands and answers. */
export const OBJECTIVES = ["minimizeLatency", "maximizeUtilization", "balanceLoad", "minimizeCost"] as const;
export type ObjectiveId = (typeof OBJECTIVES)[number];

/** What matters how much; shares of their sum count. An aim that is left out takes no part at all. */
export type ObjectiveWeights = Readonly<Partial<Record<ObjectiveId, number>>>;

export const DEFAULT_WEIGHTS: Readonly<Record<ObjectiveId, number>> = {
  minimizeLatency: 0.3,
  maximizeUtilization: 0.25,
  balanceLoad: 0.25,
  minimizeCost: 0.2,
};

/** Limits that an allocation has to keep; `agentsOfKind` is a swarm's own maximum. */
export const CONSTRAINTS = ["unstable", "memory", "cpu", "agents", "agentsOfKind", "budget", "laneAgents"] as const;
export type ConstraintId = (typeof CONSTRAINTS)[number];

/** Agents of one kind (a swarm) that serve one lane. */
export interface AllocatedAgents {
  readonly kind: string;
  readonly lane: Lane;
  readonly agents: number;
  /** cgroup v2 `cpu.weight`, 1 to 10,000; 100 where no agent ever waits for a processor. */
  readonly cpuWeight: number;
  /** Most memory of each of them. */
  readonly memoryBytes: number;
}

/** A whole allocation. Kinds that do not serve a lane are left out. */
export interface Allocation {
  readonly agents: readonly AllocatedAgents[];
  /** Tasks of a lane that run at once; never more than it has agents. */
  readonly lanes: readonly { readonly lane: Lane; readonly capacity: number }[];
}

/** What one lane would be like; everything derived. `null`: no task arrives there, so none waits. */
export interface LaneOutlook {
  readonly lane: Lane;
  readonly agents: number;
  /** Work that arrives ÷ what may run at once; with contention for processors and repeats counted in. */
  readonly utilisation: number | null;
  readonly waitMeanSec: number | null;
  readonly waitP95Sec: number | null;
  /** Mean time that a task runs. */
  readonly serviceSec: number | null;
}

/** What one aim comes to, in its own unit and sense; `null` with the reason when it cannot be said. */
export interface ObjectiveFigure {
  readonly id: ObjectiveId;
  readonly unit: "s" | "ratio" | "perHour";
  readonly better: "lower" | "higher";
  readonly value: number | null;
  readonly reason: Coded | null;
}

export interface AllocationPoint {
  readonly allocation: Allocation;
  /** In the order of the aims that took part. */
  readonly objectives: readonly ObjectiveFigure[];
  readonly lanes: readonly LaneOutlook[];
}

/** What the waits of a lane are calculated from; `unknown` below the number of observations that it takes. */
export type LaneCalibration = { readonly lane: Lane; readonly arrivals: number } & (
  | { readonly kind: "idle" }
  | { readonly kind: "unknown"; readonly reason: Coded }
  | {
      readonly kind: "known";
      readonly arrivalsPerSec: number;
      /** The same in each of equal stretches of the window, oldest first, without what is mere chance. */
      readonly rates: readonly number[];
      readonly stretchSec: number;
      /** Squared coefficient of variation of the times between arrivals, within a stretch. */
      readonly arrivalScv: number;
      readonly services: readonly ServiceCalibration[];
      /** Measured mean wait, and what the model says for the agents of that time; `null` where either cannot be said. */
      readonly waitMeasuredSec: number | null;
      readonly waitModelSec: number | null;
    }
);

/** How long agents of one kind take for a task of a lane. */
export type ServiceCalibration = { readonly kindId: string; readonly observations: number } & (
  | { readonly kind: "unknown" }
  | { readonly kind: "known"; readonly meanSec: number; readonly scv: number }
);

export interface Calibration {
  readonly lanes: readonly LaneCalibration[];
  /**
   * Σ |model − measured| ÷ Σ measured over the mean waits of the lanes where both are known; `null` when none waited, and
   * with the reason when a lane that was measured has no steady state in the model: there it is furthest from the truth.
   */
  readonly waitWape: number | null;
  readonly waitWapeReason: Coded | null;
  /** Tasks that arrived in the window that was looked at. */
  readonly observations: number;
}

/** Answer of `optimize`. */
export interface OptimizeReport {
  readonly weights: ObjectiveWeights;
  /** No point is better than another in every aim. */
  readonly front: readonly AllocationPoint[];
  /** Indices into `front`: the one for these weights, and the one after which a gain in one aim costs most in others. */
  readonly pick: number;
  readonly knee: number | null;
  /** Of the front, in shares of its own range, up to 1.1 in each aim. */
  readonly hypervolume: number;
  /** 1: every seed picks what comes to the same; 0: as far apart as the fronts allow. */
  readonly confidence: {
    readonly ratio: number;
    readonly seeds: readonly number[];
    /** Least and largest value among the picks, in the order of the aims. */
    readonly spread: readonly { readonly id: ObjectiveId; readonly least: number; readonly most: number }[];
  };
  /** What the allocation in force comes to; `null` when none was given, or it has agents for a lane of `leftOut`. */
  readonly current: CurrentAllocation | null;
  readonly calibration: Calibration;
  /** Kinds that may not serve a lane because how long they take there was not measured enough. */
  readonly leftOut: readonly { readonly kind: string; readonly lane: Lane; readonly observations: number }[];
  readonly generations: number;
  readonly evaluations: number;
  readonly stopped: "generations" | "settled";
}

export interface CurrentAllocation extends AllocationPoint {
  /** The limits that it does not keep; its aims are not known then where that is why. */
  readonly violates: readonly ConstraintId[];
}

/** Solutions of a generation and generations of a search that somebody asks for. */
export const DEFAULT_SEARCH = { population: 100, generations: 200, seed: 1 };
export const MAX_POPULATION = 400;
export const MAX_GENERATIONS = 1_000;

/** Answer of the call `optimize`. */
export interface SwarmOptimization extends OptimizeReport {
  readonly swarmId: string;
  readonly madeAtMs: number;
  /** The tasks that it rests on arrived between these two. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of cost and budget; `null`: no prices are configured. */
  readonly currency: string | null;
  /** Aims of the default weights that could take no part, each with what is missing. */
  readonly aimsLeftOut: readonly { readonly id: ObjectiveId; readonly reason: Coded }[];
  /** What the model does not see and may matter; absent when there is nothing to say. */
  readonly caveats?: readonly Coded[] | undefined;
}

/** What matters: by what holds the swarm back (`adaptive`), short waits, few agents and little money, or a bit of each. */
export const STRATEGIES = ["adaptive", "latency", "cost", "balanced"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Answer of the call `optimizePerformance`: what holds the swarm back, and what would be done about it. */
export interface PerformancePlan {
  readonly swarmId: string;
  readonly asked: Strategy;
  readonly strategy: Exclude<Strategy, "adaptive">;
  readonly why: Coded;
  /** What was found, the worst first; what is well or unknown is left out. */
  readonly findings: readonly Bottleneck[];
  readonly optimization: Omit<SwarmOptimization, "front" | "pick" | "knee"> & {
    /** On the front. */
    readonly solutions: number;
    readonly chosen: AllocationPoint;
    readonly isKnee: boolean;
  };
  readonly preview: AllocationPreview;
}
