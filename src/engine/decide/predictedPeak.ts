import type { ScalerView } from "../ports.ts";
import type { Coded } from "../protocol/model.ts";
import { leadMs } from "./scalingTimes.ts";

export interface PredictedPeak {
  /** In the unit of demand; `null` when the forecast takes no part. */
  readonly mean: number | null;
  /** The highest upper bound within the same time; `null` with the mean. */
  readonly upper: number | null;
  readonly inMs: number | null;
  readonly model: string | null;
  /** Why it takes no part; `null` when it does. */
  readonly reason: Coded | null;
}

/**
 * The highest mean within the lead time of a ready forecast. What is not ready, over, or no number takes no part; and while
 * the load is unlike the usual, a forecast, which knows the usual only, takes none either: reactive for anomalies,
 * predictive for patterns.
 */
export function predictedPeak({
  forecast,
  nowWallMs,
  timeScale,
  startUpMs,
  anomaly = null,
}: ScalerView): PredictedPeak {
  const none = (reason: Coded): PredictedPeak => ({
    ...{ mean: null, upper: null, inMs: null },
    model: forecast?.model ?? null,
    reason,
  });
  if (forecast === null) return none({ code: "forecast.none", args: {} });
  if (!forecast.ready) return none(forecast.reason ?? { code: "forecast.none", args: {} });
  if (anomaly !== null) {
    const { metric, value, usualLow, usualHigh } = anomaly;
    return none({ code: "forecast.unusual", args: { metric, value, usualLow, usualHigh } });
  }
  const until = nowWallMs + leadMs(timeScale, startUpMs, forecast.stepMs);
  let upper = 0;
  let best: { readonly mean: number; readonly atMs: number } | null = null;
  for (const { atMs, mean, hi } of forecast.points) {
    if (atMs <= nowWallMs || atMs > until) continue;
    if (!Number.isFinite(mean) || mean < 0) return none({ code: "forecast.invalid", args: { model: forecast.model } });
    upper = Math.max(upper, mean, Number.isFinite(hi) ? hi : mean);
    if (best === null || mean > best.mean) best = { mean, atMs };
  }
  if (best === null) return none({ code: "forecast.stale", args: { model: forecast.model } });
  return { mean: best.mean, upper, inMs: Math.round(best.atMs - nowWallMs), model: forecast.model, reason: null };
}
