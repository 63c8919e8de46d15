/** Exponential smoothing: memories of 128 steps down to the last value alone. */
const LEVEL_GAINS = [1 / 512, 1 / 128, 1 / 40, 1 / 12, 1 / 3, 1] as const;
/** The same with a slope (Brown 1963, double smoothing), for what rises and falls too slowly to have a season yet. */
const SLOPE_GAINS = [1 / 40, 1 / 12] as const;
/** Deviations from the level of memory 128 that die away by so much each step: a first-order autoregression. */
const PERSISTENCES = [0.3, 0.6, 0.85] as const;
const ANCHOR = 1;
const LEVELS = LEVEL_GAINS.length;
const SLOPED = LEVELS + SLOPE_GAINS.length;
const COUNT = SLOPED + PERSISTENCES.length;
/** Errors are remembered for about this many steps. */
const LOSS_MEMORY = 400;

/** A bank with a past, and by how much the predictor that did best was off each time. */
export interface Replayed {
  readonly bank: LevelBank;
  readonly misses: Float64Array;
}

/**
 * Predictors of one series by its level, of several memories, each with its mean absolute error so far. A weight is
 * (least error ÷ own error) to the power of the steps remembered: the likelihood of Laplace errors.
 */
export class LevelBank {
  /** Of all predictors together, after `weigh`. */
  weight = 0;
  weightedSum = 0;
  readonly #levels = new Float64Array(COUNT);
  readonly #slopes = new Float64Array(COUNT);
  readonly #losses = new Float64Array(COUNT);
  readonly #weights = new Float64Array(COUNT);
  #seen = 0;
  #kept = 0;

  /** A bank that has gone through these values already. @param cycles seasons that were seen */
  static replayed(values: Float64Array, cycles: number): Replayed {
    const bank = new LevelBank();
    const first = values.subarray(0, 16);
    bank.#levels.fill(first.reduce((sum, value) => sum + value, 0) / Math.max(1, first.length));
    bank.#seen = LOSS_MEMORY;
    const missed = Array.from({ length: COUNT }, () => new Float64Array(values.length));
    for (const [t, value] of values.entries()) {
      for (const [i, misses] of missed.entries()) misses[t] = Math.abs(value - bank.#prediction(i));
      bank.learn(value, 1, Number.POSITIVE_INFINITY);
    }
    // The table was made from these very values: on new ones it misses by more, like any mean of a few.
    const share = 1 / Math.max(1.1, cycles);
    const inflated = Math.min(3, Math.sqrt((1 + share) / Math.max(0.1, 1 - share)));
    const best = missed[bank.#losses.indexOf(bank.leastLoss)] ?? new Float64Array(0);
    for (let i = 0; i < COUNT; i++) bank.#losses[i] = (bank.#losses[i] as number) * inflated;
    return { bank, misses: best.map((miss) => miss * inflated) };
  }

  static weightOf(loss: number, least: number, trusted: number): number {
    return least <= 0 ? (loss <= 0 ? 1 : 0) : (least / loss) ** trusted;
  }

  /** Steps that the errors rest on. */
  get trusted(): number {
    return Math.min(LOSS_MEMORY, this.#kept);
  }

  get lossGain(): number {
    return Math.max(1 / LOSS_MEMORY, 1 / (this.#kept + 1));
  }

  get leastLoss(): number {
    if (this.#seen === 0) return Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const loss of this.#losses) if (loss < least) least = loss;
    return least;
  }

  /** The mean of the predictors, weighted. */
  get level(): number {
    return this.weight > 0 ? this.#unshifted / this.weight : (this.#levels[1] as number);
  }

  #unshifted = 0;

  /** @param offset what is to be added to each prediction */
  weigh(least: number, offset: number): void {
    let weights = 0;
    let sum = 0;
    for (let i = 0; i < COUNT; i++) {
      const weight = LevelBank.weightOf(this.#losses[i] as number, least, this.trusted);
      this.#weights[i] = weight;
      weights += weight;
      sum += weight * this.#prediction(i);
    }
    this.weight = weights;
    this.#unshifted = sum;
    this.weightedSum = sum + weights * offset;
  }

  learn(value: number, keep: number, most: number): void {
    if (this.#seen === 0) this.#levels.fill(value);
    // A mean of all so far in the beginning, so that the first values count alike.
    const young = 1 / (this.#seen + 1);
    const lossGain = this.lossGain * keep;
    // From the last on: those behind the levels look at one of them as it was.
    for (let i = COUNT - 1; i >= 0; i--) {
      const expected = this.#prediction(i);
      const miss = Math.max(-most, Math.min(most, value - expected));
      if (i < LEVELS) {
        const gain = Math.max(LEVEL_GAINS[i] as number, young) * keep;
        this.#levels[i] = (this.#levels[i] as number) + gain * miss;
      } else if (i >= SLOPED) {
        this.#slopes[i] = expected + keep * miss - (this.#levels[ANCHOR] as number);
      } else {
        const gain = Math.max(SLOPE_GAINS[i - LEVELS] as number, young) * keep;
        this.#levels[i] = expected + (1 - (1 - gain) ** 2) * miss;
        if (young <= 0.05) this.#slopes[i] = (this.#slopes[i] as number) + gain * gain * miss;
      }
      this.#losses[i] = (this.#losses[i] as number) + lossGain * (Math.abs(miss) - (this.#losses[i] as number));
    }
    this.#seen++;
    this.#kept += keep;
  }

  rebase(level: number): void {
    this.#levels.fill(level);
    this.#slopes.fill(0);
  }

  #prediction(i: number): number {
    if (i < SLOPED) return (this.#levels[i] as number) + (this.#slopes[i] as number);
    return (this.#levels[ANCHOR] as number) + (PERSISTENCES[i - SLOPED] as number) * (this.#slopes[i] as number);
  }
}
