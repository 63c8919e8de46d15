/** Small statistics over arrays with holes: NaN is left out everywhere, and an empty array gives NaN. */

/** Median, the mean of the middle two. Sorts a copy. */
export function median(values: ArrayLike<number>): number {
  return quantileSorted(sortedMeasured(values), 0.5);
}

/** The measured values in ascending order. */
export function sortedMeasured(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .toSorted();
}

/** Quantile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7). */
export function quantileSorted(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (at - below) * (high - low);
}

/** Median of `sorted` without the element at `left`: what the others say. */
export function medianWithout(sorted: Float64Array, left: number): number {
  const n = sorted.length - 1;
  if (n < 1) return Number.NaN;
  const at = (rank: number): number => sorted[rank < left ? rank : rank + 1] as number;
  return n % 2 === 1 ? at(n >> 1) : (at((n >> 1) - 1) + at(n >> 1)) / 2;
}

export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Divided by the count. */
  readonly variance: number;
}

/** In two passes, so that a small variation on a large level is not lost in rounding. */
export function moments(values: ArrayLike<number>): Moments {
  let count = 0;
  let sum = 0;
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  return { count, mean, variance: squares / count };
}

/**
 * Two-sided probability that a standard normal variable is further from 0 than `z`: erfc(|z| ÷ √2), by the Chebyshev fit
 * of Numerical Recipes §6.2, whose relative error is below 1.2e-7 for every z.
 */
export function twoSidedNormal(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const fit = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  ].reduce((sum, coefficient) => sum * t + coefficient, 0);
  return Math.min(1, t * Math.exp(-x * x - 1.26551223 + t * fit));
}
