import { meanAbsoluteDeviation } from "../common/statistics.ts";
import { newest } from "./forecaster.ts";

/** Leads at which quantiles are computed; between them lie straight lines. */
const MAX_KNOTS = 24;
/** A quantile is taken of at least this many residuals, pooled over neighbouring leads. */
const LEAST_POOLED = 120;
/** Only the newest tests calibrate: what a series did long ago says little about how wrong one is today. */
const RECENT_TESTS = 80;
/** Values whose spread says how wild the series is now, and how wild it usually is. */
const NOW_STEPS = 36;
const USUAL_STEPS = 720;
/** So much of the usual spread counts even when the series is quiet. */
const USUAL_SHARE = 0.25;

/** How fast misses widen the next intervals, and how far, in shares of the asked α. */
const GAIN = 0.03;
const LEAST_ALPHA = 0.05;
const MOST_ALPHA = 2;

/** Signed residuals of one model's tests, each divided by the spread at its origin. */
export interface Residuals {
  readonly origins: readonly number[];
  readonly horizon: number;
  /** `origins × horizon`, row by row; NaN where nothing was said or measured. */
  readonly values: Float64Array;
  /** The spread at each origin. */
  readonly spreads: Float64Array;
}

/** How far above and below a forecast the interval reaches at each lead, in spreads; both ≥ 0. */
export interface Offsets {
  readonly above: Float64Array;
  readonly below: Float64Array;
  /**
   * The largest miss of those tests, in the unit of the series: no interval reaches further. A miss in a quiet spell is many
   * spreads long, and as many of today's would be more than was ever missed.
   */
  readonly most: number;
}

/**
 * How wild a series is at its end: mean absolute deviation of the newest 36 values, with a share of that of the newest 720
 * so that a quiet spell does not promise a quiet future. Residuals divided by it are alike in quiet and wild times (locally
 * weighted conformal prediction, Lei et al. 2018, section 5.2). 1 for a constant.
 */
export function spreadOf(values: Float64Array): number {
  const now = meanAbsoluteDeviation(newest(values, NOW_STEPS));
  const usual = meanAbsoluteDeviation(newest(values, USUAL_STEPS));
  const spread = (now + USUAL_SHARE * usual) / (1 + USUAL_SHARE);
  return spread > 0 ? spread : 1;
}

/**
 * Interval of a given confidence from the residuals of tests that were over after `known` values, by split conformal
 * prediction: on each side the ⌈(n+1)(1−α/2)⌉-th smallest of n residuals at that lead and its neighbours, made monotone over
 * leads, since what is further away is not known better. `null` when there are too few residuals for that rank to exist.
 *
 * @param wanted the confidence to aim at so that the asked one is held: see `Feedback`; its rank is the last one at most
 */
export function offsetsAt(
  residuals: Residuals,
  known: number,
  confidence: number,
  wanted = confidence,
): Offsets | null {
  const { origins, horizon } = residuals;
  const rows: number[] = [];
  for (let row = origins.length - 1; row >= 0 && rows.length < RECENT_TESTS; row--)
    if ((origins[row] as number) + horizon <= known) rows.push(row);
  if (rows.length === 0) return null;
  const knotCount = Math.min(MAX_KNOTS, horizon);
  const knots = Array.from({ length: knotCount }, (_, i) =>
    knotCount === 1 ? 0 : Math.round((i * (horizon - 1)) / (knotCount - 1)),
  );
  const above: number[] = [];
  const below: number[] = [];
  for (const knot of knots) {
    const pool = poolAround(residuals, rows, knot, confidence);
    if (rankOf(pool.length, confidence) > pool.length) return null;
    const rank = Math.min(pool.length, rankOf(pool.length, wanted));
    above.push(Math.max(0, pool[rank - 1] as number));
    below.push(Math.max(0, -(pool[pool.length - rank] as number)));
  }
  return {
    above: interpolate(knots, isotonic(above), horizon),
    below: interpolate(knots, isotonic(below), horizon),
    most: largestMiss(residuals, rows),
  };
}

/**
 * Aims a little higher after misses and lower after hits, so that the asked share is held although the series changes
 * (adaptive conformal inference, Gibbs & Candès 2021): α ← α + γ (asked α − missed share).
 */
export class Feedback {
  readonly #asked: number;
  #alpha: number;

  constructor(confidence: number) {
    this.#asked = 1 - confidence;
    this.#alpha = this.#asked;
  }

  /** The confidence to aim at. */
  get wanted(): number {
    return 1 - Math.min(Math.max(this.#alpha, this.#asked * LEAST_ALPHA), this.#asked * MOST_ALPHA);
  }

  /** @param share of a test that is new: tests that overlap the one before say the same again, and must not count twice */
  add(missedRatio: number, share: number): void {
    this.#alpha += share * GAIN * (this.#asked - missedRatio);
  }
}

function rankOf(count: number, confidence: number): number {
  return Math.ceil((count + 1) * (0.5 + confidence / 2) - 1e-9);
}

function largestMiss({ values, spreads, horizon }: Residuals, rows: readonly number[]): number {
  let most = 0;
  for (const row of rows) {
    for (let i = row * horizon; i < (row + 1) * horizon; i++) {
      const miss = Math.abs((values[i] as number) * (spreads[row] as number));
      if (miss > most) most = miss;
    }
  }
  return most;
}

/** Residuals at a lead and as many of its neighbours as it takes, in ascending order. */
function poolAround(
  { values, horizon }: Residuals,
  rows: readonly number[],
  lead: number,
  confidence: number,
): Float64Array {
  const wanted = Math.max(LEAST_POOLED, Math.ceil(4 / (1 - confidence)));
  // Grow the neighbourhood until it holds enough, or all there is.
  for (let reach = Math.max(0, Math.ceil((wanted / rows.length - 1) / 2)); ; reach = 2 * reach + 1) {
    const from = Math.max(0, lead - reach);
    const to = Math.min(horizon - 1, lead + reach);
    const pool: number[] = [];
    for (const row of rows) {
      for (let h = from; h <= to; h++) {
        const value = values[row * horizon + h] as number;
        if (!Number.isNaN(value)) pool.push(value);
      }
    }
    if (pool.length >= wanted || (from === 0 && to === horizon - 1)) return Float64Array.from(pool).toSorted();
  }
}

/** The closest non-decreasing values, by pooling adjacent violators (Barlow et al. 1972). */
export function isotonic(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.sum / last.count > block.sum / block.count;) {
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
}

function interpolate(knots: readonly number[], values: readonly number[], horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0, i = 0; h < horizon; h++) {
    while (i + 1 < knots.length && (knots[i + 1] as number) <= h) i++;
    const left = knots[i] as number;
    const right = knots[i + 1] ?? left;
    const from = values[i] as number;
    const to = values[i + 1] ?? from;
    out[h] = right === left ? from : from + ((to - from) * (h - left)) / (right - left);
  }
  return out;
}
