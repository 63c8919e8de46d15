import type { Correlation, Pattern } from "../../protocol/patterns.ts";
import { type LocalTimes, localTimes, type ZoneSpan } from "./calendar.ts";
import { expectedOf } from "./expected.ts";
import { moments, twoSidedNormal } from "./statistics.ts";
import { answered, coarsened, DAY_MS, HOUR_MS, isConstant, MINUTE_MS, type Track } from "./track.ts";

/** A daily curve cannot be told from what happened that day before it was seen three times. */
const NEEDED_MS = 3 * DAY_MS;
const STEP_MS = 5 * MINUTE_MS;
const MOST_LAG_MS = HOUR_MS;
/**
 * Over all lags together. Half of the 1% that is promised for unconnected series: the approximations are rough for those
 * that burst now and then (2% were called connected at 0.01).
 */
const ALPHA = 0.005;
const LEAST_PAIRS = 30;
/** Autocorrelations that enter the effective sample size, at most. */
const MAX_MEMORY = 100;
/** And those of so many steps around whole days. */
const DAY_EDGE = 3;
const REACH_MS = 2 * HOUR_MS;

/**
 * How the changes of one series go with those of another, at the best lag within ± 1 h.
 *
 * 1. Means over 5 minutes; less what level and time of day let expect; less the mean of the same time on all days of what is
 *    left; then the changes from step to step: neither a common daily curve nor a common drift remains.
 * 2. The lag where the ranks of both correlate most, up or down: one enormous value cannot decide it. Pearson's and
 *    Spearman's r of the pairs at that lag.
 * 3. Significance of Spearman's: Fisher's z = atanh(r)·√(N − 3) with N the effective number of pairs, p times the number of
 *    lags tried (Bonferroni).
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
    const coarse = coarsened(first, STEP_MS);
    const { stepMs } = coarse;
    const times = localTimes(coarse, zone);
    const x = dailessChanges(coarse, times);
    const y = dailessChanges(coarsened(second, STEP_MS), times);
    if (x === null || y === null) return "patterns.onlyDaily";
    const [u, v] = [centredRanks(x), centredRanks(y)];
    const mostLag = Math.max(1, Math.floor(MOST_LAG_MS / stepMs + 1e-9));
    let best: { lag: number; r: number } | null = null;
    for (let lag = -mostLag; lag <= mostLag; lag++) {
      const r = correlationAt(u, v, lag);
      if (r === null) continue;
      // Of equal ones the shorter lag: two series that are the same have lag 0.
      const better = best === null || Math.abs(r) > Math.abs(best.r) + 1e-12;
      const nearer = best !== null && Math.abs(r) > Math.abs(best.r) - 1e-12 && Math.abs(lag) < Math.abs(best.lag);
      if (better || nearer) best = { lag, r };
    }
    if (best === null) return "patterns.holes";
    const pairs = pairsAt(x, y, best.lag);
    const r = pearson(pairs.x, pairs.y);
    const spearman = pearson(ranks(pairs.x), ranks(pairs.y));
    const effectiveSteps = effectivePairs(u, v, best.lag, stepMs);
    const pValue = Math.min(1, (2 * mostLag + 1) * chanceOf(spearman, effectiveSteps));
    return {
      lagMs: best.lag * stepMs,
      pearson: r,
      spearman,
      pValue,
      effectiveSteps,
      significant: pValue < ALPHA && Math.sign(spearman) === Math.sign(r),
    };
  });
}

interface Pairs {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** `null` when nothing but rounding is left. */
function dailessChanges(track: Track, times: LocalTimes): Float64Array | null {
  const { values, stepMs } = track;
  const binCount = Math.max(1, Math.ceil(DAY_MS / stepMs - 1e-9));
  const bins = Uint16Array.from(times.msOfDay, (ms) => Math.min(binCount - 1, Math.floor(ms / stepMs)));
  const expected = expectedOf(track, times);
  const above = values.map((value, t) => value - (expected[t] as number));
  const usual = binMeans(above, bins, binCount);
  const remainder = above.map((value, t) => value - (usual[bins[t] as number] as number));
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

/** Ranks around 0 of what is measured. */
function centredRanks(values: Float64Array): Float64Array {
  const measured = values.filter((value) => !Number.isNaN(value));
  const ranked = ranks(measured);
  let next = 0;
  return values.map((value) => (Number.isNaN(value) ? value : (ranked[next++] as number) - (measured.length + 1) / 2));
}

/**
 * N ÷ the greatest of three reasons why a sum of products x·y varies more than that of N independent pairs:
 * 1 + 2 Σ (1 − k/N) ρx(k) ρy(k), for series that hang on their own past (Bartlett 1946, as in Pyper and Peterman 1998);
 * N Σx²y² ÷ (Σx² Σy²) times that, for two that are both lively by day and still by night (White 1980); and the long-run
 * variance of the products themselves over two hours (Newey and West 1987), for the few bursts that happened to meet.
 * @param x,y ranks around 0
 */
function effectivePairs(x: Float64Array, y: Float64Array, lag: number, stepMs: number): number {
  const pairs = pairsAt(x, y, lag);
  const n = pairs.x.length;
  const memory = Math.min(MAX_MEMORY, Math.floor(n / 5));
  let past = 1;
  const daySteps = Math.round(DAY_MS / stepMs);
  for (let k = 1; k < n - LEAST_PAIRS; k++) {
    // The same times of other days share what was taken off them.
    const nearDay = Math.abs(k - Math.round(k / daySteps) * daySteps) <= DAY_EDGE;
    if (k > memory && !nearDay) continue;
    past += 2 * (1 - k / n) * (correlationAt(x, x, k) ?? 0) * (correlationAt(y, y, k) ?? 0);
  }
  const a = moments(pairs.x);
  const b = moments(pairs.y);
  const scale = Math.sqrt(a.variance * b.variance);
  const products = pairs.x.map((value, i) => ((value - a.mean) * ((pairs.y[i] as number) - b.mean)) / scale);
  const { mean } = moments(products);
  const together = products.reduce((sum, one) => sum + one * one, 0) / n;
  const around = products.map((one) => one - mean);
  const reach = Math.max(1, Math.round(REACH_MS / stepMs));
  let longRun = 0;
  for (let k = 0; k <= reach; k++) {
    let sum = 0;
    for (let i = k; i < n; i++) sum += (around[i] as number) * (around[i - k] as number);
    longRun += ((k === 0 ? 1 : 2 * (1 - k / (reach + 1))) * sum) / n;
  }
  return n / Math.max(1, past, past * together, longRun);
}

/** Two-sided, by Fisher's transformation. */
function chanceOf(r: number, pairs: number): number {
  return pairs > 3 ? twoSidedNormal(Math.atanh(r) * Math.sqrt(pairs - 3)) : 1;
}
