import type { Rng } from "../common/rng.ts";

const SLICES = 10;

export interface RetryBudgetOptions {
  /** Retries per second allowed although nothing was deposited, so that a quiet caller may retry at all. */
  readonly minPerSecond: number;
  /** How long a deposit counts. */
  readonly ttlMs: number;
}

/**
 * Retries shared by all callers, as in Finagle's RetryBudget: every first try deposits a share, every retry withdraws 1, a
 * deposit expires after `ttlMs`. So retries add at most that share to the load, however many callers fail at once: a
 * storm cannot build up. Kept in ten slices of the time to live; O(1).
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #nowMs: () => number;
  readonly #sliceMs: number;
  readonly #slices = new Float64Array(SLICES);
  #newest: number;

  /** @throws RangeError naming the field and the value */
  constructor(options: RetryBudgetOptions, nowMs: () => number) {
    const { minPerSecond, ttlMs } = options;
    if (!(minPerSecond >= 0 && Number.isFinite(minPerSecond)))
      throw new RangeError(`minPerSecond must be ≥ 0, got ${minPerSecond}`);
    if (!(ttlMs > 0 && Number.isFinite(ttlMs))) throw new RangeError(`ttlMs must be > 0, got ${ttlMs}`);
    this.#options = options;
    this.#nowMs = nowMs;
    this.#sliceMs = ttlMs / SLICES;
    this.#newest = Math.floor(nowMs() / this.#sliceMs);
  }

  /** A first try. @param ratio retries that it allows, ≥ 0 @throws RangeError */
  deposit(ratio: number): void {
    if (!(ratio >= 0 && Number.isFinite(ratio))) throw new RangeError(`ratio must be ≥ 0, got ${ratio}`);
    this.#add(ratio);
  }

  /** Takes a retry out; `false` when there is none. */
  withdraw(): boolean {
    if (this.balance() < 1) return false;
    this.#add(-1);
    return true;
  }

  /** Retries that could be taken now. */
  balance(): number {
    this.#advance();
    const { minPerSecond, ttlMs } = this.#options;
    return this.#slices.reduce((sum, value) => sum + value, (minPerSecond * ttlMs) / 1000);
  }

  #add(amount: number): void {
    this.#advance();
    const slot = this.#newest % SLICES;
    this.#slices[slot] = (this.#slices[slot] as number) + amount;
  }

  #advance(): void {
    const slice = Math.floor(this.#nowMs() / this.#sliceMs);
    if (slice - this.#newest >= SLICES) this.#slices.fill(0);
    else for (let passed = this.#newest + 1; passed <= slice; passed++) this.#slices[passed % SLICES] = 0;
    this.#newest = Math.max(this.#newest, slice);
  }
}

/**
 * The pause before the next run: drawn evenly from 0 to base · 2^(attempt − 1), at most `maxMs` ("full jitter"; Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog 2015), so that tasks that failed together do not return together.
 * @param attempt runs so far, ≥ 1
 */
export function retryDelayMs(
  attempt: number,
  { baseMs, maxMs }: { readonly baseMs: number; readonly maxMs: number },
  rng: Rng,
): number {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError(`attempt must be an integer ≥ 1, got ${attempt}`);
  return rng() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 50));
}
