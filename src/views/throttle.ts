import type { Disposable } from "./sessionPort.ts";

export interface Timers {
  monotonicMs(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemTimers: Timers = {
  monotonicMs: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Runs at most once per interval: the first call at once, later ones together at the end of the interval. */
export class Throttle implements Disposable {
  readonly #intervalMs: number;
  readonly #run: () => void;
  readonly #timers: Timers;
  #lastMs = Number.NEGATIVE_INFINITY;
  #pending: unknown = null;

  constructor(intervalMs: number, run: () => void, timers: Timers = systemTimers) {
    if (!(intervalMs > 0)) throw new RangeError(`intervalMs must be > 0, got ${intervalMs}`);
    this.#intervalMs = intervalMs;
    this.#run = run;
    this.#timers = timers;
  }

  request(): void {
    if (this.#pending !== null) return;
    const waitMs = this.#lastMs + this.#intervalMs - this.#timers.monotonicMs();
    if (waitMs <= 0) this.#go();
    else this.#pending = this.#timers.setTimeout(() => this.#go(), waitMs);
  }

  dispose(): void {
    if (this.#pending !== null) this.#timers.clearTimeout(this.#pending);
    this.#pending = null;
  }

  #go(): void {
    this.#pending = null;
    this.#lastMs = this.#timers.monotonicMs();
    this.#run();
  }
}
