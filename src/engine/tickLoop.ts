import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";

/** The cadence when somebody looks or a swarm is in `auto`, and the slowest ever. */
export const FAST_MS = 1_000;
export const SLOW_MS = 5_000;
/** Two ticks are never closer than this, however many changes ask for one. */
const MIN_GAP_MS = 200;

/** Runs `tick` at a cadence that may change, on a grid so that lateness does not add up. Counts ticks that came late. */
export class TickLoop implements Disposable {
  readonly #clock: Clock;
  readonly #tick: () => void;
  #intervalMs = FAST_MS;
  #dueMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #late = 0;
  #disposed = false;

  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
    this.#dueMs = clock.monotonicMs();
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Ticks that began more than one interval after they were due. */
  get lateTicks(): number {
    return this.#late;
  }

  start(): void {
    this.#arm();
  }

  setInterval(ms: number): void {
    if (ms === this.#intervalMs) return;
    this.#intervalMs = ms;
    this.#dueMs = Math.min(this.#dueMs, this.#clock.monotonicMs() + ms);
    this.#arm();
  }

  /** One extra tick soon: something changed that people wait for. */
  soon(): void {
    const at = Math.max(this.#lastMs + MIN_GAP_MS, this.#clock.monotonicMs());
    if (at >= this.#dueMs) return;
    this.#dueMs = at;
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#disposed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#dueMs - this.#clock.monotonicMs()));
  }

  #run(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#dueMs > this.#intervalMs) this.#late++;
    this.#lastMs = now;
    this.#dueMs = now - this.#dueMs > this.#intervalMs ? now + this.#intervalMs : this.#dueMs + this.#intervalMs;
    try {
      this.#tick();
    } finally {
      this.#arm();
    }
  }
}
