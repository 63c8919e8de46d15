import { nearestRankOfSorted } from "../common/statistics.ts";

/** Waits of the last `size` that were served, for their percentiles. Sorted only when somebody looks. */
export class WaitTimes {
  readonly #ring: Float64Array;
  #next = 0;
  #count = 0;

  constructor(size: number) {
    this.#ring = new Float64Array(size);
  }

  add(ms: number): void {
    this.#ring[this.#next] = ms;
    this.#next = this.#next + 1 === this.#ring.length ? 0 : this.#next + 1;
    if (this.#count < this.#ring.length) this.#count++;
  }

  /** The nearest-rank percentiles, `null` each before the first wait. @param ratios within 0..1 */
  percentiles(...ratios: readonly number[]): readonly (number | null)[] {
    if (this.#count === 0) return ratios.map(() => null);
    const sorted = this.#ring.subarray(0, this.#count).toSorted();
    return ratios.map((ratio) => nearestRankOfSorted(sorted, ratio));
  }
}
