import type { LoadReading, ScalerView } from "../../ports.ts";
import { AdaptiveScaler } from "../adaptiveScaler.ts";
import type { PolicyKind } from "./policy.ts";

/**
 * The scaler of the engine itself, as the engine drives it: it looks at every step, and what it decides is carried out
 * unless agents are still starting or leaving (one action in flight).
 */
export const adaptive: PolicyKind = {
  name: "adaptive",
  summary: "The engine's own scaler, with the forecasts that it would have had",
  sees: "past",
  create: ({ physics, scaling, timeScale, startMs, forecastAt }) => {
    const scaler = new AdaptiveScaler();
    const stepMs = physics.stepSeconds * 1_000;
    return {
      decide: ({ step, nowMs, demand, ready, target }) => {
        const reading: LoadReading | null = Number.isNaN(demand)
          ? null
          : { monotonicMs: nowMs, low: demand, high: demand, source: "measured" };
        const view: ScalerView = {
          swarmId: "replay",
          nowMonotonicMs: nowMs,
          nowWallMs: startMs + nowMs,
          live: target,
          target,
          minAgents: physics.minAgents,
          maxAgents: physics.maxAgents,
          reading,
          tickIntervalMs: stepMs,
          forecast: forecastAt(step),
          startUpMs: physics.startUpSteps * stepMs,
          policy: scaling,
          timeScale,
        };
        const { to } = scaler.look(view);
        if (ready !== target || to === target) return target;
        scaler.acted(target, to, nowMs);
        return to;
      },
    };
  },
};
