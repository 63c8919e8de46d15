/** Residuals that the scale rests on. */
const WINDOW = 400;
/** The scale is worked out anew this often once there are some. */
const EVERY = 8;
const YOUNG = 40;
/** Normal residuals have a median of 0.6745 σ. */
const SIGMA_OF_MEDIAN = 1.4826;
/** Where most residuals are 0 (a value that seldom changes), a quarter of their mean is the least σ. */
const LEAST_SHARE_OF_MEAN = 0.25;
/** Below this share of the value itself a deviation is rounding. */
const LEAST_SHARE_OF_VALUE = 1e-9;
/** Ratio of the 95th percentile to the median, and the degrees of freedom of the t distribution that has it. */
const TAILS = [
  [3.0, Number.POSITIVE_INFINITY],
  [3.3, 10],
  [3.8, 5],
  [4.7, 3],
  [Number.POSITIVE_INFINITY, 2],
] as const;
const YOUNG_FREEDOM = 8;
const FEW = 60;
/** A new scale below this share of the old one is that of another way to expect. */
const FAR_BETTER = 0.7;
const CAPPED = 5;

/** Spread and tails of residuals, robust: the median of their sizes, and how far out the largest twentieth lies. */
export class ResidualScale {
  readonly #sizes = new Float64Array(WINDOW);
  #count = 0;
  #sigma = 0;
  #mean = 0;
  #freedom: number = YOUNG_FREEDOM;

  /** Standard deviation of a normal distribution with that median. @param value around which the residuals lie */
  sigma(value: number): number {
    const least = Math.max(LEAST_SHARE_OF_MEAN * this.#mean, LEAST_SHARE_OF_VALUE * Math.abs(value), 1e-300);
    return Math.max(this.#sigma, least);
  }

  /** Degrees of freedom; infinity for normal tails. */
  get freedom(): number {
    return this.#freedom;
  }

  get count(): number {
    return this.#count;
  }

  /** @param size |residual|; for the mean it may be capped by the caller */
  add(size: number, capped: number): void {
    this.#sizes[this.#count % WINDOW] = size;
    this.#count++;
    this.#mean += (capped - this.#mean) / Math.min(WINDOW, this.#count);
    if (this.#count <= YOUNG || this.#count % EVERY === 0) this.#fit();
  }

  /** Begins anew with these: what is expected is known far better than before. `false`, and nothing changes, if not. */
  restart(sizes: Float64Array): boolean {
    const newest = sizes.subarray(Math.max(0, sizes.length - WINDOW));
    if (newest.length < FEW) return false;
    const median = newest.toSorted()[newest.length >> 1] as number;
    if (SIGMA_OF_MEDIAN * median > FAR_BETTER * this.#sigma) return false;
    this.#count = 0;
    this.#mean = 0;
    const most = CAPPED * SIGMA_OF_MEDIAN * median;
    for (const size of newest) this.add(size, Math.min(size, most));
    return true;
  }

  /** One that is not to be believed still tells that zero is not all there is. */
  addDoubtful(capped: number): void {
    this.#mean += (capped - this.#mean) / Math.min(WINDOW, this.#count + 1);
  }

  #fit(): void {
    const count = Math.min(this.#count, WINDOW);
    const sorted = this.#sizes.subarray(0, count).toSorted();
    const median = sorted[count >> 1] as number;
    this.#sigma = SIGMA_OF_MEDIAN * median;
    if (count < FEW) return;
    const far = sorted[Math.floor(0.95 * count)] as number;
    // All alike has no tails.
    const ratio = far > 0 ? far / median : 0;
    this.#freedom = TAILS.find(([most]) => ratio < most)?.[1] ?? 2;
  }
}
