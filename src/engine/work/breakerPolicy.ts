import type { BreakerOptions } from "../guard/breakerOptions.ts";
import type { BreakerPolicy } from "../protocol/faultTolerance.ts";

/** The operator's policy in the breaker's own terms: seconds become milliseconds. */
export function breakerOptions(policy: BreakerPolicy): BreakerOptions {
  return {
    failureThreshold: policy.failureThreshold,
    recoveryTimeoutMs: policy.recoveryTimeoutSeconds * 1000,
    successThreshold: policy.successThreshold,
    halfOpenPermits: policy.halfOpenPermits,
    halfOpenDeadlineMs: policy.halfOpenDeadlineSeconds * 1000,
    window:
      policy.window.kind === "count"
        ? { kind: "count", calls: policy.window.calls }
        : { kind: "time", ms: policy.window.seconds * 1000 },
    minimumCalls: policy.minimumCalls,
    failureRate: policy.failureRate,
    slowCallMs: policy.slowCallSeconds === null ? null : policy.slowCallSeconds * 1000,
    slowCallRate: policy.slowCallRate,
    recoveryGrowth: policy.recoveryGrowth,
    recoveryMaxMs: policy.recoveryMaxSeconds * 1000,
    jitterRatio: policy.jitterRatio,
    adaptive: {
      enabled: policy.adaptive.enabled,
      windowSize: policy.adaptive.windowSize,
      adjustmentRate: policy.adaptive.adjustmentRate,
      maxFailureThreshold: policy.adaptive.maxFailureThreshold,
      maxRecoveryMs: policy.adaptive.maxRecoverySeconds * 1000,
    },
  };
}
