import type { LoadReading } from "../ports.ts";

/** Fewer readings than this make no mean. */
const LEAST = 3;
/** Rooms at the begin; doubled when they are full. */
const FIRST_CAPACITY = 16;
/** Figures of one reading: when it was measured, low, high, held back. */
const WIDTH = 4;

/**
 * The readings of the last seconds. Plain means: ticks are evenly spaced, and a late one says no more than another. They are
 * copied into a ring, so that a look allocates nothing, and added up from the oldest on at each look: a running sum would
 * drift.
 */
export class LoadWindow {
  #ring = new Float64Array(FIRST_CAPACITY * WIDTH);
  #begin = 0;
  #size = 0;
  /** Means over the window as of the last `measure`; NaN of no reading. */
  low = Number.NaN;
  high = Number.NaN;
  heldBack = Number.NaN;

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= LEAST;
  }

  /** Takes a reading, none older than the one before, and forgets what was measured before `sinceMs`. */
  add({ monotonicMs, low, high, heldBack = 0 }: LoadReading, sinceMs: number): void {
    // The same reading again (nothing was measured in between) is no further evidence.
    if (this.#size === 0 || this.#ring[this.#slot(this.#size - 1)] !== monotonicMs) {
      if ((this.#size + 1) * WIDTH > this.#ring.length) this.#grow();
      const slot = this.#slot(this.#size++);
      this.#ring[slot] = monotonicMs;
      this.#ring[slot + 1] = low;
      this.#ring[slot + 2] = high;
      this.#ring[slot + 3] = heldBack;
    }
    this.drop(sinceMs);
  }

  /** Forgets what is older. */
  drop(sinceMs: number): void {
    while (this.#size > 0 && !((this.#ring[this.#slot(0)] as number) >= sinceMs)) {
      this.#begin = this.#slot(1);
      this.#size--;
    }
  }

  /** Brings `low`, `high` and `heldBack` up to date. */
  measure(): void {
    let low = 0;
    let high = 0;
    let heldBack = 0;
    for (let at = 0; at < this.#size; at++) {
      const slot = this.#slot(at);
      low += this.#ring[slot + 1] as number;
      high += this.#ring[slot + 2] as number;
      heldBack += this.#ring[slot + 3] as number;
    }
    // Of none 0 ÷ 0, which is no number.
    this.low = low / this.#size;
    this.high = high / this.#size;
    this.heldBack = heldBack / this.#size;
  }

  /** The length of the ring is a power of two. */
  #slot(at: number): number {
    return (this.#begin + at * WIDTH) & (this.#ring.length - 1);
  }

  #grow(): void {
    const ring = new Float64Array(2 * this.#ring.length);
    ring.set(this.#ring.subarray(this.#begin));
    ring.set(this.#ring.subarray(0, this.#begin), this.#ring.length - this.#begin);
    this.#ring = ring;
    this.#begin = 0;
  }
}
