import { median, nearestRankOfSorted } from "./common/statistics.ts";
import { increases } from "./kpiInputs.ts";
import type { StoredEvent } from "./ports.ts";
import { type AllocationRecord, changesOf } from "./protocol/allocators.ts";
import { ANOMALY_METRICS, type AnomalyEpisode } from "./protocol/anomalies.ts";
import { type Kpi, LEAST_OBSERVATIONS } from "./protocol/kpis.ts";
import type { Decision, DecisionState, SeriesRange } from "./protocol/model.ts";
import type {
  ReportAllocation,
  ReportAllocations,
  ReportAnomalies,
  ReportAnomaly,
  ReportBreakers,
  ReportDecision,
  ReportDecisions,
  ReportSeries,
  Told,
} from "./protocol/performanceReport.ts";
import { type GuardState, swarmBreakerId } from "./protocol/tasks.ts";

/** What stored rows say to a report: arithmetic alone. Lists are cut to `most` and told whole by their totals. */

/** @param fine the same series in shorter buckets, of whose means the percentiles are */
export function seriesOf(
  { metric, unit }: Pick<ReportSeries, "metric" | "unit">,
  coarse: SeriesRange,
  fine: SeriesRange,
): ReportSeries {
  const sorted = Float64Array.from(fine.mean.filter((value) => value !== null)).toSorted();
  const isEnough = sorted.length >= LEAST_OBSERVATIONS;
  const greatest = fine.max.reduce<number | null>(
    (most, value) => (value === null || (most !== null && most >= value) ? most : value),
    null,
  );
  return {
    ...{ metric, unit, source: coarse.source, mean: coarse.mean, max: coarse.max, greatest, imported: coarse.imported },
    steps: sorted.length,
    p50: isEnough ? nearestRankOfSorted(sorted, 0.5) : null,
    p95: isEnough ? nearestRankOfSorted(sorted, 0.95) : null,
  };
}

/** How much a counter rose over a range, after its first bucket; `null` when it was not counted. */
export function riseOf(range: SeriesRange | undefined): number | null {
  if (range === undefined) return null;
  const known = increases(range).filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** What the window cost, as far as key figures have found it out. */
export function costOfWindow(kpis: readonly Kpi[]): Told<number> {
  const kpi = kpis.find(({ id }) => id === "costEfficiency");
  const { figure, denominator } = kpi ?? {};
  const noData = { code: "kpi.noData", args: {} };
  if (figure?.kind === "unknown" && figure.reason.code.startsWith("cost."))
    return { kind: "unknown", reason: figure.reason };
  const value = denominator?.value ?? null;
  if (value !== null && value > 0) return { kind: "known", value };
  return { kind: "unknown", reason: figure?.kind === "unknown" ? figure.reason : noData };
}

/** Newest first in, and out. */
export function decisionsOf(made: readonly Decision[], most: number): ReportDecisions {
  const byState: Partial<Record<DecisionState["kind"], number>> = {};
  for (const { state } of made) byState[state.kind] = (byState[state.kind] ?? 0) + 1;
  return {
    ...{ total: made.length, byState },
    undone: made.filter(({ undoneBy }) => undoneBy !== null).length,
    effect: effectOf(made),
    newest: made.slice(0, most).map(shownDecision),
  };
}

function effectOf(made: readonly Decision[]): ReportDecisions["effect"] {
  const pairs = made.flatMap(({ impact }) => {
    const before = impact?.before.waitedP95Ms ?? null;
    const after = impact?.after.waitedP95Ms ?? null;
    return before === null || after === null ? [] : [{ before, after }];
  });
  if (pairs.length === 0) return null;
  return {
    measured: pairs.length,
    shorter: pairs.filter(({ before, after }) => after < before).length,
    longer: pairs.filter(({ before, after }) => after > before).length,
    medianBeforeMs: median(pairs.map(({ before }) => before)),
    medianAfterMs: median(pairs.map(({ after }) => after)),
  };
}

function shownDecision(decision: Decision): ReportDecision {
  const { id, wallMs, origin, by, from, to, reason, undoneBy, state, impact } = decision;
  return { id, wallMs, origin, by, from, to, reason, undoneBy, state: state.kind, impact: impact ?? null };
}

/** What a swarm was given, and what all were given together. Newest first in, and out. */
export function allocationsOf(records: readonly AllocationRecord[], swarmId: string, most: number): ReportAllocations {
  return { total: records.length, newest: records.slice(0, most).map((record) => shownAllocation(record, swarmId)) };
}

export function concerns({ steps }: AllocationRecord, swarmId: string): boolean {
  return steps.some(({ limits }) => limits.resource === "network" || limits.swarmId === swarmId);
}

function shownAllocation(record: AllocationRecord, swarmId: string): ReportAllocation {
  const { id, wallMs, by, steps, state, undoneBy, expected, effects = [] } = record;
  return {
    ...{ id, wallMs, by, undoneBy, state, changes: changesOf(steps) },
    expected: expected?.swarmId === swarmId ? { now: expected.now, chosen: expected.chosen } : null,
    impact: effects.find((effect) => effect.swarmId === swarmId)?.impact ?? null,
  };
}

/**
 * Episodes are kept whole since the engine started; of earlier ones it was noted that they began.
 * @param noted events `event.anomaly`, newest first
 */
export function anomaliesOf(
  episodes: readonly AnomalyEpisode[],
  noted: readonly StoredEvent[],
  most: number,
): ReportAnomalies {
  const whole = episodes.map(({ metric, sinceMs, toMs, value, usualLow, usualHigh }): ReportAnomaly => {
    return { metric, sinceMs, toMs, end: toMs === null ? "goesOn" : "ended", value, usualLow, usualHigh };
  });
  const earlier = noted.flatMap(anomalyOfEvent).filter((one) => !episodes.some((episode) => isOf(one, episode)));
  const all = [...whole, ...earlier].toSorted((a, b) => b.sinceMs - a.sinceMs);
  return { total: all.length, newest: all.slice(0, most) };
}

function anomalyOfEvent({ wallMs: sinceMs, args }: StoredEvent): ReportAnomaly[] {
  const metric = ANOMALY_METRICS.find((known) => known === args["metric"]);
  const { value, usualLow, usualHigh } = args;
  if (metric === undefined || typeof value !== "number") return [];
  if (typeof usualLow !== "number" || typeof usualHigh !== "number") return [];
  return [{ metric, sinceMs, toMs: null, end: "noted", value, usualLow, usualHigh }];
}

/** It is noted once a step of it is over. */
function isOf({ metric, sinceMs }: ReportAnomaly, episode: AnomalyEpisode): boolean {
  if (metric !== episode.metric || sinceMs < episode.sinceMs) return false;
  return episode.toMs === null || sinceMs <= episode.toMs;
}

/** @param outages `event.outage`, @param recovered `event.recovered`, newest first */
export function breakersOf(
  outages: readonly StoredEvent[],
  recovered: readonly StoredEvent[],
  { breakers }: Pick<GuardState, "breakers">,
  swarmId: string,
  most: number,
): ReportBreakers {
  const over = outages.flatMap(({ wallMs: toMs, args: { heldBack, failed, tookMs } }) =>
    typeof heldBack === "number" && typeof failed === "number" && typeof tookMs === "number"
      ? [{ fromMs: toMs - tookMs, toMs, heldBack, failed }]
      : [],
  );
  const took = recovered.flatMap(({ args: { tookMs } }) => (typeof tookMs === "number" ? [tookMs] : []));
  const own = swarmBreakerId(swarmId);
  return {
    outages: over.slice(0, most),
    outageCount: over.length,
    outageMs: over.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    recoveries: took.length,
    longestRecoveryMs: took.length === 0 ? null : took.reduce((a, b) => Math.max(a, b)),
    now: breakers
      .filter(({ id, of }) => of === "lane" || id === own)
      .map(({ id, label, of, state, opens }) => ({ id, label, of, state: state.kind, opens })),
  };
}
