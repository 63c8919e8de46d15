import type { Correlation, Pattern } from "../../protocol/patterns.ts";
import { localTimes, type ZoneSpan } from "./calendar.ts";
import { moments, twoSidedNormal } from "./statistics.ts";
import { answered, coarsened, DAY_MS, HOUR_MS, isConstant, MINUTE_MS, type Track } from "./track.ts";

/** A daily curve cannot be told from what happened that day before it was seen three times. */
const NEEDED_MS = 3 * DAY_MS;
const STEP_MS = 5 * MINUTE_MS;
const MOST_LAG_MS = HOUR_MS;
/** Chance of calling two unconnected series connected, over all lags together. */
const ALPHA = 0.01;
const LEAST_PAIRS = 30;
/** Autocorrelations that enter the effective sample size, at most. */
const MAX_MEMORY = 100;
/** And those of so many steps around whole days. */
const DAY_EDGE = 3;

/**
 * How the changes of one series go with those of another, at the best lag within ± 1 h.
 *
 * 1. Means over 5 minutes; less the mean of the same time on all days; then the changes from step to step. What is left has
 *    neither a common daily curve nor a common drift.
 * 2. The lag where Pearson's r is greatest in size; Spearman's is that of the same pairs' ranks.
 * 3. Significance: Fisher's z = atanh(r)·√(N − 3) with N the effective number of pairs, p times the number of lags tried
 *    (Bonferroni).
 *
 * @param first,second on the same grid
 * @throws RangeError when they are not
 */
export function correlationOf(first: Track, second: Track, zone: readonly ZoneSpan[]): Pattern<Correlation> {
  if (first.values.length !== second.values.length || first.stepMs !== second.stepMs)
    throw new RangeError(`second must have ${first.values.length} steps, got ${second.values.length}`);
  // Where one of them is missing there is no pair.
  const both: Track = {
    ...first,
    values: first.values.map((value, t) => (Number.isNaN(second.values[t]) ? Number.NaN : value)),
  };
  return answered(both, NEEDED_MS, () => {
    if (first.stepMs > HOUR_MS * (1 + 1e-9)) return "patterns.longSteps";
    if (isConstant(first.values) || isConstant(second.values)) return "patterns.constant";
    const x = dailessChanges(coarsened(first, STEP_MS), zone);
    const y = dailessChanges(coarsened(second, STEP_MS), zone);
    if (x === null || y === null) return "patterns.onlyDaily";
    const stepMs = coarsened(first, STEP_MS).stepMs;
    const mostLag = Math.max(1, Math.floor(MOST_LAG_MS / stepMs + 1e-9));
    let best: { lag: number; r: number } | null = null;
    for (let lag = -mostLag; lag <= mostLag; lag++) {
      const r = correlationAt(x, y, lag);
      if (r === null) continue;
      // Of equal ones the shorter lag: two series that are the same have lag 0.
      const better = best === null || Math.abs(r) > Math.abs(best.r) + 1e-12;
      const nearer = best !== null && Math.abs(r) > Math.abs(best.r) - 1e-12 && Math.abs(lag) < Math.abs(best.lag);
      if (better || nearer) best = { lag, r };
    }
    if (best === null) return "patterns.holes";
    const pairs = pairsAt(x, y, best.lag);
    const spearman = pearson(ranks(pairs.x), ranks(pairs.y));
    const effectiveSteps = effectivePairs(x, y, pairs, stepMs);
    const lags = 2 * mostLag + 1;
    const pValue = Math.min(1, lags * chanceOf(best.r, effectiveSteps));
    const rankP = Math.min(1, lags * chanceOf(spearman, effectiveSteps));
    return {
      lagMs: best.lag * stepMs,
      pearson: best.r,
      spearman,
      pValue,
      effectiveSteps,
      significant: pValue < ALPHA && rankP < ALPHA && Math.sign(spearman) === Math.sign(best.r),
    };
  });
}

interface Pairs {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** `null` when nothing but rounding is left. */
function dailessChanges(track: Track, zone: readonly ZoneSpan[]): Float64Array | null {
  const { values, stepMs } = track;
  const binCount = Math.max(1, Math.ceil(DAY_MS / stepMs - 1e-9));
  const bins = Uint16Array.from(localTimes(track, zone).msOfDay, (ms) =>
    Math.min(binCount - 1, Math.floor(ms / stepMs)),
  );
  const usual = binMeans(values, bins, binCount);
  const remainder = values.map((value, t) => value - (usual[bins[t] as number] as number));
  const changes = remainder.map((value, t) => (t === 0 ? Number.NaN : value - (remainder[t - 1] as number)));
  const largest = values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
  return moments(changes).variance > (1e-9 * largest) ** 2 ? changes : null;
}

/**
 * Not medians: less the median, the days would all carry the noise of the one day that happened to be in the middle, and two
 * series would seem to move together as often as there are days.
 */
function binMeans(values: Float64Array, bins: Uint16Array, binCount: number): Float64Array {
  const sums = new Float64Array(binCount);
  const counts = new Float64Array(binCount);
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    const bin = bins[t] as number;
    sums[bin] = (sums[bin] as number) + value;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return sums.map((sum, bin) => sum / (counts[bin] as number));
}

/**
 * Pearson's between x and what y is `lag` steps later, in one pass: changes lie around 0, so that nothing is lost in
 * rounding. `null` for too few pairs.
 */
function correlationAt(x: Float64Array, y: Float64Array, lag: number): number | null {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let squaresX = 0;
  let squaresY = 0;
  let products = 0;
  const end = Math.min(x.length, y.length - lag);
  for (let t = Math.max(0, -lag); t < end; t++) {
    const a = x[t] as number;
    const b = y[t + lag] as number;
    // NaN is the only number that is not itself.
    if (a !== a || b !== b) continue;
    count++;
    sumX += a;
    sumY += b;
    squaresX += a * a;
    squaresY += b * b;
    products += a * b;
  }
  if (count < LEAST_PAIRS) return null;
  const r =
    (products - (sumX * sumY) / count) /
    Math.sqrt((squaresX - (sumX * sumX) / count) * (squaresY - (sumY * sumY) / count));
  return Number.isFinite(r) ? Math.min(1, Math.max(-1, r)) : 0;
}

/** Where both are known: x of a step, y `lag` steps later. */
function pairsAt(x: Float64Array, y: Float64Array, lag: number): Pairs {
  const left: number[] = [];
  const right: number[] = [];
  for (let t = Math.max(0, -lag); t < x.length && t + lag < y.length; t++) {
    const a = x[t] as number;
    const b = y[t + lag] as number;
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    left.push(a);
    right.push(b);
  }
  return { x: Float64Array.from(left), y: Float64Array.from(right) };
}

/** Pearson's; 0 where one does not vary. */
export function pearson(x: Float64Array, y: Float64Array): number {
  const a = moments(x);
  const b = moments(y);
  let product = 0;
  for (let t = 0; t < x.length; t++) product += ((x[t] as number) - a.mean) * ((y[t] as number) - b.mean);
  const r = product / x.length / Math.sqrt(a.variance * b.variance);
  return Number.isFinite(r) ? Math.min(1, Math.max(-1, r)) : 0;
}

/** From 1 on; equal values share the mean of their ranks. */
export function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).toSorted((a, b) => (values[a] as number) - (values[b] as number));
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] as number] === values[order[from] as number]) to++;
    for (let i = from; i <= to; i++) out[order[i] as number] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return out;
}

/**
 * N ÷ ((1 + 2 Σ (1 − k/N) ρx(k) ρy(k)) · N Σx²y² ÷ (Σx² Σy²)), each factor at least 1. The first is for series that hang on
 * their own past (Bartlett 1946, as in Pyper and Peterman 1998), the second for two that are both lively by day and still
 * by night, or that share one jump (White 1980): either makes a greater r out of nothing.
 */
function effectivePairs(x: Float64Array, y: Float64Array, pairs: Pairs, stepMs: number): number {
  const n = pairs.x.length;
  const memory = Math.min(MAX_MEMORY, Math.floor(n / 5));
  let sum = 0;
  const daySteps = Math.round(DAY_MS / stepMs);
  for (let k = 1; k < n - LEAST_PAIRS; k++) {
    // The same times of other days share what was taken off them.
    const nearDay = Math.abs(k - Math.round(k / daySteps) * daySteps) <= DAY_EDGE;
    if (k > memory && !nearDay) continue;
    sum += (1 - k / n) * (correlationAt(x, x, k) ?? 0) * (correlationAt(y, y, k) ?? 0);
  }
  const a = moments(pairs.x);
  const b = moments(pairs.y);
  let both = 0;
  for (let t = 0; t < n; t++) both += ((pairs.x[t] as number) - a.mean) ** 2 * ((pairs.y[t] as number) - b.mean) ** 2;
  const together = both / n / (a.variance * b.variance);
  return n / (Math.max(1, 1 + 2 * sum) * (together > 1 ? together : 1));
}

/** Two-sided, by Fisher's transformation. */
function chanceOf(r: number, pairs: number): number {
  return pairs > 3 ? twoSidedNormal(Math.atanh(r) * Math.sqrt(pairs - 3)) : 1;
}
