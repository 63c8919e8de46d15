import { medianOfSorted } from "../engine/common/statistics.ts";
import type { Growth } from "../engine/protocol/profiling.ts";

/** Fewer points than this say nothing about a pattern. */
export const LEAST_POINTS = 8;
/** Low points of a sawtooth that must be seen before a leak below it is told. */
const LEAST_TROUGHS = 4;
/** A trend is one when chance makes it less often than this (two-sided). */
const SIGNIFICANT = 0.01;
/** Growth below the larger of these over the window is none: allocators and page caches move by as much. */
const NOISE_BYTES = 1 << 20;
const NOISE_RATIO = 0.02;
/** A fall by more than this share of the whole range is a collection and not noise. */
const FALL_SHARE = 0.25;
/** A rise between two points that makes more than this share of the range is a step. */
const STEP_SHARE = 0.6;
/** Of a leak each half, and the last third, grows by at least this share of what the whole slope would make of it. */
const PART_SHARE = 0.5;
const LEAST_PART_POINTS = 3;
/**
 * Less time than this says nothing about a leak: a program that warms up or fills a cache rises as well. From outside garbage
 * that is not collected yet rises too, so it takes longer; after collections there is none.
 */
const LEAST_LEAK_MS: Readonly<Record<Growth["series"], number>> = { rss: 45_000, heapUsed: 45_000, retained: 12_000 };
const Z_95 = 1.959964;

export interface Slope {
  /** Median of the slopes of all pairs. */
  readonly perMs: number;
  readonly lowPerMs: number;
  readonly highPerMs: number;
  /** Two-sided chance of so clear an order without any trend. */
  readonly chance: number;
}

/**
 * The Theil–Sen slope with Sen's 95% interval and the Mann–Kendall test of a trend (Sen, JASA 63, 1968; Kendall, Rank Correlation
 * Methods, 1975), without correction for ties in time, which there are none of. Half of the points but one may be anything.
 * @param atMs ascending
 * @throws RangeError for fewer than two points, or columns of different lengths
 */
export function theilSen(atMs: ArrayLike<number>, values: ArrayLike<number>): Slope {
  const n = values.length;
  if (n < 2 || atMs.length !== n) throw new RangeError(`points must be at least two, as many times, got ${n}`);
  const slopes: number[] = [];
  let score = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const rise = (values[j] as number) - (values[i] as number);
      score += Math.sign(rise);
      slopes.push(rise / ((atMs[j] as number) - (atMs[i] as number)));
    }
  const sorted = Float64Array.from(slopes).toSorted();
  const spread = Math.sqrt(scoreVariance(values));
  const half = Z_95 * spread;
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] as number;
  const z = spread === 0 ? 0 : (score - Math.sign(score)) / spread;
  return {
    perMs: medianOfSorted(sorted),
    lowPerMs: at((sorted.length - half) / 2 - 1),
    highPerMs: at((sorted.length + half) / 2),
    chance: 2 * (1 - normalCumulative(Math.abs(z))),
  };
}

/** How a series of bytes grew. Derived; `unknown` of too few points. @param atMs ascending */
export function growthOf(series: Growth["series"], atMs: readonly number[], values: readonly number[]): Growth {
  const points = values.length;
  if (points < LEAST_POINTS) return { series, pattern: "unknown", ...NO_SLOPE, points, falls: 0 };
  const whole = theilSen(atMs, values);
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest;
  const noise = Math.max(NOISE_BYTES, NOISE_RATIO * lowest);
  // Where collections have ended.
  const troughs = range < noise ? [] : troughsOf(values, Math.max(noise / 2, FALL_SHARE * range));
  const told = (pattern: Growth["pattern"], slope: Slope): Growth => ({
    ...{ series, pattern, points, falls: troughs.length },
    bytesPerSecond: slope.perMs * 1000,
    lowBytesPerSecond: slope.lowPerMs * 1000,
    highBytesPerSecond: slope.highPerMs * 1000,
    confidence: 1 - slope.chance,
  });
  if (range < noise) return told("steady", whole);
  const long = (atMs.at(-1) as number) - (atMs[0] as number) >= LEAST_LEAK_MS[series];
  // 1. Collections: what matters of a sawtooth are its low points.
  if (troughs.length > 0) {
    const times = troughs.map((index) => atMs[index] as number);
    const lows = troughs.map((index) => values[index] as number);
    if (troughs.length < 2) return told("sawtooth", whole);
    const below = theilSen(times, lows);
    const risen = below.perMs * ((times.at(-1) as number) - (times[0] as number));
    // Of four low points even a perfect order has a chance of 0.09: their own interval decides, and that none falls back.
    const rises = lows.every((low, n) => n === 0 || low > (lows[n - 1] as number));
    const isLeak = long && troughs.length >= LEAST_TROUGHS && risen > noise && below.lowPerMs > 0 && rises;
    return told(isLeak ? "leak" : "sawtooth", below);
  }
  // 2. One jump that makes most of it.
  const jump = Math.max(...values.map((value, n) => (n === 0 ? 0 : value - (values[n - 1] as number))));
  if (jump > STEP_SHARE * range) return told("step", whole);
  // 3. A trend through the whole window: each half of the time has its part of it, and the end too, where a cache would be full.
  const risen = whole.perMs * ((atMs.at(-1) as number) - (atMs[0] as number));
  const parts = [slopeIn(atMs, values, 0, 1 / 2), slopeIn(atMs, values, 1 / 2, 1), slopeIn(atMs, values, 2 / 3, 1)];
  const throughout = parts.every((part) => part !== null && part > PART_SHARE * whole.perMs);
  if (whole.chance < SIGNIFICANT && risen > noise && whole.lowPerMs > 0 && throughout)
    return told(long ? "leak" : "unknown", whole);
  return told(risen > noise ? "step" : "steady", whole);
}

/**
 * The slope in a part of the window by time, with the point right before it: looks need not be equally far from each other.
 * @param from share of the window, 0..1
 * @returns bytes a ms; `null` of fewer than three points, which say nothing about a part
 */
export function slopeIn(atMs: readonly number[], values: readonly number[], from: number, to: number): number | null {
  const first = atMs[0] ?? 0;
  const span = (atMs.at(-1) ?? first) - first;
  const begin = Math.max(
    0,
    atMs.findLastIndex((at) => at <= first + from * span),
  );
  const end = atMs.findLastIndex((at) => at <= first + to * span) + 1;
  return end - begin < LEAST_PART_POINTS ? null : theilSen(atMs.slice(begin, end), values.slice(begin, end)).perMs;
}

const NO_SLOPE = {
  bytesPerSecond: null,
  lowBytesPerSecond: null,
  highBytesPerSecond: null,
  confidence: null,
} as const;

/** Where a fall by more than `least` from the highest before has ended. */
function troughsOf(values: readonly number[], least: number): number[] {
  const troughs: number[] = [];
  let peak = values[0] as number;
  let low = -1;
  for (let n = 1; n < values.length; n++) {
    const value = values[n] as number;
    if (low < 0) {
      if (value > peak) peak = value;
      else if (peak - value > least) low = n;
    } else if (value < (values[low] as number)) low = n;
    else if (value - (values[low] as number) > least / 2) {
      troughs.push(low);
      low = -1;
      peak = value;
    }
  }
  if (low >= 0) troughs.push(low);
  return troughs;
}

/** Variance of Mann–Kendall's score: (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18 over groups of t equal values. */
function scoreVariance(values: ArrayLike<number>): number {
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  const groups = new Map<number, number>();
  for (let n = 0; n < values.length; n++) groups.set(values[n] as number, (groups.get(values[n] as number) ?? 0) + 1);
  let variance = term(values.length);
  for (const size of groups.values()) variance -= term(size);
  return variance / 18;
}

/** Abramowitz and Stegun 26.2.17; off by at most 7.5e−8. @param z ≥ 0 */
function normalCumulative(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const tail =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
