import type { PageAnomaly } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastPageState, PageForecast, PageHistory } from "../../src/engine/protocol/forecastPage.ts";
import type { ForecastPoint } from "../../src/engine/protocol/model.ts";

/** One time of the picture, with everything that is known of it. Demand is in agents' worth of work. */
export interface Row {
  readonly atMs: number;
  readonly demand: number | null;
  /** The demand was imported, not measured here. */
  readonly isImported: boolean;
  readonly live: number | null;
  readonly mean: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** What a back-test said of this time. */
  readonly said: { readonly mean: number; readonly lo: number; readonly hi: number } | null;
  /** What was unusual then, in words. */
  readonly unusual: string | null;
}

/** What the chart draws, column by column at the same times. `null`: nothing there. Times are seconds, as uPlot has them. */
export interface ChartData {
  readonly times: readonly number[];
  readonly demand: readonly (number | null)[];
  readonly imported: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly hi: readonly (number | null)[];
  readonly lo: readonly (number | null)[];
  readonly said: readonly (number | null)[];
  readonly saidHi: readonly (number | null)[];
  readonly saidLo: readonly (number | null)[];
  readonly capacity: readonly (number | null)[];
  readonly up: readonly (number | null)[];
  readonly down: readonly (number | null)[];
}

/** Where something unusual is marked: at its value when the chart has its unit, else at the chart's foot. */
export interface Mark {
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
  readonly value: number | null;
}

/** The engine reads the machine every five seconds at least: three such times without a reading are a gap. */
const GAP_MS = 15_000;
/** A step that was imported is a gap when the next one is missing, too. */
const IMPORTED_GAP_STEPS = 1.5;

/** Whose points are shown: the model's that was chosen, as soon as they are there; else the gate's choice. */
export function shownForecast({ chosen, forecast }: ForecastPageState): PageForecast | null {
  return chosen?.forecast.kind === "known" ? chosen.forecast.value : forecast;
}

/** History and forecast as rows in the order of time. What lies before the newest sample is history, not forecast. */
export function rowsOf(state: ForecastPageState): readonly Row[] {
  const { history, now, said, anomalies } = state;
  const rows: Row[] = [];
  const none = { mean: null, lo: null, hi: null, said: null, unusual: null };
  if (history !== null) {
    const { fromMs, bucketMs, demand, live } = history;
    const saidIn = saidBy(said, state.forecast?.stepMs ?? bucketMs, history);
    demand.mean.forEach((mean, index) => {
      const atMs = fromMs + (index + 0.5) * bucketMs;
      const isImported = importedAt(history, atMs) !== null;
      rows.push({
        ...none,
        ...{ atMs, demand: mean, isImported, live: live.mean[index] ?? null },
        said: saidIn[index] ?? null,
      });
    });
  }
  if (now !== null && now.wallMs > (rows.at(-1)?.atMs ?? 0)) {
    rows.push({ ...none, atMs: now.wallMs, demand: now.demand, isImported: false, live: now.live });
  }
  const last = rows.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  for (const { atMs, mean, lo, hi } of shownForecast(state)?.points ?? []) {
    if (atMs <= last) continue;
    rows.push({ ...none, ...{ atMs, mean, lo, hi }, demand: null, isImported: false, live: null });
  }
  return withUnusual(withoutPauses(rows, history), anomalies);
}

/** What was said of each bucket: the mean of its steps, or the step that its middle lies in when that is the longer one. */
function saidBy(
  said: readonly ForecastPoint[],
  stepMs: number,
  { fromMs, bucketMs, demand }: PageHistory,
): readonly Row["said"][] {
  const sums = Array.from(demand.mean, () => ({ mean: 0, lo: 0, hi: 0, count: 0 }));
  for (const { atMs, mean, lo, hi } of said) {
    const bucketAt = (ms: number): number => (ms - fromMs) / bucketMs;
    const isLong = stepMs > bucketMs;
    const first = isLong ? Math.floor(bucketAt(atMs - stepMs) - 0.5) + 1 : Math.floor(bucketAt(atMs - stepMs / 2));
    const last = isLong ? Math.floor(bucketAt(atMs) - 0.5) : first;
    for (let index = Math.max(0, first); index <= Math.min(last, sums.length - 1); index++) {
      const sum = sums[index];
      if (sum === undefined) continue;
      sum.mean += mean;
      sum.lo += lo;
      sum.hi += hi;
      sum.count++;
    }
  }
  return sums.map(({ mean, lo, hi, count }) =>
    count === 0 ? null : { mean: mean / count, lo: lo / count, hi: hi / count },
  );
}

function importedAt({ imported }: PageHistory, atMs: number): number | null {
  return imported.find(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs)?.stepMs ?? null;
}

/**
 * Buckets between two readings that only lie further apart than a bucket is wide are no gap, and go; a real gap stays.
 * Before the first measurement there is nothing to see: the picture begins with it.
 */
function withoutPauses(rows: readonly Row[], history: PageHistory | null): Row[] {
  // Where the demand was imported its step counts, whatever else is known between.
  const known = ({ demand, live, mean, isImported }: Row): boolean =>
    demand !== null || mean !== null || (live !== null && !isImported);
  const gapAt = (atMs: number): number => {
    const stepMs = history === null ? null : importedAt(history, atMs);
    return stepMs === null ? GAP_MS : Math.max(GAP_MS, IMPORTED_GAP_STEPS * stepMs);
  };
  const kept: Row[] = [];
  let pause: Row[] = [];
  for (const row of rows) {
    if (!known(row)) {
      if (kept.length > 0) pause.push(row);
      continue;
    }
    const before = kept.at(-1);
    if (before !== undefined && row.atMs - before.atMs > Math.max(gapAt(before.atMs), gapAt(row.atMs)))
      kept.push(...pause);
    pause = [];
    kept.push(row);
  }
  return kept;
}

function withUnusual(rows: Row[], anomalies: readonly PageAnomaly[]): readonly Row[] {
  if (anomalies.length === 0 || rows.length === 0) return rows;
  const texts = rows.map((): string[] => []);
  for (const anomaly of anomalies) {
    const { from, to } = rowsWithin(rows, anomaly);
    for (let index = from; index <= to; index++) texts[index]?.push(anomaly.text);
  }
  return rows.map((row, index) => {
    const text = texts[index]?.join("; ") ?? "";
    return text === "" ? row : { ...row, unusual: text };
  });
}

/** First and last of the rows in an episode; the nearest one before it when it lies between two. */
function rowsWithin(rows: readonly Row[], { fromMs, toMs }: PageAnomaly): { from: number; to: number } {
  const measured = rows.findLastIndex(({ mean }) => mean === null);
  const first = rows.findIndex(({ atMs }) => atMs >= fromMs);
  const to =
    toMs === null
      ? measured
      : Math.min(
          measured,
          rows.findLastIndex(({ atMs }) => atMs <= toMs),
        );
  const from = first === -1 ? rows.length : first;
  return from <= to ? { from, to } : { from: Math.max(0, to), to };
}

/** Where anomalies are marked: at the measured time that comes nearest to their most unusual value. */
export function marksOf({ anomalies }: ForecastPageState, rows: readonly Row[]): readonly Mark[] {
  const first = rows[0];
  if (first === undefined) return [];
  return anomalies.flatMap((anomaly): Mark[] => {
    const { from, to } = rowsWithin(rows, anomaly);
    if (to < 0 || (anomaly.toMs !== null && anomaly.toMs < first.atMs)) return [];
    const isDemand = anomaly.metric === "demand";
    let at = rows[to];
    let off = Number.POSITIVE_INFINITY;
    for (let index = from; index <= to; index++) {
      const row = rows[index];
      const distance = row === undefined || row.demand === null ? off : Math.abs(row.demand - anomaly.value);
      if (distance >= off) continue;
      off = distance;
      at = row;
    }
    if (at === undefined) return [];
    return [
      {
        fromMs: Math.max(anomaly.fromMs, first.atMs),
        toMs: anomaly.toMs ?? rows[to]?.atMs ?? at.atMs,
        atMs: at.atMs,
        value: isDemand ? anomaly.value : null,
      },
    ];
  });
}

/** A band may reach this many times as high as all that it is about; what lies above is cut off, and said. */
const MOST_BAND = 3;

/** How high the picture reaches, and the top of a band that reaches beyond it; `null` when none does. */
export function heightOf(data: ChartData): { readonly top: number; readonly beyond: number | null } {
  const most = (...columns: readonly (readonly (number | null)[])[]): number =>
    columns.reduce((top, column) => column.reduce<number>((high, value) => Math.max(high, value ?? 0), top), 0);
  const lines = most(data.demand, data.imported, data.mean, data.said, data.capacity);
  const bands = most(data.hi, data.saidHi);
  const limit = Math.max(2, MOST_BAND * lines);
  return { top: Math.max(lines, Math.min(bands, limit)), beyond: bands > limit ? bands : null };
}

/** @param withSaid whether what the back-tests said is shown */
export function chartData(rows: readonly Row[], { now }: ForecastPageState, withSaid: boolean): ChartData {
  // Capacity and thresholds go on as they are now: what they will be is for the scaler to decide.
  const live = rows.map((row) => row.live ?? (row.mean === null ? null : (now?.live ?? null)));
  const times = (factor: number) => live.map((agents) => (agents === null ? null : agents * factor));
  const said = (of: (said: NonNullable<Row["said"]>) => number) =>
    rows.map((row) => (withSaid && row.said !== null ? of(row.said) : null));
  return {
    times: rows.map(({ atMs }) => atMs / 1000),
    demand: rows.map(({ demand, isImported }) => (isImported ? null : demand)),
    // Its last point is the first measured one, so that the two are joined.
    imported: rows.map(({ demand, isImported }, index) =>
      isImported || rows[index - 1]?.isImported === true ? demand : null,
    ),
    mean: rows.map(({ mean }) => mean),
    hi: rows.map(({ hi }) => hi),
    lo: rows.map(({ lo }) => lo),
    said: said(({ mean }) => mean),
    saidHi: said(({ hi }) => hi),
    saidLo: said(({ lo }) => lo),
    capacity: live,
    up: times(now?.scaleUpAbove ?? 0.8),
    down: times(now?.scaleDownBelow ?? 0.3),
  };
}
