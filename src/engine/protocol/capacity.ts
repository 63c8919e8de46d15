import type { Coded, SourceTag } from "./model.ts";

// How many agents fit, and when what runs out. Days are days of real time, also for a swarm whose time is squeezed.

export const CAPACITY_RESOURCES = ["memory", "cpu", "disk", "agents"] as const;
export type CapacityResource = (typeof CAPACITY_RESOURCES)[number];

export const MAX_HORIZON_DAYS = 3_650;
/** A growth that is learned needs so much history, in the swarm's own time. */
export const GROWTH_HISTORY_DAYS = 14;
/** A growth in per cent is that of thirty days. */
export const GROWTH_PERIOD_DAYS = 30;

/** What may be asked about. */
export const CAPACITY_ASKED = {
  agents: { least: 1, most: 100_000 },
  memoryBytes: { least: 1, most: 1e18 },
  cpus: { least: 0.1, most: 10_000 },
  growthPercent: { least: -100, most: 10_000 },
} as const;

/** What agents of one kind take: half of them, and 95% of them, take no more. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

/** More agents than there are now; `null` where what they take, or what is left, is not known. */
export interface Fit {
  readonly memory: Spread | null;
  readonly cpu: Spread | null;
  /** What an agent takes of the disk is not learned. */
  readonly disk: null;
  /** By the 95th percentile of what is known: the least, and of what; `null` while memory is not. */
  readonly agents: number | null;
  readonly by: "memory" | "cpu" | null;
}

export type CapacityCost =
  | { readonly kind: "known"; readonly amount: number; readonly currency: string }
  | { readonly kind: "unknown"; readonly reason: Coded };

/** As if there were so many agents of the kind in place of those that are there. */
export interface WhatIf {
  readonly agents: number;
  readonly needsBytes: Spread | null;
  readonly needsCores: Spread | null;
  /** What there would be for them: what is left, and what those that are there hold. */
  readonly hasBytes: number | null;
  readonly hasCores: number | null;
  /** By the 95th percentile; `null` while one of both is not known and the other would do. */
  readonly fits: boolean | null;
  /** What is short most; `null` when nothing is. */
  readonly short: "memory" | "cpu" | null;
  /** Of an hour, by the 50th percentile. */
  readonly costPerHour: CapacityCost;
}

/** The agents of one swarm: it runs one command, so they are of one kind. */
export interface CapacityKind {
  readonly swarmId: string;
  readonly live: number;
  /** Agents that the spreads rest on. */
  readonly seen: number;
  readonly rssBytes: Spread | null;
  readonly cpuCores: Spread | null;
  readonly fit: Fit;
  /** `null` when nobody asked. */
  readonly whatIf: WhatIf | null;
}

/** Change of a day with its interval of 95%; of a growth that was given, all three are the same. */
export interface DailyGrowth {
  readonly perDay: number;
  readonly lowPerDay: number;
  readonly highPerDay: number;
  /** It is beyond chance that it rises. */
  readonly rises: boolean;
}

/** Days from now; `null`: not at this growth. `soonest` and `latest` by the ends of the interval. */
export interface RunsOut {
  readonly inDays: number | null;
  readonly soonestInDays: number | null;
  readonly latestInDays: number | null;
}

export interface CapacityRow {
  readonly resource: CapacityResource;
  /** The swarm, for `agents`; `null` for the machine. */
  readonly swarmId: string | null;
  readonly unit: "bytes" | "cores" | "agents";
  readonly capacity: number | null;
  /** Of what is kept back for the rest of the machine. */
  readonly used: number | null;
  /** `p95`: 95% of the history did not exceed it · `now`: at this moment. */
  readonly usedBy: "p95" | "now" | null;
  readonly source: SourceTag;
  readonly growth: DailyGrowth | null;
  readonly runsOut: RunsOut | null;
  /** Why that is not known; `null` when it is. */
  readonly reason: Coded | null;
}

export interface CapacityPlan {
  readonly swarmId: string | null;
  readonly madeAtMs: number;
  readonly horizonDays: number;
  readonly growth: { readonly kind: "auto" } | { readonly kind: "percent"; readonly percent: number };
  /** `growth`: learned or given · `footprints`: only what fits now is known, for `reason`. */
  readonly basis: "growth" | "footprints";
  readonly reason: Coded | null;
  readonly machine: {
    readonly memoryBytes: number | null;
    readonly cpuCores: number | null;
    /** Another one than this was asked about. */
    readonly isAssumed: boolean;
  };
  readonly kinds: readonly CapacityKind[];
  readonly rows: readonly CapacityRow[];
  /** What runs out first within the horizon; `null`: nothing does, or nothing is known. */
  readonly first: {
    readonly resource: CapacityResource;
    readonly swarmId: string | null;
    readonly inDays: number;
  } | null;
}
