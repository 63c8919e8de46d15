const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Shorter steps would hold a sample or two, and their means little but noise. */
const LEAST_STEP_MS = 2_000;
const SEASONS_KEPT = 14;
const MAX_HISTORY_STEPS = 4_000;
const LEAST_HORIZON_STEPS = 30;
/** A new forecast this often in the swarm's own time; all models tested anew; the network trained anew. */
const REFRESH_MS = 5 * MINUTE_MS;
const ASSESS_MS = HOUR_MS / 2;
const TRAIN_MS = 6 * HOUR_MS;

/** Steps of one swarm's forecasts: a minute of its own time, whatever that is in ours. All durations in real time. */
export interface ForecastShape {
  readonly stepMs: number;
  readonly dayMs: number;
  readonly seasonSteps: number;
  readonly historySteps: number;
  readonly horizonSteps: number;
  readonly refreshMs: number;
  readonly assessMs: number;
  readonly trainMs: number;
}

/** @param timeScale 240: a day passes in six minutes @throws RangeError for a time scale that is not above 0 */
export function forecastShape(timeScale: number): ForecastShape {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) throw new RangeError(`timeScale must be > 0, got ${timeScale}`);
  const stepMs = Math.max(LEAST_STEP_MS, Math.round(MINUTE_MS / timeScale));
  const dayMs = DAY_MS / timeScale;
  const seasonSteps = Math.max(1, Math.round(dayMs / stepMs));
  return {
    stepMs,
    dayMs,
    seasonSteps,
    historySteps: Math.min(MAX_HISTORY_STEPS, Math.max(LEAST_HORIZON_STEPS, SEASONS_KEPT * seasonSteps)),
    horizonSteps: Math.max(LEAST_HORIZON_STEPS, Math.round(HOUR_MS / timeScale / stepMs)),
    refreshMs: Math.max(stepMs, REFRESH_MS / timeScale),
    assessMs: Math.max(stepMs, ASSESS_MS / timeScale),
    trainMs: Math.max(stepMs, TRAIN_MS / timeScale),
  };
}
