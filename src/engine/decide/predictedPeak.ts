import type { ScalerView } from "../ports.ts";
import type { Coded, Forecast } from "../protocol/model.ts";
import { leadMs } from "./scalingTimes.ts";

export interface PredictedPeak {
  /** In the unit of demand; NaN when the forecast takes no part. */
  readonly mean: number;
  /** The highest upper bound within the same time; NaN with the mean. */
  readonly upper: number;
  /** Wall clock of the highest mean; NaN with it. */
  readonly atMs: number;
  readonly model: string | null;
  /** Why it takes no part; `null` when it does. */
  readonly reason: Coded | null;
}

const NO_FORECAST: Coded = { code: "forecast.none", args: {} };
/** Where there is no forecast. */
export const NO_PEAK: PredictedPeak = none(null, NO_FORECAST);

/**
 * The highest mean within the lead time of a ready forecast. What is not ready, over, or no number takes no part; and while
 * the load is unlike the usual, a forecast, which knows the usual only, takes none either: reactive for anomalies,
 * predictive for patterns.
 */
export function predictedPeak(view: ScalerView): PredictedPeak {
  const { forecast, nowWallMs, anomaly = null } = view;
  if (forecast === null) return NO_PEAK;
  if (!forecast.ready) return none(forecast, forecast.reason ?? NO_FORECAST);
  if (anomaly !== null) {
    const { metric, value, usualLow, usualHigh } = anomaly;
    return none(forecast, { code: "forecast.unusual", args: { metric, value, usualLow, usualHigh } });
  }
  const untilMs = nowWallMs + leadOf(view, forecast);
  let upper = 0;
  let best: { readonly mean: number; readonly atMs: number } | null = null;
  for (const { atMs, mean, hi } of forecast.points) {
    if (atMs <= nowWallMs || atMs > untilMs) continue;
    if (!Number.isFinite(mean) || mean < 0)
      return none(forecast, { code: "forecast.invalid", args: { model: forecast.model } });
    upper = Math.max(upper, mean, Number.isFinite(hi) ? hi : mean);
    if (best === null || mean > best.mean) best = { mean, atMs };
  }
  if (best === null) return none(forecast, { code: "forecast.stale", args: { model: forecast.model } });
  return { mean: best.mean, upper, atMs: best.atMs, model: forecast.model, reason: null };
}

/**
 * `predictedPeak` at one look after the other, worked out anew only when it may have changed: when there is another forecast
 * or anomaly, or when a point of the forecast comes within the lead time or is over.
 */
export class PeakAhead {
  #peak: PredictedPeak = NO_PEAK;
  #forecast: Forecast | null = null;
  #anomaly: ScalerView["anomaly"] = null;
  #leadMs = 0;
  /** From the look at which it was worked out, until a point comes or goes. */
  #fromMs = Number.POSITIVE_INFINITY;
  #untilMs = Number.NEGATIVE_INFINITY;

  look(view: ScalerView): PredictedPeak {
    const { forecast, nowWallMs, anomaly = null } = view;
    if (forecast === null) return NO_PEAK;
    const lead = leadOf(view, forecast);
    const isKnown =
      forecast === this.#forecast &&
      anomaly === this.#anomaly &&
      lead === this.#leadMs &&
      nowWallMs >= this.#fromMs &&
      nowWallMs < this.#untilMs;
    if (isKnown) return this.#peak;
    this.#forecast = forecast;
    this.#anomaly = anomaly;
    this.#leadMs = lead;
    this.#fromMs = nowWallMs;
    this.#untilMs = nextChangeMs(forecast, nowWallMs, lead);
    return (this.#peak = predictedPeak(view));
  }
}

/** A sum of epoch milliseconds is rounded to 2⁻¹² of one: worked out anew so much before a point comes. */
const ROUNDING_MS = 1;

/** When the first point after now is over, or the first beyond the lead time comes within it. */
function nextChangeMs({ points }: Forecast, nowMs: number, lead: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { atMs } of points)
    if (atMs > nowMs + lead) next = Math.min(next, atMs - lead - ROUNDING_MS);
    else if (atMs > nowMs) next = Math.min(next, atMs);
  return next;
}

function leadOf({ timeScale, startUpMs }: ScalerView, { stepMs }: Forecast): number {
  return leadMs(timeScale, startUpMs, stepMs);
}

function none(forecast: Forecast | null, reason: Coded): PredictedPeak {
  return { mean: Number.NaN, upper: Number.NaN, atMs: Number.NaN, model: forecast?.model ?? null, reason };
}
