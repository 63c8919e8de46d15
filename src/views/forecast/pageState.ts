import type { AnomalyEpisode } from "../../engine/protocol/anomalies.ts";
import type { ForecastReport } from "../../engine/protocol/forecast.ts";
import type { PageAnomaly, PageReport } from "../../engine/protocol/forecastParts.ts";
import type { PageForecast, PageHistory, PageNow } from "../../engine/protocol/forecastPage.ts";
import type { Coded, Forecast, ManagedSwarmRow, SeriesRange, UnusualStep } from "../../engine/protocol/model.ts";
import type { HistoryAnswer } from "../../engine/protocol/rpc.ts";
import { anomalyText } from "../../text/anomaly.ts";
import { numberText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";

/** What the engine says, as the page shows it: reasons in words, nothing that is not shown. */

export function nowOf(row: ManagedSwarmRow | null, wallMs: number): PageNow | null {
  if (row === null) return null;
  return {
    wallMs,
    demand: row.demand,
    demandSource: row.demandSource,
    live: row.live,
    target: row.target,
    minAgents: row.minAgents,
    maxAgents: row.maxAgents,
    scaleUpAbove: row.scaling?.inputs.scaleUpAbove ?? 0.8,
    scaleDownBelow: row.scaling?.inputs.scaleDownBelow ?? 0.3,
    verdict: row.scaling === null ? null : reasonText(row.scaling.reason),
  };
}

export function forecastOf(forecast: Forecast): PageForecast {
  const { ready, model, confidence, stepMs, madeAtMs, points } = forecast;
  return {
    ready,
    reason: wordsOf(forecast.reason),
    model,
    confidence,
    stepMs,
    madeAtMs,
    coverage: coverageOf(forecast),
    points,
  };
}

export function historyOf({ series }: HistoryAnswer): PageHistory | null {
  const [demand, live] = series;
  if (demand === undefined || live === undefined) return null;
  const part = ({ mean, min, max }: SeriesRange) => ({ mean, min, max });
  const { fromMs, bucketMs, resolution, imported } = demand;
  return { fromMs, bucketMs, resolution, imported, demand: part(demand), live: part(live) };
}

/** `null` before anything was tested or said. */
export function reportOf({ forecast, assessedAtMs, learned, trainingRatio }: ForecastReport): PageReport | null {
  if (forecast === null) return null;
  const { ready, model, baseline, confidence, stepMs, historySteps, seasonSteps, scores } = forecast;
  return {
    ...{ ready, model, baseline, confidence, stepMs, historySteps, seasonSteps, scores },
    reason: wordsOf(forecast.reason),
    assessedAtMs,
    learned,
    trainingRatio,
  };
}

export function anomalyOf(episode: AnomalyEpisode): PageAnomaly {
  const { metric, sinceMs, toMs, value, score } = episode;
  return { metric, fromMs: sinceMs, toMs, value, peakScore: score, text: anomalyText(metric, (key) => episode[key]) };
}

/** A history that is unusual throughout has nothing that stands out. */
const MOST_UNUSUAL = 300;

/**
 * Unusual steps of the history (imported ones, and those from before the engine started) that are in none of the episodes
 * which were watched; neighbours are one.
 */
export function unusualOf(
  steps: readonly UnusualStep[],
  stepMs: number,
  episodes: readonly PageAnomaly[],
): readonly PageAnomaly[] {
  const isKnown = (atMs: number): boolean =>
    episodes.some(
      ({ metric, fromMs, toMs }) =>
        metric === "demand" && fromMs - stepMs <= atMs && (toMs === null || atMs <= toMs + stepMs),
    );
  const found: PageAnomaly[] = [];
  for (const { atMs, value, score } of steps.slice(-MOST_UNUSUAL)) {
    if (isKnown(atMs)) continue;
    const last = found.at(-1);
    const isNext = last !== undefined && last.toMs !== null && atMs - last.toMs <= 1.5 * stepMs;
    if (isNext) found.pop();
    const peak = isNext && last.peakScore >= score ? last : { value, peakScore: score };
    found.push({
      metric: "demand",
      fromMs: isNext ? last.fromMs : atMs - stepMs,
      toMs: atMs,
      value: peak.value,
      peakScore: peak.peakScore,
      text: `demand ${numberText(peak.value)}, unlike what came before it`,
    });
  }
  return found;
}

export function wordsOf(reason: Coded | null): string | null {
  return reason === null ? null : reasonText(reason);
}

/** Share of held-out values inside the interval of the model whose points these are. */
export function coverageOf({ scores, model }: Forecast): number | null {
  return scores.find((score) => score.model === model)?.coverage ?? null;
}
