import type { PolicyKind } from "./policy.ts";

/** As a cloud's simple scaling: one alarm, one step, a pause. */
const COOLDOWN_MS = 300_000;
/** Alarms look at means of a minute, not at single readings. */
const WINDOW_MS = 60_000;

/**
 * One agent more above the upper threshold, one less below the lower, then nothing for the cooldown. Utilisation is demand
 * ÷ ready agents over the last minute, as an exponential mean.
 */
export const threshold: PolicyKind = {
  name: "threshold",
  summary: "One agent more or less when utilisation leaves its band, then a pause",
  sees: "past",
  create: ({ physics, scaling, timeScale }) => {
    const stepMs = physics.stepSeconds * 1_000;
    const alpha = 1 - Math.exp((-stepMs * timeScale) / WINDOW_MS);
    const cooldownMs = COOLDOWN_MS / timeScale;
    let mean = Number.NaN;
    let lastMs = Number.NEGATIVE_INFINITY;
    return {
      decide: ({ nowMs, demand, ready, target }) => {
        if (!(demand >= 0 && demand < Number.POSITIVE_INFINITY)) return target;
        mean = Number.isNaN(mean) ? demand : mean + alpha * (demand - mean);
        if (nowMs - lastMs < cooldownMs) return target;
        const utilisation = mean / Math.max(1, ready);
        const to =
          utilisation > scaling.scaleUpAbove ? target + 1 : utilisation < scaling.scaleDownBelow ? target - 1 : target;
        const bounded = Math.min(Math.max(to, physics.minAgents, Math.min(1, target)), physics.maxAgents);
        if (bounded !== target) lastMs = nowMs;
        return bounded;
      },
    };
  },
};
