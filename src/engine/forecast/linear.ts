import { backSolve, cholesky, forwardSolve } from "./cholesky.ts";
import { type History, newest } from "./forecaster.ts";
import { MEDIAN_WINDOW } from "./median.ts";
import { betweenKnots, knotsOf, learnableRows, seasonsAgo } from "./references.ts";
import { rollingMedian } from "./rollingMedian.ts";
import { continuer } from "./rules.ts";

/** Levels besides the median of 36 values, which they are told against: how fast each forgets. */
const MEAN_ALPHAS = [0.1, 0.3];
const MEDIAN_WINDOWS = [6, 144];
/** The same step of the last season, and the mean of three. */
const SEASONS = [1, 3];
const MAX_ROWS = 1_500;
const LEAST_ROWS_PER_FEATURE = 5;
/** What was so many steps ago counts half: the same rule holds for hours, not for weeks. */
const HALF_LIFE_STEPS = 500;
/** As much as so many rows that say: no feature matters, the median is right. */
const PRIOR_ROWS = 10;
const ITERATIONS = 12;
const SETTLED = 1e-4;
/** Errors below this share of the spread count as that: weights stay finite. */
const LEAST_ERROR = 0.02;

/**
 * Linear regression of the least absolute error, one a lead: how far the next values lie from the median of the last 36,
 * from how far the last value, slower and faster levels, and the same steps of the seasons before do. Between the naive
 * forecast, the mean and the median it finds the mix that suits the series. Solved by reweighted least squares (Schlossmacher
 * 1973, An iterative technique for absolute deviations curve fitting) towards "the median is right".
 */
export const linear = continuer({
  id: "linear",
  role: "candidate",
  least: (season, horizon) => MEDIAN_WINDOW + (season ?? 0) + LEAST_ROWS_PER_FEATURE * widthOf(season) + horizon,
  next: (history, horizon) => {
    const recent = recentOf(history);
    const { values, season } = recent;
    const last = values.length - 1;
    const centre = rollingMedian(values, MEDIAN_WINDOW);
    const spread = meanDistance(values, centre);
    const level = centre[last] as number;
    if (spread === 0) return new Float64Array(horizon).fill(level);
    const knots = knotsOf(horizon);
    const width = widthOf(season);
    const levels = levelsOf(values);
    const rowAt = (row: Float64Array, t: number, lead: number): void => {
      const middle = centre[t] as number;
      let at = 0;
      for (const level of levels) row[at++] = (level[t] as number) - middle;
      if (season !== null)
        for (const seasons of SEASONS) row[at++] = seasonsAgo(values, season, t, lead, seasons) - middle;
      row[at] = spread;
    };
    const now = new Float64Array(width);
    const corrections = knots.map((lead) => {
      // A short lead is learned from the newest values too: rows are its own, not those that all leads have in common.
      const steps = learnableRows(recent, Math.max(MEDIAN_WINDOW, season ?? 0), [lead]).filter(
        (t) => recent.filled?.[t + lead] !== 1,
      );
      if (steps.length < LEAST_ROWS_PER_FEATURE * width) throw new Error(`linear: ${steps.length} rows are too few`);
      const rows = new Float64Array(steps.length * width);
      const targets = new Float64Array(steps.length);
      for (const [i, t] of steps.entries()) {
        rowAt(rows.subarray(i * width, (i + 1) * width), t, lead);
        targets[i] = (values[t + lead] as number) - (centre[t] as number);
      }
      const weights = Float64Array.from(steps, (t) => 0.5 ** ((last - t) / HALF_LIFE_STEPS));
      const factors = leastAbsolute({ rows, targets, weights, width }, spread);
      rowAt(now, last, lead);
      return factors.reduce((sum, factor, i) => sum + factor * (now[i] as number), 0);
    });
    return betweenKnots(knots, corrections, horizon).map((correction) => level + correction);
  },
});

/** The newest part that is learned from. */
function recentOf(history: History): History {
  const { season, spikes, filled } = history;
  const values = newest(history.values, MAX_ROWS + MEDIAN_WINDOW + Math.max(...SEASONS) * (season ?? 0));
  const cut = (marks: Uint8Array | null): Uint8Array | null => marks?.subarray(-values.length) ?? null;
  return { ...history, values, spikes: cut(spikes), filled: cut(filled) };
}

function widthOf(season: number | null): number {
  return 1 + MEAN_ALPHAS.length + MEDIAN_WINDOWS.length + (season === null ? 0 : SEASONS.length) + 1;
}

/** The last value, means and medians at each step. */
function levelsOf(values: Float64Array): readonly Float64Array[] {
  const means = MEAN_ALPHAS.map((alpha) => {
    let level = values[0] as number;
    return values.map((value) => (level += alpha * (value - level)));
  });
  return [values, ...means, ...MEDIAN_WINDOWS.map((window) => rollingMedian(values, window))];
}

interface Samples {
  /** `targets.length × width`. */
  readonly rows: Float64Array;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  readonly width: number;
}

/**
 * Factors with the least weighted sum of absolute errors.
 *
 * 1. An absolute error is a squared one divided by its size, so that least squares with those weights, again and again,
 *    settle at it.
 * 2. The prior is `PRIOR_ROWS` rows of one `spread` in each feature alone, with a target of 0.
 */
function leastAbsolute({ rows, targets, weights, width }: Samples, spread: number): Float64Array {
  let factors: Float64Array = new Float64Array(width);
  const gram = new Float64Array(width * width);
  const right = new Float64Array(width);
  const least = LEAST_ERROR * spread;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    gram.fill(0);
    right.fill(0);
    for (let i = 0, at = 0; i < targets.length; i++, at += width) {
      const target = targets[i] as number;
      let error = target;
      for (let j = 0; j < width; j++) error -= (factors[j] as number) * (rows[at + j] as number);
      const weight = (weights[i] as number) / Math.max(Math.abs(error), least);
      for (let j = 0; j < width; j++) {
        const share = weight * (rows[at + j] as number);
        right[j] = (right[j] as number) + share * target;
        for (let k = 0; k <= j; k++)
          gram[j * width + k] = (gram[j * width + k] as number) + share * (rows[at + k] as number);
      }
    }
    for (let j = 0; j < width; j++) gram[j * width + j] = (gram[j * width + j] as number) + PRIOR_ROWS * spread;
    cholesky(gram, width);
    const next = backSolve(gram, forwardSolve(gram, right, width), width, width);
    const moved = next.reduce((most, factor, j) => Math.max(most, Math.abs(factor - (factors[j] as number))), 0);
    factors = next;
    if (moved < SETTLED) break;
  }
  return factors;
}

function meanDistance(values: Float64Array, from: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) sum += Math.abs((values[t] as number) - (from[t] as number));
  return sum / values.length;
}
