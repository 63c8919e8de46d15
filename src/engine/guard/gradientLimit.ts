/** Weight of a new sample in the long-term latency: an exponential average over about 600 samples. */
const LONG_WINDOW = 600;
/** Latency may rise this much above its long-term level before the limit follows. */
const TOLERANCE = 1.5;
/** Share of a newly computed limit in the next one. */
const SMOOTHING = 0.2;

export interface GradientOptions {
  /** ≥ 1 */
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/**
 * A concurrency limit that follows latency: Gradient2 of Netflix' concurrency-limits (Eran Landau, "Performance Under
 * Load", 2018). gradient = max(½, min(1, tolerance · longRtt ÷ rtt)); limit' = limit · gradient + √limit, smoothed.
 * While latency is at its long-term level the limit grows by the square root (the queue that is allowed to build); when
 * it rises, the limit shrinks in proportion. Samples taken with less than half of the limit in use tell nothing about it
 * and are left out. A dropped call (it failed for overload) halves the way down. Pure; O(1) a sample.
 */
export class GradientLimit {
  readonly #options: GradientOptions;
  #limit: number;
  #longMs: number | null = null;

  /** @throws RangeError naming the field and the value */
  constructor(options: GradientOptions) {
    const { min, max, initial } = options;
    if (!(min >= 1)) throw new RangeError(`min must be ≥ 1, got ${min}`);
    if (!(max >= min)) throw new RangeError(`max must be ≥ min ${min}, got ${max}`);
    if (!(initial >= min && initial <= max))
      throw new RangeError(`initial must be within ${min}..${max}, got ${initial}`);
    this.#options = options;
    this.#limit = initial;
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /**
   * @param durationMs of one call
   * @param inUse calls under way when it ended, itself included
   */
  sample(durationMs: number, inUse: number, dropped = false): void {
    if (!(durationMs >= 0) || !Number.isFinite(durationMs)) return;
    // Below the clock's own resolution nothing can be compared.
    const rtt = Math.max(durationMs, 0.001);
    const long = this.#longMs === null ? rtt : this.#longMs + (rtt - this.#longMs) / LONG_WINDOW;
    // After a long time of high latency the level itself comes down faster, or the limit would never recover.
    this.#longMs = long / rtt > 2 ? long * 0.95 : long;
    if (inUse < this.#limit / 2 && !dropped) return;
    const gradient = dropped ? 0.5 : Math.max(0.5, Math.min(1, (TOLERANCE * this.#longMs) / rtt));
    const next = this.#limit * gradient + (dropped ? 0 : Math.sqrt(this.#limit));
    const smoothed = this.#limit * (1 - SMOOTHING) + next * SMOOTHING;
    this.#limit = Math.max(this.#options.min, Math.min(this.#options.max, smoothed));
  }

  /** Another ceiling; the limit stays where it is below it. @throws RangeError */
  withMax(max: number): GradientLimit {
    const next = new GradientLimit({ ...this.#options, max, initial: Math.min(max, this.#limit) });
    next.#longMs = this.#longMs;
    return next;
  }
}
