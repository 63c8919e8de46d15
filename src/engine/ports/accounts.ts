import type { Sliced } from "../common/slices.ts";
import type { StackSummary } from "../protocol/blame.ts";

// What processes used, minute by minute, and how profiles divide it among functions.

/** `own`: of the allocator itself · `support`: serves a swarm and is none of its agents. */
export type AccountRole = "agent" | "helper" | "tool" | "support" | "own";

/** Who a process was, as it was first seen. */
export interface AccountedProcess {
  readonly pid: number;
  readonly startTime: number;
  /** `null` in rows of an older version, as are the labels and the parent. */
  readonly role: AccountRole | null;
  readonly name: string;
  readonly parentPid: number | null;
  readonly swarmId: string | null;
  readonly swarmLabel: string | null;
  readonly agentId: string | null;
  readonly agentName: string | null;
}

/** One process over one minute: one row while it lives, never a series of its own. */
export interface ProcessAccount extends AccountedProcess {
  readonly role: AccountRole;
  readonly minuteMs: number;
  /** How long it was under our eyes in this minute. */
  readonly seenMs: number;
  /** Within the minute; `null` where the system does not tell. */
  readonly cpuSeconds: number | null;
  /** Over `seenMs`, each moment counting alike. */
  readonly meanRssBytes: number | null;
  readonly peakRssBytes: number | null;
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
}

/** CPU of the threads of one name of a process in one minute. Those of a process never sum up to more than its row has. */
export interface ThreadAccount {
  readonly minuteMs: number;
  readonly pid: number;
  readonly startTime: number;
  /** The numbers of a pool's threads as `*`: they are one. */
  readonly name: string;
  readonly isMain: boolean;
  readonly cpuSeconds: number;
}

/** One thread of a process now. Cumulative. */
export interface ThreadReading {
  readonly tid: number;
  readonly startTime: number;
  readonly name: string;
  readonly cpuSeconds: number;
}

/** Reads the threads of a process from the system. */
export interface ThreadReader {
  /** `null`: the process is gone, another one by now, or the system does not tell. `isComplete`: none were left out. */
  read(
    pid: number,
    startTime: number,
  ): { readonly threads: readonly ThreadReading[]; readonly isComplete: boolean } | null;
}

/** A figure summed up over the minutes in which it was told. */
export interface AccountFigure {
  /** `null`: in none. */
  readonly sum: number | null;
  readonly unknownMinutes: number;
}

/** All rows of one process in a range. */
export interface AccountSum extends AccountedProcess {
  readonly minutes: number;
  readonly cpuSeconds: AccountFigure;
  /** Resident bytes × seconds. */
  readonly rssByteSeconds: AccountFigure;
  readonly readBytes: AccountFigure;
  readonly writeBytes: AccountFigure;
  readonly threads: readonly ThreadSum[];
  /** Profiles that were made of it in the range. */
  readonly profiles: readonly ProfiledShare[];
}

export interface ThreadSum {
  readonly name: string;
  readonly isMain: boolean;
  readonly cpuSeconds: number;
}

/** What its main thread used while it was profiled, and how that divides. */
export interface ProfiledShare {
  readonly cpuSeconds: number;
  readonly stacks: StackSummary;
}

export interface ProfiledStacks {
  readonly pid: number;
  readonly startTime: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stacks: StackSummary;
}

/** The accounts as they are stored. */
export interface AccountsPort {
  /** `false` when it could not be written; the profile is then only in its file. */
  keepStacks(profiled: ProfiledStacks): boolean;
  /**
   * Rows of `[fromMs, toMs)`, whole minutes, summed up by process, some hours a piece.
   * @param swarmId `null`: of all
   * @throws CodedError `store.read`
   */
  sums(
    swarmId: string | null,
    fromMs: number,
    toMs: number,
    withParts: boolean,
  ): Sliced<{
    readonly processes: readonly AccountSum[];
    /** Minutes in which anything was accounted, and how long was looked in them, of whatever swarm. */
    readonly measuredMinutes: number;
    readonly measuredMs: number;
    /** The oldest minute of all that is kept; `null` without any. */
    readonly oldestMs: number | null;
  }>;
}
