import type { LoadReading, ScalerView } from "../ports.ts";
import { isSound } from "./scalingInputs.ts";
import { windowMs } from "./scalingTimes.ts";

/** Fewer readings than this make no mean. */
const LEAST = 3;

/** Means over the window. */
export interface MeanLoad {
  readonly low: number;
  readonly high: number;
  readonly heldBack: number;
  /** Tasks that wait and could be begun; `null` for a load without tasks. */
  readonly waiting: number | null;
  /** Of those, from the oldest to the newest reading; 0 for a load without tasks. */
  readonly waitingChange: number;
}

/** The readings of the last seconds. Plain means: ticks are evenly spaced, and a late one says no more than another. */
export class LoadWindow {
  #readings: LoadReading[] = [];

  get size(): number {
    return this.#readings.length;
  }

  get isFull(): boolean {
    return this.#readings.length >= LEAST;
  }

  /** Takes what a look brings, if it is a load that can be. */
  look({ reading, nowMonotonicMs, timeScale, tickIntervalMs }: ScalerView): void {
    const sinceMs = nowMonotonicMs - windowMs(timeScale, tickIntervalMs);
    if (reading !== null && isSound(reading)) this.add(reading, sinceMs);
    else this.drop(sinceMs);
  }

  add(reading: LoadReading, sinceMs: number): void {
    // The same reading again (nothing was measured in between) is no further evidence.
    if (this.#readings.at(-1)?.monotonicMs !== reading.monotonicMs) this.#readings.push(reading);
    this.drop(sinceMs);
  }

  /** Forgets what is older. */
  drop(sinceMs: number): void {
    this.#readings = this.#readings.filter(({ monotonicMs }) => monotonicMs >= sinceMs);
  }

  mean(): MeanLoad | null {
    const count = this.#readings.length;
    if (count === 0) return null;
    const sum = (pick: (reading: LoadReading) => number) => this.#readings.reduce((total, r) => total + pick(r), 0);
    return {
      low: sum((r) => r.low) / count,
      high: sum((r) => r.high) / count,
      heldBack: sum((r) => r.heldBack ?? 0) / count,
      waitingChange: (this.#readings.at(-1)?.waiting ?? 0) - (this.#readings[0]?.waiting ?? 0),
      waiting: this.#readings.some((r) => r.waiting === undefined) ? null : sum((r) => r.waiting ?? 0) / count,
    };
  }
}
