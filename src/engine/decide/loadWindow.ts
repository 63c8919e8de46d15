import type { LoadReading, ScalerView } from "../ports.ts";
import { isSound } from "./scalingInputs.ts";
import { windowMs } from "./scalingTimes.ts";

/** Fewer readings than this make no mean. */
const LEAST = 3;
/** Readings that there is room for at the begin, a power of two; doubled when it is full. */
const FIRST_CAPACITY = 16;
/** Figures of one reading: when it was measured, low, high, held back, waiting. */
const WIDTH = 5;

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

/**
 * The readings of the last seconds. Plain means: ticks are evenly spaced, and a late one says no more than another. They are
 * copied into a ring, so that a look allocates nothing, and added up from the oldest on at each look: a running sum would
 * drift.
 */
export class LoadWindow {
  #ring = new Float64Array(FIRST_CAPACITY * WIDTH);
  #capacity = FIRST_CAPACITY;
  #begin = 0;
  #size = 0;
  /** Means as of the last `measure`; NaN of no reading, and `waiting` also of one without tasks. */
  low = Number.NaN;
  high = Number.NaN;
  heldBack = Number.NaN;
  waiting = Number.NaN;

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= LEAST;
  }

  /** Takes what a look brings, if it is a load that can be. */
  look({ reading, nowMonotonicMs, timeScale, tickIntervalMs }: ScalerView): void {
    const sinceMs = nowMonotonicMs - windowMs(timeScale, tickIntervalMs);
    if (reading !== null && isSound(reading)) this.add(reading, sinceMs);
    else this.drop(sinceMs);
  }

  /** Takes a reading, none older than the one before, and forgets what was measured before `sinceMs`. */
  add(reading: LoadReading, sinceMs: number): void {
    const { monotonicMs } = reading;
    // The same reading again (nothing was measured in between) is no further evidence.
    if (this.#size === 0 || this.#ring[this.#slot(this.#size - 1)] !== monotonicMs) {
      if (this.#size === this.#capacity) this.#grow();
      const slot = this.#slot(this.#size++);
      this.#ring[slot] = monotonicMs;
      this.#ring[slot + 1] = reading.low;
      this.#ring[slot + 2] = reading.high;
      this.#ring[slot + 3] = reading.heldBack ?? 0;
      this.#ring[slot + 4] = reading.waiting ?? Number.NaN;
    }
    this.drop(sinceMs);
  }

  /** Forgets what is older. */
  drop(sinceMs: number): void {
    while (this.#size > 0 && !((this.#ring[this.#slot(0)] as number) >= sinceMs)) {
      this.#begin = (this.#begin + 1) & (this.#capacity - 1);
      this.#size--;
    }
  }

  /** Brings the means up to date. */
  measure(): void {
    let low = 0;
    let high = 0;
    let heldBack = 0;
    let waiting = 0;
    for (let at = 0; at < this.#size; at++) {
      const slot = this.#slot(at);
      low += this.#ring[slot + 1] as number;
      high += this.#ring[slot + 2] as number;
      heldBack += this.#ring[slot + 3] as number;
      waiting += this.#ring[slot + 4] as number;
    }
    // Of none 0 ÷ 0, which is no number.
    this.low = low / this.#size;
    this.high = high / this.#size;
    this.heldBack = heldBack / this.#size;
    this.waiting = waiting / this.#size;
  }

  /** The means as an object of its own; `null` of no reading. */
  mean(): MeanLoad | null {
    if (this.#size === 0) return null;
    this.measure();
    const { low, high, heldBack, waiting } = this;
    const waitingChange = this.#waitingAt(this.#size - 1) - this.#waitingAt(0);
    return { low, high, heldBack, waiting: Number.isNaN(waiting) ? null : waiting, waitingChange };
  }

  /** 0 in a reading of a load without tasks. */
  #waitingAt(at: number): number {
    const waiting = this.#ring[this.#slot(at) + 4] as number;
    return Number.isNaN(waiting) ? 0 : waiting;
  }

  #slot(at: number): number {
    return ((this.#begin + at) & (this.#capacity - 1)) * WIDTH;
  }

  #grow(): void {
    const ring = new Float64Array(2 * this.#ring.length);
    const begin = this.#begin * WIDTH;
    ring.set(this.#ring.subarray(begin));
    ring.set(this.#ring.subarray(0, begin), this.#ring.length - begin);
    this.#ring = ring;
    this.#capacity *= 2;
    this.#begin = 0;
  }
}
