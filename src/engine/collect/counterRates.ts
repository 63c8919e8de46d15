import { MIN_RATE_INTERVAL_MS } from "./linuxProcesses.ts";

/** Two running totals of one device: bytes in and out. */
export type CounterPair = readonly [first: number, second: number];

/**
 * Bytes per second from running totals of several devices. Only devices seen at both ends of the interval count, so one
 * that appears with a large total is no burst. A total that went backwards (reset, wrap) makes the interval unknown.
 */
export class CounterRates {
  #base: ReadonlyMap<string, CounterPair> | null = null;
  #baseMs = 0;
  #last: CounterPair | null = null;

  /** @param totals `null` when they could not be read: the rate is unknown and measuring begins anew */
  update(totals: ReadonlyMap<string, CounterPair> | null, nowMs: number): CounterPair | null {
    if (totals === null) {
      this.#base = null;
      this.#last = null;
      return null;
    }
    const base = this.#base;
    const elapsed = nowMs - this.#baseMs;
    if (base !== null && elapsed < MIN_RATE_INTERVAL_MS) return this.#last;
    this.#base = totals;
    this.#baseMs = nowMs;
    this.#last = base === null ? null : difference(base, totals, elapsed);
    return this.#last;
  }
}

function difference(
  base: ReadonlyMap<string, CounterPair>,
  totals: ReadonlyMap<string, CounterPair>,
  elapsedMs: number,
): CounterPair | null {
  let first = 0;
  let second = 0;
  for (const [name, now] of totals) {
    const before = base.get(name);
    if (before === undefined) continue;
    if (now[0] < before[0] || now[1] < before[1]) return null;
    first += now[0] - before[0];
    second += now[1] - before[1];
  }
  return [(first * 1000) / elapsedMs, (second * 1000) / elapsedMs];
}
