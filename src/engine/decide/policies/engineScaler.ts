import type { LoadReading, ScalerView } from "../../ports.ts";
import type { ScalingPolicy } from "../../protocol/config.ts";
import type { ReplayPolicy, ReplayWorld } from "./policy.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A scaler as a simulation asks it: what it decides, without the words. It keeps nothing of the view. */
export interface Sizer {
  judge(view: ScalerView): { readonly to: number };
  acted(from: number, to: number, monotonicMs: number): void;
}

/** What differs between the engine's scalers in a replay. */
interface Driven {
  readonly scaler: Sizer;
  readonly policy: ScalingPolicy;
  /** Pressure of the machine in a simulated step, 0..1; `null` where it was not measured, as when left out. */
  readonly pressureAt?: (step: number) => number | null;
}

/**
 * A scaler of the engine as the engine drives it: it looks at every step, and what it decides is carried out unless agents
 * are still starting or leaving (one action in flight). What it looks at is one object, used again at every step.
 */
export function driven(
  { scaler, policy, pressureAt = () => null }: Driven,
  { physics, timeScale, startMs, forecastAt, taskSeconds }: ReplayWorld,
): ReplayPolicy {
  const { minAgents, maxAgents, startUpSteps, stepSeconds } = physics;
  const stepMs = stepSeconds * 1_000;
  const reading: Mutable<LoadReading> = { monotonicMs: 0, low: 0, high: 0, waiting: 0, source: "measured" };
  const view: Mutable<ScalerView> = {
    swarmId: "replay",
    ...{ nowMonotonicMs: 0, nowWallMs: startMs, live: 0, target: 0, minAgents, maxAgents },
    ...{
      reading: null,
      tickIntervalMs: stepMs,
      forecast: null,
      startUpMs: startUpSteps * stepMs,
      taskSeconds,
      pending: 0,
    },
    ...{ pressureRatio: null, policy, timeScale },
  };
  return {
    decide: ({ step, nowMs, demand, waiting, ready, target }) => {
      if (Number.isNaN(demand)) view.reading = null;
      else {
        reading.monotonicMs = nowMs;
        reading.low = demand;
        reading.high = demand;
        reading.waiting = waiting;
        view.reading = reading;
      }
      view.nowMonotonicMs = nowMs;
      view.nowWallMs = startMs + nowMs;
      view.live = target;
      view.target = target;
      view.forecast = forecastAt(step);
      view.pending = Math.max(0, target - ready);
      view.pressureRatio = pressureAt(step);
      const { to } = scaler.judge(view);
      if (ready !== target || to === target) return target;
      scaler.acted(target, to, nowMs);
      return to;
    },
  };
}
