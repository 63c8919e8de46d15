import type { Lane } from "../protocol/lanes.ts";
import type { Allocation, ObjectiveWeights, OptimizeReport } from "../protocol/optimize.ts";

/**
 * Tasks of a window, in columns: row n of each is one task, `lane` is an index into the lanes of the request. Order does not
 * matter. How long tasks take is told by others than those that arrived: of these, only short ones can have ended as well.
 */
export interface MeasuredTasks {
  readonly fromMs: number;
  readonly toMs: number;
  /** Those that arrived in it. */
  readonly arrivals: {
    readonly lane: Uint8Array;
    readonly arrivedMs: Float64Array;
    /** NaN where it has not begun. */
    readonly waitedMs: Float64Array;
  };
  /** Those that were done in it, whenever they arrived, and those that run at its end. */
  readonly services: {
    readonly lane: Uint8Array;
    /** Index into the kinds of the request: who runs it. */
    readonly kind: Int16Array;
    /** NaN where it still runs. */
    readonly ranMs: Float64Array;
  };
}

/**
 * What one agent costs for an hour, in the operator's currency. Unknown without prices, and where what has a price was not
 * measured: `datum` says which.
 */
export type AgentPrice =
  | {
      readonly kind: "known";
      /** Of one that is there, busy or not. */
      readonly perHour: number;
      /** What comes on top while it is busy. */
      readonly perBusyHour: number;
    }
  | { readonly kind: "unknown"; readonly datum: "price" | "cpu" | "residentMemory" };

/** Agents that one swarm runs: what they need, each `null` where it was not measured. */
export interface AllocatedKind {
  readonly id: string;
  /** Most of them at once. */
  readonly maxAgents: number;
  /** Peaks of single agents; what an agent needs is their 95th percentile. */
  readonly peakBytes: Float64Array;
  /** Cores that a busy one uses. */
  readonly cpuCores: number | null;
  readonly price: AgentPrice;
  /** Most that the memory limit of one may be set to. */
  readonly mostBytes: number;
}

export interface AllocatedLane {
  readonly lane: Lane;
  /** Agents and permits that it has in any case. */
  readonly minAgents: number;
  /** Mean number of agents that served it in the window; `null`: not known. Only the error of the model rests on it. */
  readonly servedBy: number | null;
}

export interface OptimizeRequest {
  readonly lanes: readonly AllocatedLane[];
  readonly kinds: readonly AllocatedKind[];
  readonly tasks: MeasuredTasks;
  readonly limits: {
    /** Memory and cores for all agents together; `null`: not measured. */
    readonly memoryBytes: number | null;
    readonly cpuCores: number | null;
    /** Cores that all busy agents may ask for together, as a multiple of those that there are. At 1 no agent waits for one. */
    readonly cpuOvercommitRatio: number;
    readonly maxAgents: number;
    /** `null`: no limit. */
    readonly budgetPerHour: number | null;
  };
  readonly weights: ObjectiveWeights;
  /** The allocation in force, to compare with and to begin from. */
  readonly current: Allocation | null;
  readonly population: number;
  readonly generations: number;
  /** End early once the front does not grow any more. */
  readonly settle: boolean;
  readonly seed: number;
}

export type OptimizeAnswer = OptimizeReport;
