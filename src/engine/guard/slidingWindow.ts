import type { BreakerOptions } from "./breakerOptions.ts";

const FAILURE = 1;
const SLOW = 2;
/** Buckets of a time window: the window slides by a twentieth of its length. */
const BUCKETS = 20;

export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** Outcomes of the last calls. `nowMs` is monotonic and never runs backwards. */
export interface SlidingWindow {
  record(nowMs: number, failed: boolean, slow: boolean): void;
  totals(nowMs: number): WindowTotals;
  clear(): void;
}

/** The last `size` calls, one byte each in a ring. @throws RangeError when `size` is not an integer ≥ 1 */
export class CountWindow implements SlidingWindow {
  readonly #ring: Uint8Array;
  #next = 0;
  #calls = 0;
  #failures = 0;
  #slow = 0;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`window.calls must be an integer ≥ 1, got ${size}`);
    this.#ring = new Uint8Array(size);
  }

  record(_nowMs: number, failed: boolean, slow: boolean): void {
    const ring = this.#ring;
    if (this.#calls === ring.length) {
      const old = ring[this.#next] as number;
      if ((old & FAILURE) !== 0) this.#failures--;
      if ((old & SLOW) !== 0) this.#slow--;
    } else this.#calls++;
    ring[this.#next] = (failed ? FAILURE : 0) | (slow ? SLOW : 0);
    if (failed) this.#failures++;
    if (slow) this.#slow++;
    this.#next = this.#next + 1 === ring.length ? 0 : this.#next + 1;
  }

  totals(): WindowTotals {
    return { calls: this.#calls, failures: this.#failures, slow: this.#slow };
  }

  clear(): void {
    this.#next = this.#calls = this.#failures = this.#slow = 0;
  }
}

/**
 * The calls of the last `ms`, in 20 buckets: a call is forgotten between `ms` and `ms` · 21/20 after it was recorded.
 * @throws RangeError when `ms` is not a number > 0
 */
export class TimeWindow implements SlidingWindow {
  readonly #bucketMs: number;
  readonly #calls = new Float64Array(BUCKETS + 1);
  readonly #failures = new Float64Array(BUCKETS + 1);
  readonly #slow = new Float64Array(BUCKETS + 1);
  /** Number of the newest bucket, counted from the beginning of the clock. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(ms: number) {
    if (!(ms > 0) || !Number.isFinite(ms)) throw new RangeError(`window.ms must be a number > 0, got ${ms}`);
    this.#bucketMs = ms / BUCKETS;
  }

  record(nowMs: number, failed: boolean, slow: boolean): void {
    const slot = this.#advance(nowMs);
    this.#calls[slot] = (this.#calls[slot] as number) + 1;
    if (failed) this.#failures[slot] = (this.#failures[slot] as number) + 1;
    if (slow) this.#slow[slot] = (this.#slow[slot] as number) + 1;
  }

  totals(nowMs: number): WindowTotals {
    this.#advance(nowMs);
    const sum = (counts: Float64Array) => counts.reduce((total, value) => total + value, 0);
    return { calls: sum(this.#calls), failures: sum(this.#failures), slow: sum(this.#slow) };
  }

  clear(): void {
    for (const counts of [this.#calls, this.#failures, this.#slow]) counts.fill(0);
  }

  /** Empties the buckets that have passed since; returns the slot of now. */
  #advance(nowMs: number): number {
    const size = BUCKETS + 1;
    const bucket = Math.floor(nowMs / this.#bucketMs);
    if (bucket - this.#newest >= size) this.clear();
    else {
      for (let passed = this.#newest + 1; passed <= bucket; passed++) {
        const slot = ((passed % size) + size) % size;
        this.#calls[slot] = this.#failures[slot] = this.#slow[slot] = 0;
      }
    }
    this.#newest = Math.max(this.#newest, bucket);
    return ((this.#newest % size) + size) % size;
  }
}

export function createWindow(window: BreakerOptions["window"]): SlidingWindow {
  return window.kind === "count" ? new CountWindow(window.calls) : new TimeWindow(window.ms);
}
