/** Sizes of a shift, in σ, either way. */
const SHIFTS = [1.5, 2.2, 3.2, 5, 8].flatMap((size) => [size, -size]);
const NORMAL = 0;
const WILD = 1;
const STATES = 2 + SHIFTS.length;
/** What is expected of operation: one point in a hundred is out of line, one shift begins in a thousand steps … */
const POINT_BEGINS = 0.01;
const SHIFT_BEGINS = 0.001;
/** … and lasts thirty. */
const SHIFT_STAYS = 1 - 1 / 30;
const SHIFT_ENDS_NORMAL = 0.8;
const WILD_STAYS = 0.12;
const WILD_SHIFTS = 0.02;
/** A point out of line lies anywhere in about ±2 of these (σ), or beyond. */
const WILD_SIGMA = 6;
const WILD_FLOOR = -4;
const FARTHEST = 60;
const LEAST_ODDS = 1e-12;

/**
 * How likely the present step is unusual, given all steps so far: the forward pass of a hidden Markov model over
 * standardised residuals (Rabiner 1989, "A tutorial on hidden Markov models", section III.A). States: normal; one point out
 * of line; the level shifted by so many σ. A shift of 2σ is nothing in one step and certain after a few, and it is over in
 * one when the values are back: no moving average does both.
 */
export class StateFilter {
  #now = new Float64Array(STATES);
  #next = new Float64Array(STATES);
  readonly #logs = new Float64Array(STATES);

  constructor() {
    this.reset();
  }

  /** Normal again, for certain. */
  reset(): void {
    this.#now.fill(0);
    this.#now[NORMAL] = 1;
  }

  /**
   * @param z residual in σ
   * @param freedom degrees of freedom of the residuals' t distribution; infinity = normal
   * @returns log of the odds of "unusual", at most ±27
   */
  step(z: number, freedom: number): number {
    const at = Math.max(-FARTHEST, Math.min(FARTHEST, z));
    const now = this.#now;
    const next = this.#next;
    let shifted = 0;
    for (let state = 2; state < STATES; state++) shifted += now[state] as number;
    const normal = now[NORMAL] as number;
    const wild = now[WILD] as number;

    // 1. Where the state may have gone.
    next[NORMAL] =
      normal * (1 - POINT_BEGINS - SHIFT_BEGINS) +
      wild * (1 - WILD_STAYS - WILD_SHIFTS) +
      shifted * (1 - SHIFT_STAYS) * SHIFT_ENDS_NORMAL;
    next[WILD] = normal * POINT_BEGINS + wild * WILD_STAYS + shifted * POINT_BEGINS;
    const begins = (normal * SHIFT_BEGINS + wild * WILD_SHIFTS) / SHIFTS.length;
    for (let state = 2; state < STATES; state++) next[state] = (now[state] as number) * SHIFT_STAYS + begins;

    // 2. How well each state explains the residual, relative to the best.
    const base = peak(freedom);
    const logs = this.#logs;
    logs[NORMAL] = base + logDensity(at, freedom);
    logs[WILD] = -Math.log(WILD_SIGMA) + Math.max(WILD_FLOOR, -0.5 * (at / WILD_SIGMA) ** 2);
    for (let i = 0; i < SHIFTS.length; i++) logs[2 + i] = base + logDensity(at - (SHIFTS[i] as number), freedom);
    let most = Number.NEGATIVE_INFINITY;
    for (const log of logs) if (log > most) most = log;
    let sum = 0;
    for (let state = 0; state < STATES; state++) {
      const weight = (next[state] as number) * Math.exp((logs[state] as number) - most);
      next[state] = weight;
      sum += weight;
    }

    // 3. Normalised; nothing is ever quite impossible.
    for (let state = 0; state < STATES; state++) next[state] = Math.max(LEAST_ODDS / 10, (next[state] as number) / sum);
    this.#now = next;
    this.#next = now;
    let unusual = 0;
    for (let state = 1; state < STATES; state++) unusual += next[state] as number;
    return Math.log(Math.max(LEAST_ODDS, unusual) / Math.max(LEAST_ODDS, next[NORMAL] as number));
  }
}

/** Log of the t density at z, relative to its peak. */
function logDensity(z: number, freedom: number): number {
  return Number.isFinite(freedom) ? -((freedom + 1) / 2) * Math.log1p((z * z) / freedom) : -0.5 * z * z;
}

/** Log of the t density's peak, relative to the normal's, when both have the same median of |z|. */
function peak(freedom: number): number {
  if (!Number.isFinite(freedom)) return 0;
  return freedom >= 10 ? -0.03 : freedom >= 5 ? -0.08 : freedom >= 3 ? -0.15 : -0.25;
}
