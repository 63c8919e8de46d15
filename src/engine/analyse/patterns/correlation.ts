import type { Correlation, Pattern } from "../../protocol/patterns.ts";
import { localTimes, type ZoneSpan } from "./calendar.ts";
import { binMedians } from "./profile.ts";
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

/**
 * How the changes of one series go with those of another, at the best lag within ± 1 h.
 *
 * 1. Means over 5 minutes; less the median of the same time on all days; then the changes from step to step. What is left
 *    has neither a common daily curve nor a common drift.
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
    let best: { lag: number; pairs: Pairs; r: number } | null = null;
    for (let lag = -mostLag; lag <= mostLag; lag++) {
      const pairs = pairsAt(x, y, lag);
      if (pairs.x.length < LEAST_PAIRS) continue;
      const r = pearson(pairs.x, pairs.y);
      // Of equal ones the shorter lag: two series that are the same have lag 0.
      const better = best === null || Math.abs(r) > Math.abs(best.r) + 1e-12;
      const nearer = best !== null && Math.abs(r) > Math.abs(best.r) - 1e-12 && Math.abs(lag) < Math.abs(best.lag);
      if (better || nearer) best = { lag, pairs, r };
    }
    if (best === null) return "patterns.holes";
    const spearman = pearson(ranks(best.pairs.x), ranks(best.pairs.y));
    const effectiveSteps = effectivePairs(x, y, best.pairs);
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
  const { medians } = binMedians({ values, bins, binCount, cycleSteps: DAY_MS / stepMs });
  const remainder = values.map((value, t) => value - (medians[bins[t] as number] as number));
  const changes = remainder.map((value, t) => (t === 0 ? Number.NaN : value - (remainder[t - 1] as number)));
  const largest = values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
  return moments(changes).variance > (1e-9 * largest) ** 2 ? changes : null;
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
function effectivePairs(x: Float64Array, y: Float64Array, pairs: Pairs): number {
  const n = pairs.x.length;
  const memory = Math.min(MAX_MEMORY, Math.floor(n / 5));
  let sum = 0;
  for (let k = 1; k <= memory; k++) sum += (1 - k / n) * autocorrelation(x, k) * autocorrelation(y, k);
  const a = moments(pairs.x);
  const b = moments(pairs.y);
  let both = 0;
  for (let t = 0; t < n; t++) both += ((pairs.x[t] as number) - a.mean) ** 2 * ((pairs.y[t] as number) - b.mean) ** 2;
  const together = both / n / (a.variance * b.variance);
  return n / (Math.max(1, 1 + 2 * sum) * (together > 1 ? together : 1));
}

function autocorrelation(values: Float64Array, lag: number): number {
  const pairs = pairsAt(values, values, lag);
  return pairs.x.length < LEAST_PAIRS ? 0 : pearson(pairs.x, pairs.y);
}

/** Two-sided, by Fisher's transformation. */
function chanceOf(r: number, pairs: number): number {
  return pairs > 3 ? twoSidedNormal(Math.atanh(r) * Math.sqrt(pairs - 3)) : 1;
}
