import type { LoadReading, ScalerPort, ScalerView } from "../../ports.ts";
import type { ScalingPolicy } from "../../protocol/config.ts";
import type { ReplayPolicy, ReplayWorld } from "./policy.ts";

/** What differs between the engine's scalers in a replay. */
interface Driven {
  readonly scaler: ScalerPort;
  readonly policy: ScalingPolicy;
  /** Pressure of the machine in a simulated step, 0..1; `null` where it was not measured, as when left out. */
  readonly pressureAt?: (step: number) => number | null;
}

/**
 * A scaler of the engine as the engine drives it: it looks at every step, and what it decides is carried out unless agents
 * are still starting or leaving (one action in flight).
 */
export function driven(
  { scaler, policy, pressureAt = () => null }: Driven,
  { physics, timeScale, startMs, forecastAt, taskSeconds }: ReplayWorld,
): ReplayPolicy {
  const { minAgents, maxAgents } = physics;
  const stepMs = physics.stepSeconds * 1_000;
  const startUpMs = physics.startUpSteps * stepMs;
  return {
    decide: ({ step, nowMs, demand, waiting, ready, target }) => {
      const reading: LoadReading | null = Number.isNaN(demand)
        ? null
        : { monotonicMs: nowMs, low: demand, high: demand, waiting, source: "measured" };
      const view: ScalerView = {
        swarmId: "replay",
        nowMonotonicMs: nowMs,
        nowWallMs: startMs + nowMs,
        live: target,
        target,
        minAgents,
        maxAgents,
        reading,
        tickIntervalMs: stepMs,
        forecast: forecastAt(step),
        startUpMs,
        taskSeconds,
        pending: Math.max(0, target - ready),
        pressureRatio: pressureAt(step),
        policy,
        timeScale,
      };
      const { to } = scaler.look(view);
      if (ready !== target || to === target) return target;
      scaler.acted(target, to, nowMs);
      return to;
    },
  };
}
