import type { ScalingPolicy } from "../protocol/config.ts";
import type { HpaPolicy } from "../protocol/hpaPolicy.ts";
import type { DirectionBehavior, ScalingBehavior } from "./scalingBehavior.ts";

/** Squeezed time must not squeeze these away: a process needs its real second to start, and a look its real tick. */
const LEAST_COOLDOWN_MS = 10_000;
const LEAST_PERIOD_MS = 5_000;
const LEAST_WINDOW_MS = 5_000;
const WINDOW_MS = 15_000;
const LEAD_MS = 300_000;
const PAUSE_MS = 15_000;
const LEAST_PAUSE_MS = 5_000;
const IMPACT_MS = 60_000;
const LEAST_IMPACT_MS = 10_000;
/** Readings that a mean needs at least, in ticks. */
const WINDOW_TICKS = 3;

/** How long fewer agents and reversals wait after any change. */
export function cooldownMs({ cooldownSeconds }: ScalingPolicy, timeScale: number): number {
  return squeezed(cooldownSeconds * 1000, timeScale, LEAST_COOLDOWN_MS);
}

/** How long nothing is done after any change under the policy `hpa`; none where none is asked for. */
export function hpaCooldownMs({ cooldownSeconds }: HpaPolicy, timeScale: number): number {
  return squeezed(cooldownSeconds * 1000, timeScale, LEAST_COOLDOWN_MS);
}

/** How long a further growth waits after a growth. */
export function scaleUpPeriodMs({ scaleUpPeriodSeconds }: ScalingPolicy, timeScale: number): number {
  return squeezed(scaleUpPeriodSeconds * 1000, timeScale, LEAST_PERIOD_MS);
}

/** Over this time the current load is averaged, so that one reading alone decides nothing. */
export function windowMs(timeScale: number, tickIntervalMs: number): number {
  return Math.max(squeezed(WINDOW_MS, timeScale, LEAST_WINDOW_MS), WINDOW_TICKS * tickIntervalMs);
}

/** How far ahead a forecast is looked at: long enough for agents that are started now to be ready. */
export function leadMs(timeScale: number, startUpMs: number | null, stepMs: number): number {
  return Math.max(LEAD_MS / timeScale, (startUpMs ?? 0) + 2 * stepMs);
}

/** How long a step of a plan is looked at before the next, at most: as long as a further growth waits anyway. */
export function pauseMs(timeScale: number): number {
  return squeezed(PAUSE_MS, timeScale, LEAST_PAUSE_MS);
}

/** Length of the windows before and after a change that are compared. */
export function impactMs(timeScale: number): number {
  return squeezed(IMPACT_MS, timeScale, LEAST_IMPACT_MS);
}

/** Windows and periods of a Kubernetes autoscaler, in a swarm whose time is squeezed. */
export function squeezedBehavior({ up, down }: ScalingBehavior, timeScale: number): ScalingBehavior {
  const one = (direction: DirectionBehavior, leastWindowMs: number): DirectionBehavior => ({
    ...direction,
    stabilizationSeconds: squeezed(1_000 * direction.stabilizationSeconds, timeScale, leastWindowMs) / 1_000,
    rules: direction.rules.map((rule) => ({
      ...rule,
      periodSeconds: squeezed(1_000 * rule.periodSeconds, timeScale, LEAST_PERIOD_MS) / 1_000,
    })),
  });
  return { up: one(up, LEAST_PERIOD_MS), down: one(down, LEAST_COOLDOWN_MS) };
}

function squeezed(ms: number, timeScale: number, leastMs: number): number {
  return Math.max(ms / timeScale, Math.min(ms, leastMs));
}
