import type { Coded } from "../common/errors.ts";
import type { Lane } from "./lanes.ts";

// Capacity that somebody outside was given for a while. Times are wall clock, ms.

export const LEASE_ASKED = {
  units: { least: 1, most: 1_000 },
  seconds: { least: 1, most: 3_600, usual: 300 },
  bytesEach: { least: 1, most: 1e15 },
} as const;

/** The process that holds a lease: with it the lease ends. */
export interface LeaseHolder {
  readonly pid: number;
  /** As the process table counts it; `null` where that is not told. */
  readonly startTime: number | null;
}

/** Places in a lane, and memory, given to a process until a moment. */
export interface LeaseRow {
  readonly id: string;
  readonly lane: Lane;
  /** Places: tasks or agents at once. */
  readonly units: number;
  /** Memory for all of them; `null` when nobody knows what they take. */
  readonly memoryBytes: number | null;
  /** Whose agents' footprint that rests on; `null`: none. */
  readonly swarmId: string | null;
  readonly holder: LeaseHolder;
  /** Who asked, as told by it. */
  readonly by: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** How a lease ended: given back · its time was over · its holder's process is gone · an operator took it back. */
export type LeaseEnd = "released" | "expired" | "holderGone" | "takenBack";

export type LeaseAnswer =
  | { readonly kind: "granted"; readonly lease: LeaseRow }
  | {
      readonly kind: "refused";
      readonly reason: Coded;
      /** When asking again is worth while; `null`: not before somebody does something. */
      readonly retryAfterMs: number | null;
      /** How many would have been granted now. */
      readonly fits: number;
    };

export interface ReleaseAnswer {
  readonly leaseId: string;
  /** How it ended; by this call or before it. */
  readonly ended: LeaseEnd;
  /** Whether this call ended it. */
  readonly now: boolean;
}
