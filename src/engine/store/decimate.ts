/** A roll-up of some time: how many samples, their mean, lowest and highest. */
export interface RollUp {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Both together, as if their samples had been rolled up at once. */
export function merged(a: RollUp, b: RollUp): RollUp {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  return {
    count,
    mean: a.mean + ((b.mean - a.mean) * b.count) / count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** The roll-up of values; NaN counts as not measured. */
export function rollUpOf(values: Iterable<number>): RollUp {
  let count = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { count, mean: sum / count, min, max };
}

/**
 * Equal buckets of `bucketMs` from `fromMs` on, filled from samples and roll-ups. Means are weighted by the number of
 * samples; the lowest and highest value are kept at every width. What lies outside is left out.
 */
export class Buckets {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly #weight: Float64Array;
  readonly #sum: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;

  constructor(fromMs: number, bucketMs: number, count: number) {
    this.fromMs = fromMs;
    this.bucketMs = bucketMs;
    this.#weight = new Float64Array(count);
    this.#sum = new Float64Array(count);
    this.#min = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  add(atMs: number, value: number): void {
    if (Number.isNaN(value)) return;
    this.#put(Math.floor((atMs - this.fromMs) / this.bucketMs), 1, value, value, value);
  }

  /**
   * A roll-up of `[startMs, startMs + widthMs)`: to the bucket of its middle, or, where buckets are narrower than it is,
   * to each that it covers, so that older history shows as coarser steps and not as dots.
   */
  addRollUp(startMs: number, widthMs: number, { count, mean, min, max }: RollUp): void {
    if (count === 0) return;
    const index = (ms: number) => Math.floor((ms - this.fromMs) / this.bucketMs);
    if (this.bucketMs >= widthMs) return this.#put(index(startMs + widthMs / 2), count, mean, min, max);
    const last = Math.min(this.#weight.length - 1, Math.ceil((startMs + widthMs - this.fromMs) / this.bucketMs) - 1);
    for (let at = Math.max(0, index(startMs)); at <= last; at++)
      this.#put(at, (count * this.bucketMs) / widthMs, mean, min, max);
  }

  /** NaN where nothing was measured. */
  means(): Float64Array {
    return this.#sum.map((sum, index) => (this.#weight[index] === 0 ? Number.NaN : sum / (this.#weight[index] ?? 1)));
  }

  /** `null` where nothing was measured. */
  result(): {
    readonly mean: readonly (number | null)[];
    readonly min: readonly (number | null)[];
    readonly max: readonly (number | null)[];
  } {
    const shown = (values: Float64Array) =>
      Array.from(values, (value, index) => (this.#weight[index] === 0 ? null : value));
    return { mean: shown(this.means()), min: shown(this.#min), max: shown(this.#max) };
  }

  #put(index: number, weight: number, mean: number, min: number, max: number): void {
    if (!(index >= 0 && index < this.#weight.length)) return;
    this.#weight[index] = (this.#weight[index] ?? 0) + weight;
    this.#sum[index] = (this.#sum[index] ?? 0) + weight * mean;
    if (min < (this.#min[index] ?? 0)) this.#min[index] = min;
    if (max > (this.#max[index] ?? 0)) this.#max[index] = max;
  }
}
