const BINS = 512;
const BIN_WIDTH = 0.04;
/** Log of the least size told apart. */
const LOWEST = -5;
const SOFTENING = 0.01;
/** The largest fiftieth is the tail. */
const TAIL_SHARE = 0.02;
const NATS_AT_TAIL = -Math.log(TAIL_SHARE);
/** What is no larger than usual is not rare, even where nearly all is zero. */
const LEAST_TAIL = Math.log(1 + SOFTENING);
/** Below the tail the evidence falls off by this power of the size. */
const BODY_POWER = 2;
/** Before there is a tail: sizes fall off like their fifth power, and that counts like twenty values seen. */
const PRIOR_SPREAD = 0.2;
const PRIOR_COUNT = 20;
const LEAST_COUNT = 32;
const FIT_EVERY = 4;
/** A value that long ago counts a third. */
const MEMORY = 5_000;
const RESCALE_ABOVE = 1e100;

/**
 * How rare a size is by its own history: −ln of the share of sizes that were larger. Beyond the largest seen the tail goes
 * on as a power law whose exponent is estimated (Hill 1975, "A simple general approach to inference about the tail of a
 * distribution"), with a prior while there is little. Counts are kept by logarithmic size, so that memory is bounded and the
 * past fades.
 */
export class TailEvidence {
  readonly #bins = new Float64Array(BINS);
  #total = 0;
  /** Weight of the next value; grows, so that older ones fade without being touched. */
  #weight = 1;
  #count = 0;
  #tailFrom = LEAST_TAIL;
  #spread = PRIOR_SPREAD;

  /** In nats, ≥ 0; 0 while too little is known. @param size ≥ 0 */
  of(size: number): number {
    if (this.#count < LEAST_COUNT) return 0;
    const beyond = Math.log(size + SOFTENING) - this.#tailFrom;
    return Math.max(0, NATS_AT_TAIL + (beyond <= 0 ? BODY_POWER * beyond : beyond / this.#spread));
  }

  add(size: number): void {
    const log = Math.log(size + SOFTENING);
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor((log - LOWEST) / BIN_WIDTH)));
    this.#bins[bin] = (this.#bins[bin] as number) + this.#weight;
    this.#total += this.#weight;
    this.#weight *= 1 + 1 / MEMORY;
    this.#count++;
    if (this.#weight > RESCALE_ABOVE) this.#rescale();
    if (this.#count >= LEAST_COUNT && this.#count % FIT_EVERY === 0) this.#fit();
  }

  /** Where the tail begins, and the mean log distance from there. */
  #fit(): void {
    const wanted = TAIL_SHARE * this.#total;
    let counted = 0;
    let sum = 0;
    let bin = BINS - 1;
    for (; bin > 0 && counted + (this.#bins[bin] as number) < wanted; bin--) {
      const count = this.#bins[bin] as number;
      counted += count;
      sum += count * (LOWEST + (bin + 0.5) * BIN_WIDTH);
    }
    // A part of the last bin, taken as spread evenly over it.
    const inBin = this.#bins[bin] as number;
    const part = inBin > 0 ? (wanted - counted) / inBin : 0;
    const from = LOWEST + (bin + 1 - part) * BIN_WIDTH;
    sum += (wanted - counted) * (from + 0.5 * part * BIN_WIDTH);
    this.#tailFrom = Math.max(LEAST_TAIL, from);
    const seen = wanted / this.#weight;
    const excess = Math.max(0, sum / wanted - from);
    this.#spread = (excess * seen + PRIOR_COUNT * PRIOR_SPREAD) / (seen + PRIOR_COUNT);
  }

  #rescale(): void {
    for (let i = 0; i < BINS; i++) this.#bins[i] = (this.#bins[i] as number) / this.#weight;
    this.#total /= this.#weight;
    this.#weight = 1;
  }
}
