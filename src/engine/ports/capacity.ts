import type { Coded } from "../common/errors.ts";
import type { CapacityPlan, DailyGrowth, Spread } from "../protocol/capacity.ts";
import type { Prices } from "../protocol/prices.ts";

/** What agents of one swarm take. */
export interface FootprintSizes {
  readonly rssBytes: Spread | null;
  readonly cpuCores: Spread | null;
  /** Agents that this rests on. */
  readonly agents: number;
}

/** How a figure grows in a day of real time, and its level; or why that is not known. */
export type LearnedGrowth =
  | { readonly kind: "known"; readonly growth: DailyGrowth; readonly high: number | null }
  | { readonly kind: "unknown"; readonly reason: Coded; readonly high: number | null };

export interface CapacitySwarm {
  readonly id: string;
  readonly live: number;
  readonly maxAgents: number;
  readonly targetUtilisation: number;
  /** Now; `null` where not measured. */
  readonly demand: number | null;
  /** What its agents hold now, without what serves them. */
  readonly rssBytes: number | null;
  readonly cpuCores: number | null;
  readonly sizes: FootprintSizes;
  /** Of its demand. */
  readonly learned: LearnedGrowth;
}

/** Everything that a capacity plan rests on. */
export interface CapacityInputs {
  readonly swarmId: string | null;
  readonly madeAtMs: number;
  readonly horizonDays: number;
  readonly growth: CapacityPlan["growth"];
  readonly machine: {
    readonly memoryCapacityBytes: number | null;
    readonly memoryAvailableBytes: number | null;
    readonly memoryUsedBytes: number | null;
    readonly cpuCapacityCores: number | null;
    /** `null` also where only a share of the cores may be used: how busy that is, nobody tells. */
    readonly cpuBusyCores: number | null;
    readonly disk: { readonly usedBytes: number; readonly sizeBytes: number } | null;
    /** Of agents that were started and do not show their size yet. */
    readonly promisedBytes: number;
  };
  /** Of the machine's figures: bytes, cores, bytes. */
  readonly learned: Readonly<Record<"memory" | "cpu" | "disk", LearnedGrowth>>;
  /** As if: `null` where nothing was said. */
  readonly wanted: {
    readonly agents: number | null;
    readonly memoryBytes: number | null;
    readonly cpus: number | null;
  };
  readonly swarms: readonly CapacitySwarm[];
  readonly prices: Prices | null;
}

export interface CapacityRequest {
  readonly horizonDays: number;
  readonly growth: CapacityPlan["growth"];
  readonly agents?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly cpus?: number | undefined;
}

/** Capacity plans, made when somebody asks. */
export interface CapacityPort {
  /** @param swarmId `null`: over all managed swarms @throws CodedError `aborted`, `heavy.*`, `store.read`, `capacity.*` */
  plan(swarmId: string | null, request: CapacityRequest, signal: AbortSignal): Promise<CapacityPlan>;
}
