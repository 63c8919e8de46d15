import { nearestRank } from "../../common/statistics.ts";

const KEPT = 20;
const SHARE = 0.95;

/** How long work waited at the last decisions, and the time that 95% of them did not exceed (nearest rank). */
export class WaitEstimate {
  readonly #waits: number[] = [];

  /** @returns the percentile with this one */
  add(waitSeconds: number): number {
    this.#waits.push(waitSeconds);
    if (this.#waits.length > KEPT) this.#waits.shift();
    return nearestRank(this.#waits, SHARE) ?? waitSeconds;
  }
}
