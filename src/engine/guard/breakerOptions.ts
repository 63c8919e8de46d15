import type { AdaptiveOptions } from "./adaptiveThresholds.ts";

/** Every duration in ms of the monotonic clock. */
export interface BreakerOptions {
  /** Failures in a row that open; integer ≥ 1. */
  readonly failureThreshold: number;
  readonly recoveryTimeoutMs: number;
  /** Successes in half-open that close. */
  readonly successThreshold: number;
  /** Calls at once in half-open. */
  readonly halfOpenPermits: number;
  /** A probe that nobody settled by then counts as failed. */
  readonly halfOpenDeadlineMs: number;
  readonly window: { readonly kind: "count"; readonly calls: number } | { readonly kind: "time"; readonly ms: number };
  /** Before that many calls no rate opens. */
  readonly minimumCalls: number;
  /** Share of failed calls that opens; `null`: not used. */
  readonly failureRate: number | null;
  /** A longer call is slow; `null`: not used. */
  readonly slowCallMs: number | null;
  readonly slowCallRate: number;
  /** The recovery time is multiplied by this each time half-open fails. */
  readonly recoveryGrowth: number;
  readonly recoveryMaxMs: number;
  /** The recovery time varies by this share, 0..0.5. */
  readonly jitterRatio: number;
  readonly adaptive: AdaptiveOptions;
}

export const DEFAULT_BREAKER: BreakerOptions = {
  failureThreshold: 5,
  recoveryTimeoutMs: 60_000,
  successThreshold: 3,
  halfOpenPermits: 3,
  halfOpenDeadlineMs: 60_000,
  window: { kind: "count", calls: 100 },
  minimumCalls: 20,
  failureRate: 0.5,
  slowCallMs: null,
  slowCallRate: 1,
  recoveryGrowth: 2,
  recoveryMaxMs: 600_000,
  jitterRatio: 0.1,
  adaptive: {
    enabled: false,
    windowSize: 1_000,
    adjustmentRate: 0.1,
    maxFailureThreshold: 100,
    maxRecoveryMs: 600_000,
  },
};

/** @throws RangeError that names the field and its value */
export function checkBreakerOptions(options: BreakerOptions): void {
  for (const field of ["failureThreshold", "successThreshold", "halfOpenPermits", "minimumCalls"] as const) {
    const value = options[field];
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${field} must be an integer ≥ 1, got ${value}`);
  }
  for (const field of ["recoveryTimeoutMs", "halfOpenDeadlineMs", "recoveryMaxMs"] as const) {
    const value = options[field];
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${field} must be a number > 0, got ${value}`);
  }
  const { failureRate, slowCallMs, slowCallRate, recoveryGrowth, jitterRatio } = options;
  if (failureRate !== null && !(failureRate > 0 && failureRate <= 1))
    throw new RangeError(`failureRate must be above 0 and at most 1, got ${failureRate}`);
  if (slowCallMs !== null && !(slowCallMs > 0)) throw new RangeError(`slowCallMs must be > 0, got ${slowCallMs}`);
  if (!(slowCallRate > 0 && slowCallRate <= 1))
    throw new RangeError(`slowCallRate must be above 0 and at most 1, got ${slowCallRate}`);
  if (!(recoveryGrowth >= 1 && Number.isFinite(recoveryGrowth)))
    throw new RangeError(`recoveryGrowth must be ≥ 1, got ${recoveryGrowth}`);
  if (!(jitterRatio >= 0 && jitterRatio <= 0.5))
    throw new RangeError(`jitterRatio must be between 0 and 0.5, got ${jitterRatio}`);
}
