import type { BreakerOptions } from "./breakerOptions.ts";

/** Expected openings by chance alone, per window of outcomes, that the threshold aims at: one in a thousand windows. */
const CHANCE_OPENINGS = 0.001;
/** Outcomes seen before anything moves. */
const MIN_OUTCOMES = 100;
/** Steps in the time of one window. */
const STEPS_PER_WINDOW = 20;
const MIN_THRESHOLD = 1;
const MIN_RECOVERY_MS = 1_000;

export interface AdaptiveOptions {
  readonly enabled: boolean;
  /** Outcomes that the rule looks back on. */
  readonly windowSize: number;
  /** Greatest relative change of either value in one step; 0 < rate ≤ 0.1 keeps it gentle. */
  readonly adjustmentRate: number;
  readonly maxFailureThreshold: number;
  readonly maxRecoveryMs: number;
}

export interface SavedThresholds {
  readonly threshold: number;
  readonly recoveryMs: number;
}

/**
 * Lets a breaker's consecutive-failure threshold and recovery time follow its service.
 *
 * Threshold. A service that fails now and then by chance has runs of failures that mean nothing. With failure probability
 * p, a run of at least k begins at a call with probability (1 − p) · pᵏ, so a window of W calls holds W · (1 − p) · pᵏ of
 * them on average (Feller, An Introduction to Probability Theory I, ch. XIII). The threshold moves towards the least k
 * for which that is at most 0.001: k* = ⌈ln(0.001 ÷ (W · (1 − p))) ÷ ln p⌉, and never towards less than the longest run of
 * the window that ended by itself, plus one, because real failures come in bursts that the formula does not know. A quiet
 * service so gets a low threshold, which finds an outage sooner; a noisy one a higher one, which opens less for nothing.
 * p is estimated as (failures + ½) ÷ (calls + 1). The run that opened the breaker is no noise: it is left out of the
 * estimate, unless the first try afterwards succeeded; then the opening was for nothing and the run counts.
 *
 * Recovery time. When the first probes after an opening succeed, the outage was shorter than we stayed away: one step
 * down. When they fail it was longer: one step up.
 *
 * Every step changes a value by at most `adjustmentRate` of itself; there are twenty steps to a window, and floors (1 and
 * 1 s) and ceilings. Pure; O(1) an outcome but for the step, which is O(windowSize).
 */
export class AdaptiveThresholds {
  readonly #options: AdaptiveOptions;
  readonly #ring: Uint8Array;
  #next = 0;
  #count = 0;
  #sinceStep = 0;
  #threshold: number;
  #recoveryMs: number;
  /** Length of the run that opened the breaker, until it is known what it was. */
  #suspectRun = 0;

  /** @throws RangeError naming the field and value of a bad number */
  constructor(options: AdaptiveOptions, start: SavedThresholds) {
    const { windowSize, adjustmentRate } = options;
    if (!Number.isInteger(windowSize) || windowSize < 1)
      throw new RangeError(`adaptive.windowSize must be an integer ≥ 1, got ${windowSize}`);
    if (!(adjustmentRate > 0 && adjustmentRate < 1))
      throw new RangeError(`adaptive.adjustmentRate must be between 0 and 1, got ${adjustmentRate}`);
    this.#options = options;
    this.#ring = new Uint8Array(windowSize);
    this.#threshold = start.threshold;
    this.#recoveryMs = start.recoveryMs;
  }

  /** Consecutive failures that open. */
  get threshold(): number {
    return Math.max(MIN_THRESHOLD, Math.round(this.#threshold));
  }

  get recoveryMs(): number {
    return this.#recoveryMs;
  }

  save(): SavedThresholds {
    return { threshold: this.#threshold, recoveryMs: this.#recoveryMs };
  }

  /** An outcome while closed. */
  record(failed: boolean): void {
    this.#push(failed ? 1 : 0);
    if (++this.#sinceStep < Math.max(1, Math.floor(this.#options.windowSize / STEPS_PER_WINDOW))) return;
    this.#sinceStep = 0;
    this.#step();
  }

  /** The breaker opened at the end of a run of failures: they are taken out of the window again. */
  opened(run: number): void {
    this.#suspectRun = Math.min(run, this.#count);
    this.#count -= this.#suspectRun;
    const size = this.#ring.length;
    this.#next = (this.#next - this.#suspectRun + size) % size;
  }

  /** Half-open closed again. `firstTry`: without having failed since it opened. */
  recovered(firstTry: boolean): void {
    if (firstTry) {
      for (let n = 0; n < this.#suspectRun; n++) this.#push(1);
      // What ended it is a success; without it the next run would seem to go on from this one.
      if (this.#suspectRun > 0) this.#push(0);
      this.#recoveryMs = this.#moved(this.#recoveryMs, MIN_RECOVERY_MS);
      this.#step();
    }
    this.#suspectRun = 0;
  }

  /** Half-open opened again. */
  relapsed(): void {
    this.#recoveryMs = this.#moved(this.#recoveryMs, this.#options.maxRecoveryMs);
  }

  #push(failed: 0 | 1): void {
    this.#ring[this.#next] = failed;
    this.#next = this.#next + 1 === this.#ring.length ? 0 : this.#next + 1;
    if (this.#count < this.#ring.length) this.#count++;
  }

  #step(): void {
    if (this.#count < Math.min(MIN_OUTCOMES, this.#ring.length)) return;
    // 1. Failures, and the longest run that a success ended.
    const size = this.#ring.length;
    let failures = 0;
    let run = 0;
    let longest = 0;
    let place = (this.#next - this.#count + size) % size;
    for (let n = 0; n < this.#count; n++) {
      if (this.#ring[place] === 1) {
        failures++;
        run++;
      } else {
        if (run > longest) longest = run;
        run = 0;
      }
      place = place + 1 === size ? 0 : place + 1;
    }
    // 2. Where chance would hardly ever get.
    const p = (failures + 0.5) / (this.#count + 1);
    const byChance = Math.ceil(Math.log(CHANCE_OPENINGS / (size * (1 - p))) / Math.log(p));
    const aim = Math.max(MIN_THRESHOLD, longest + 1, byChance);
    // 3. One step towards it.
    this.#threshold = this.#moved(this.#threshold, Math.min(aim, this.#options.maxFailureThreshold));
  }

  /** One step from a value towards an aim. */
  #moved(value: number, aim: number): number {
    const rate = this.#options.adjustmentRate;
    return aim > value ? Math.min(aim, value * (1 + rate)) : Math.max(aim, value * (1 - rate));
  }
}

/** Where it is on: from what was saved, else from the options. */
export function createThresholds(options: BreakerOptions, saved: SavedThresholds | null): AdaptiveThresholds | null {
  if (!options.adaptive.enabled) return null;
  const start = saved ?? { threshold: options.failureThreshold, recoveryMs: options.recoveryTimeoutMs };
  return new AdaptiveThresholds(options.adaptive, start);
}
