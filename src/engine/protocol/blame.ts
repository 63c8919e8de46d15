import type { SourceTag } from "./model.ts";

/** Who used how much over a range: an icicle from swarms down to threads and functions. */

export const BLAME_MEASURES = ["cpu", "memory", "io"] as const;
/** CPU seconds · mean of resident bytes over the range · bytes read from and written to storage. */
export type BlameMeasure = (typeof BLAME_MEASURES)[number];

export const BLAME_RANGES = ["15m", "1h", "6h", "24h", "7d"] as const;
export type BlameRange = (typeof BLAME_RANGES)[number];
export const BLAME_RANGE_MS: Readonly<Record<BlameRange, number>> = {
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
};
export const DEFAULT_BLAME_RANGE: BlameRange = "1h";
export const MAX_BLAME_RANGE_MS = 31 * 86_400_000;

/**
 * `own`: the allocator itself · `support`: what serves a swarm and is none of its agents · `helper`, `tool`, `itself`: all of
 * one name under an agent · `unknownRole`: of a version that did not tell · `undivided`: used by threads that have ended or
 * were not seen · `notProfiled`: of a main thread outside its profiles · `others`: the smallest, together.
 */
export const BLAME_KINDS = [
  "swarm",
  "own",
  "agent",
  "support",
  "itself",
  "helper",
  "tool",
  "service",
  "unknownRole",
  "process",
  "mainThread",
  "thread",
  "undivided",
  "function",
  "notProfiled",
  "read",
  "written",
  "others",
] as const;
export type BlameKind = (typeof BLAME_KINDS)[number];

export interface BlameNode {
  /** Index of the node above; `null`: a top. A node comes after the one above it. */
  readonly parent: number | null;
  readonly kind: BlameKind;
  /** As told; empty where the kind says all. */
  readonly name: string;
  /** All below it included, in the report's unit. Those directly below never sum up to more. */
  readonly value: number;
  readonly source: SourceTag;
  /** Of a process. */
  readonly pid?: number;
  readonly startTime?: number;
  readonly parentPid?: number;
  /** Of a function, from 1 on. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Of `others`: how many are together. */
  readonly count?: number;
}

export type BlameUnit = "seconds" | "bytes";

/** Answer of `blame`. */
export interface BlameReport {
  readonly by: BlameMeasure;
  readonly unit: BlameUnit;
  /** `null`: of all swarms, and of the allocator itself. */
  readonly swarmId: string | null;
  readonly swarmLabel: string | null;
  /** Whole minutes. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: number;
  /** The largest first below each. */
  readonly nodes: readonly BlameNode[];
  /** Processes that have a figure. */
  readonly processes: number;
  /** Minutes of the range, and those in which anything was accounted. */
  readonly rangeMinutes: number;
  readonly measuredMinutes: number;
  /** How long was looked, ms: what a mean of memory is over. */
  readonly measuredMs: number;
  /** Begin of what is kept at all; `null`: nothing is. */
  readonly oldestMs: number | null;
  /** Minutes of single processes in which the figure is not known: they are in no sum. */
  readonly unknownMinutes: number;
  readonly unknownProcesses: number;
  /** How many nodes were put together as others. */
  readonly folded: number;
  /** Profiles that tell functions. */
  readonly profiles: number;
}

/** A calling-context tree without the small ones, light enough to be kept for weeks. */
export interface StackSummary {
  readonly frames: readonly {
    readonly name: string;
    readonly file: string | null;
    readonly line: number | null;
    readonly column: number | null;
  }[];
  /** Per node: index of its frame, of its caller (−1: none; a node comes after its caller), and its own part of all, 0..1. */
  readonly nodeFrame: readonly number[];
  readonly nodeParent: readonly number[];
  readonly selfRatio: readonly number[];
}
