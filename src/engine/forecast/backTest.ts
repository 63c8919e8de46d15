import { clip, type Forecaster } from "./forecaster.ts";
import { filled } from "./prepare.ts";

/** Refits, all models at each: with MSTL and ETS 16 of them take about a second. */
const MAX_ORIGINS = 16;
const LEAST_ORIGINS = 4;
/** Where there is room for it, so many tests fit side by side: what calibrates an interval must not overlap with what tests it. */
const TESTS_APART = 6;
/** Without a season: values before the oldest origin. */
const LEAST_HISTORY = 36;

/** Rolling origins over one series: what every model said at each, and what came. */
export interface BackTest {
  /** Lengths of history that the forecasts were made from, oldest first. */
  readonly origins: readonly number[];
  readonly horizon: number;
  /** `origins × horizon`, row by row; NaN where nothing was measured. */
  readonly actual: Float64Array;
  /** By model, the same shape; `null` for one that failed at an origin. */
  readonly predicted: ReadonlyMap<string, Float64Array | null>;
}

/** Where back-tests can be made, or how many steps that takes. */
export type OriginPlan =
  | { readonly kind: "origins"; readonly origins: readonly number[] }
  | { readonly kind: "tooShort"; readonly needed: number };

/** Steps that back-tests of this horizon take, the history before the first one included. */
export function stepsNeeded(season: number | null, horizon: number): number {
  return leastHistory(season) + horizon + leastSpan(season, horizon);
}

function leastHistory(season: number | null): number {
  return season === null ? LEAST_HISTORY : 2 * season;
}

/** Origins reach over at least one horizon, so that two tests do not share a value, and over a quarter of a season. */
function leastSpan(season: number | null, horizon: number): number {
  return Math.max(LEAST_ORIGINS, horizon, season === null ? 0 : Math.ceil(season / 4));
}

/**
 * Evenly spaced origins, the newest one horizon before the end. They reach back over two seasons (every phase is tested),
 * without a season over half the series, and over six horizons in any case: as far as there is enough history before the
 * oldest.
 */
export function planOrigins(steps: number, season: number | null, horizon: number): OriginPlan {
  const needed = stepsNeeded(season, horizon);
  if (steps < needed) return { kind: "tooShort", needed };
  const last = steps - horizon;
  const wanted = Math.max(season === null ? steps >> 1 : 2 * season, TESTS_APART * horizon);
  const span = Math.min(wanted, last - leastHistory(season));
  const count = Math.min(MAX_ORIGINS, span + 1);
  return {
    kind: "origins",
    origins: Array.from({ length: count }, (_, k) => last - Math.round((span * (count - 1 - k)) / (count - 1))),
  };
}

/** Runs every model at every origin. A model that cannot be fitted at one of them is out: the others' figures stay comparable. */
export function backTest(
  measured: Float64Array,
  season: number | null,
  horizon: number,
  lowerBound: number | null,
  origins: readonly number[],
  models: readonly Forecaster[],
): BackTest {
  const shape = origins.length * horizon;
  const actual = new Float64Array(shape);
  const predicted = new Map<string, Float64Array | null>(
    models.map((model) => [model.id, model.least(season) <= (origins[0] ?? 0) ? new Float64Array(shape) : null]),
  );
  for (const [k, origin] of origins.entries()) {
    const values = filled(measured, origin, season);
    actual.set(measured.subarray(origin, origin + horizon), k * horizon);
    for (const model of models) {
      const rows = predicted.get(model.id) ?? null;
      if (rows === null) continue;
      try {
        rows.set(clip(model.forecast({ values, season }, horizon), lowerBound), k * horizon);
      } catch {
        // Shown as a model without figures.
        predicted.set(model.id, null);
      }
    }
  }
  return { origins, horizon, actual, predicted };
}

/** |measured − said|, in the shape of the back-test; NaN where nothing was measured. */
export function absoluteErrors({ actual }: Pick<BackTest, "actual">, predicted: Float64Array): Float64Array {
  return actual.map((value, i) => Math.abs(value - (predicted[i] as number)));
}

/** Mean of a row that has values, NaN of one that has none. */
export function rowMean(errors: Float64Array, row: number, width: number): number {
  let sum = 0;
  let count = 0;
  for (let i = row * width; i < (row + 1) * width; i++) {
    const error = errors[i] as number;
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return sum / count;
}

/** Mean of all errors that have a value; NaN when none has. */
export function meanError(errors: Float64Array): number {
  return rowMean(errors, 0, errors.length);
}
