const LEAST_NATS = -3.5;
/** At most this share of the steps of its history would have been flagged. */
const MOST_FLAGGED = 0.05;
const GAIN = 0.05;

/**
 * The evidence from which on a step is flagged: fixed odds, unless the series' own history has them too often; then what
 * only one step in twenty exceeds. The quantile is followed step by step (Robbins & Monro 1951), so that it needs no
 * memory and the far past fades.
 */
export class FlagThreshold {
  #quantile = LEAST_NATS;

  get nats(): number {
    return Math.max(LEAST_NATS, this.#quantile);
  }

  reset(): void {
    this.#quantile = LEAST_NATS;
  }

  add(nats: number): void {
    // Up by (1 − share) when above, down by share when below: at rest where `share` of the steps are above.
    this.#quantile += GAIN * (nats > this.#quantile ? 1 - MOST_FLAGGED : -MOST_FLAGGED);
    this.#quantile = Math.max(LEAST_NATS, this.#quantile);
  }
}
