import type { GrowthPattern, Pattern } from "../../protocol/patterns.ts";
import { median, quantileSorted, twoSidedNormal } from "./statistics.ts";
import { answered, binned, DAY_MS, newest, type Track, WEEK_MS } from "./track.ts";

const LEAST_DAYS = 7;
/** Of a day, this share must have been measured. */
const LEAST_DAY_RATIO = 0.5;
/** Two years; slopes grow with the square of the days. */
const MAX_DAYS = 731;
/** Of the standard normal distribution, for 95% between. */
const Z_95 = 1.959964;
const LEAST_P = 0.05;
/** Below this many values the normal approximation of Kendall's S is off by more than a tenth. */
const EXACT_BELOW = 11;

/**
 * Trend of the daily means (whole days counted back from the end, so that no daily curve and hardly any memory is left in
 * them): slope by Theil and Sen (Sen 1968) with the interval of Gilbert (1987, §16.5), tested by Mann and Kendall, with
 * ties and continuity corrected, exactly up to ten days without ties.
 */
export function growthOf(track: Track): Pattern<GrowthPattern> {
  return answered(track, WEEK_MS, () => {
    if (track.stepMs > DAY_MS * (1 + 1e-9)) return "patterns.longSteps";
    const { days, means } = dailyMeans(newest(track, MAX_DAYS * DAY_MS));
    if (days.length < LEAST_DAYS) return "patterns.fewDays";
    return trendOf(days, means);
  });
}

/** @param days ascending, in days @throws RangeError for fewer than three values */
export function trendOf(days: readonly number[], means: readonly number[]): GrowthPattern {
  const n = means.length;
  if (n < 3) throw new RangeError(`means must be at least 3, got ${n}`);
  const slopes: number[] = [];
  let s = 0;
  for (let j = 1; j < n; j++) {
    for (let i = 0; i < j; i++) {
      const rise = (means[j] as number) - (means[i] as number);
      slopes.push(rise / ((days[j] as number) - (days[i] as number)));
      s += Math.sign(rise);
    }
  }
  const sorted = Float64Array.from(slopes).toSorted();
  const ties = tieGroups(means);
  const variance = (n * (n - 1) * (2 * n + 5) - ties.reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0)) / 18;
  const half = (Z_95 * Math.sqrt(variance)) / 2;
  // Ranks M1 and M2 + 1 of Gilbert, counted from 1, as positions among the sorted slopes.
  const middle = sorted.length / 2;
  const bound = (rank: number): number =>
    quantileSorted(sorted, Math.min(1, Math.max(0, (rank - 1) / Math.max(1, sorted.length - 1))));
  const pValue = variance > 0 ? (ties.length === 0 && n < EXACT_BELOW ? exactP(n, s) : normalP(s, variance)) : 1;
  const slopePerDay = quantileSorted(sorted, 0.5);
  const level = median(means);
  return {
    slopePerDay,
    lowPerDay: bound(middle - half),
    highPerDay: bound(middle + half + 1),
    relativePerDay: level === 0 ? null : slopePerDay / Math.abs(level),
    pValue,
    trend: pValue >= LEAST_P || s === 0 ? "none" : s > 0 ? "rising" : "falling",
    days: n,
  };
}

function dailyMeans(track: Track): { days: number[]; means: number[] } {
  const { track: daily, measured } = binned(track, DAY_MS);
  const days: number[] = [];
  const means: number[] = [];
  for (const [day, mean] of daily.values.entries()) {
    if ((measured[day] as number) < LEAST_DAY_RATIO || Number.isNaN(mean)) continue;
    days.push(day);
    means.push(mean);
  }
  return { days, means };
}

/** Sizes of the groups of equal values. */
function tieGroups(values: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1);
}

function normalP(s: number, variance: number): number {
  return twoSidedNormal(Math.max(0, Math.abs(s) - 1) / Math.sqrt(variance));
}

/**
 * P(|S| ≥ |s|) over all orders of n values: S = n(n−1)/2 − 2 × inversions, and the number of orders with k inversions is
 * that of the n − 1 values before, summed over the n places for the next.
 */
function exactP(n: number, s: number): number {
  const most = (n * (n - 1)) / 2;
  let orders = [1];
  for (let size = 2; size <= n; size++) {
    const next = Array.from({ length: (size * (size - 1)) / 2 + 1 }, () => 0);
    for (const [inversions, count] of orders.entries())
      for (let place = 0; place < size; place++)
        next[inversions + place] = (next[inversions + place] as number) + count;
    orders = next;
  }
  let all = 0;
  let extreme = 0;
  for (const [inversions, count] of orders.entries()) {
    all += count;
    if (Math.abs(most - 2 * inversions) >= Math.abs(s)) extreme += count;
  }
  return extreme / all;
}
