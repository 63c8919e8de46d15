import type { ForecastPageState, PageForecast, PageNow } from "../../src/engine/protocol/forecastPage.ts";
import { durationText, numberText, ratioText } from "../../src/text/figures.ts";

/** What the chart draws, column by column at the same times. `null`: nothing there. Times are seconds, as uPlot has them. */
export interface ChartData {
  readonly times: readonly number[];
  readonly demand: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly hi: readonly (number | null)[];
  readonly lo: readonly (number | null)[];
  readonly capacity: readonly (number | null)[];
  readonly up: readonly (number | null)[];
  readonly down: readonly (number | null)[];
}

interface Row {
  readonly atMs: number;
  readonly demand: number | null;
  readonly live: number | null;
  readonly mean: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** The engine reads the machine every five seconds at least: three such times without a reading are a gap. */
const GAP_MS = 15_000;

/** History and forecast as rows in the order of time. What lies before the newest sample is history, not forecast. */
export function rowsOf({ history, forecast, now }: ForecastPageState): readonly Row[] {
  const rows: Row[] = [];
  if (history !== null) {
    const { fromMs, bucketMs, demand, live } = history;
    demand.mean.forEach((mean, index) => {
      const atMs = fromMs + (index + 0.5) * bucketMs;
      rows.push({ atMs, demand: mean, live: live.mean[index] ?? null, mean: null, lo: null, hi: null });
    });
  }
  if (now !== null && now.wallMs > (rows.at(-1)?.atMs ?? 0)) {
    rows.push({ atMs: now.wallMs, demand: now.demand, live: now.live, mean: null, lo: null, hi: null });
  }
  const last = rows.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  for (const { atMs, mean, lo, hi } of forecast?.points ?? []) {
    if (atMs <= last) continue;
    rows.push({ atMs, demand: null, live: null, mean, lo, hi });
  }
  return withoutPauses(rows);
}

/**
 * Buckets between two readings that only lie further apart than a bucket is wide are no gap, and go; a real gap stays.
 * Before the first measurement there is nothing to see: the picture begins with it.
 */
function withoutPauses(rows: readonly Row[]): Row[] {
  const known = ({ demand, live, mean }: Row): boolean => demand !== null || live !== null || mean !== null;
  const kept: Row[] = [];
  let pause: Row[] = [];
  for (const row of rows) {
    if (!known(row)) {
      if (kept.length > 0) pause.push(row);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined && row.atMs - before.atMs > GAP_MS) kept.push(...pause);
    pause = [];
    kept.push(row);
  }
  return kept;
}

export function chartData(state: ForecastPageState): ChartData {
  const rows = rowsOf(state);
  const { now } = state;
  // Capacity and thresholds go on as they are now: what they will be is for the scaler to decide.
  const live = rows.map((row) => row.live ?? (row.mean === null ? null : (now?.live ?? null)));
  const times = (factor: number) => live.map((agents) => (agents === null ? null : agents * factor));
  return {
    times: rows.map(({ atMs }) => atMs / 1000),
    demand: rows.map(({ demand }) => demand),
    mean: rows.map(({ mean }) => mean),
    hi: rows.map(({ hi }) => hi),
    lo: rows.map(({ lo }) => lo),
    capacity: live,
    up: times(now?.scaleUpAbove ?? 0.8),
    down: times(now?.scaleDownBelow ?? 0.3),
  };
}

/** The picture in words: the load now, when it will pass a threshold, and how many agents cover it. */
export function sentence({ now, forecast, swarms, history }: ForecastPageState): string {
  if (now === null) {
    return swarms.length === 0
      ? "No swarm is running. Start the demo swarm, or one of yours, to see its load and its forecast."
      : "";
  }
  if (now.target === 0) return "The swarm is stopped, so it has no load.";
  const parts = [loadText(now)];
  if (forecast === null) parts.push(history === null ? "Reading its history." : "Its forecast is being made.");
  else parts.push(forecast.ready ? outlook(now, forecast) : notReady(forecast));
  if (now.verdict !== null) parts.push(`The scaler: ${now.verdict}`);
  const imported = history?.importedUntilMs ?? null;
  if (imported !== null) parts.push(`What lies before ${dateText(imported)} was imported, not measured here.`);
  return parts.join(" ");
}

/** In the reader's manner of writing it: an import may be years long. */
function dateText(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function loadText({ demand, live, target, demandSource }: PageNow): string {
  const agents = live === target ? `${live} agents` : `${live} of ${target} agents`;
  if (demand === null) return `Its load is not known (${agents} alive).`;
  const load = live === 0 ? "" : `Load is ${numberText(demand / live)}: `;
  return `${load}demand ${numberText(demand)} (${demandSource}) on ${agents}.`;
}

function outlook(now: PageNow, { points, confidence }: PageForecast): string {
  const ahead = points.filter(({ atMs }) => atMs > now.wallMs);
  const passes = ahead.find(({ mean }) => now.live > 0 && mean / now.live > now.scaleUpAbove);
  const need = Math.ceil(Math.max(0, ...ahead.map(({ hi }) => hi)));
  const cover = `${need} ${need === 1 ? "agent covers" : "agents cover"} it with ${ratioText(confidence)} confidence.`;
  if (ahead.length === 0) return "The forecast is over; the next one is being made.";
  return passes === undefined
    ? `It is forecast to stay below ${numberText(now.scaleUpAbove)} for ${durationText((ahead.at(-1)?.atMs ?? 0) - now.wallMs)}; ${cover}`
    : `It will pass ${numberText(now.scaleUpAbove)} in ${durationText(passes.atMs - now.wallMs)}; ${cover}`;
}

function notReady({ reason, points }: PageForecast): string {
  const why = reason ?? "No forecast takes part.";
  return points.length === 0 ? why : `${why} What is drawn takes no part in decisions.`;
}

/** `mstl, made 4 s ago · 95% interval held 94% in back-tests`. */
export function madeText(forecast: PageForecast | null, nowMs: number): string {
  if (forecast === null || forecast.model === "none") return "";
  const held = forecast.coverage === null ? "" : ` held ${ratioText(forecast.coverage)} in back-tests`;
  const use = forecast.ready ? "takes part" : "takes no part";
  const ago = Math.max(0, nowMs - forecast.madeAtMs);
  return `Forecast: ${forecast.model}, ${use} · ${ratioText(forecast.confidence)} interval${held} · made ${durationText(ago)} ago`;
}
