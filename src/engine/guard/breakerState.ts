import * as z from "zod/mini";
import type { Coded, CodedError } from "../common/errors.ts";
import type { WindowTotals } from "./slidingWindow.ts";

/** Times are of the injected monotonic clock, ms. */
export type BreakerState =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly sinceMs: number; readonly untilMs: number; readonly reason: Coded }
  | {
      readonly kind: "halfOpen";
      readonly sinceMs: number;
      readonly inUse: number;
      readonly successes: number;
      /** When the oldest probe counts as failed; `null` without one. */
      readonly deadlineMs: number | null;
    }
  | { readonly kind: "forcedOpen"; readonly sinceMs: number }
  | { readonly kind: "metricsOnly"; readonly sinceMs: number };

/** The right to one call. The first of the three counts, later ones do nothing; so does one of a state that is over. */
export interface BreakerPermit {
  success(durationMs: number): void;
  failure(durationMs: number): void;
  /** Cancelled, or nothing that says anything about the service: the permit comes back, nothing is counted. */
  ignore(): void;
}

export interface BreakerTransition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly cause: Coded;
}

/** What a restart keeps. The window is not kept: what was measured before it says little about now. */
export const savedBreaker = z.strictObject({
  kind: z.enum(["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"]),
  /** Of an open one: what was left of its recovery time. */
  leftMs: z.number().check(z.gte(0)),
  reason: z.nullable(
    z.strictObject({
      code: z.string(),
      args: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
  /** Times in a row that half-open failed. */
  relapses: z.int().check(z.gte(0)),
  opens: z.int().check(z.gte(0)),
  adaptive: z.nullable(z.strictObject({ threshold: z.number().check(z.gt(0)), recoveryMs: z.number().check(z.gt(0)) })),
});
export type SavedBreaker = z.infer<typeof savedBreaker>;

export interface BreakerMetrics extends WindowTotals {
  /** `null` below the minimum of calls. */
  readonly failureRate: number | null;
  readonly slowRate: number | null;
  readonly consecutiveFailures: number;
  readonly refused: number;
  readonly opens: number;
  readonly thresholdNow: number;
  readonly recoveryMsNow: number;
}

export interface ExecuteOptions<T> {
  readonly signal?: AbortSignal | undefined;
  /** Instead of being refused. */
  readonly fallback?: (reason: CodedError) => T | Promise<T>;
  readonly isIgnored?: (error: unknown) => boolean;
}
