import type { Disposable } from "./disposable.ts";

import type { Coded } from "./errors.ts";

/** Two clocks that must never be mixed: durations are monotonic, wall time is for display and storage. */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** A clock that tests move by hand; both hands start where they are told. */
export class ManualClock implements Clock {
  #monotonic: number;
  #wall: number;

  constructor(monotonicMs = 0, wallMs = 1_700_000_000_000) {
    this.#monotonic = monotonicMs;
    this.#wall = wallMs;
  }

  monotonicMs(): number {
    return this.#monotonic;
  }

  wallMs(): number {
    return this.#wall;
  }

  /** Time passes: both hands move. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`advance: ms must be ≥ 0, got ${ms}`);
    this.#monotonic += ms;
    this.#wall += ms;
  }

  /** Somebody sets the wall clock: only that hand moves. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }
}

/** How far the wall clock may drift from the monotonic one between two ticks before it counts as set by somebody. */
const JUMP_THRESHOLD_MS = 1_000;

/** Pace of the stamps while they are ahead of the wall clock. */
const SLEW = 0.5;

export interface Stamp {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Set when the wall clock was moved since the previous stamp. */
  readonly jump: Coded | null;
}

/**
 * Stamps for storage that never run backwards. Behind a backward jump they go on at half the pace of time, so that the
 * wall clock catches up with them and an hour's jump does not leave them an hour off for ever. Every jump is reported
 * once, as an event.
 */
export class Timeline {
  readonly #clock: Clock;
  #lastWall: number;
  #lastMonotonic: number;
  #lastStamp: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastWall = clock.wallMs();
    this.#lastMonotonic = clock.monotonicMs();
    this.#lastStamp = this.#lastWall;
  }

  now(): Stamp {
    const wall = this.#clock.wallMs();
    const monotonic = this.#clock.monotonicMs();
    const elapsed = monotonic - this.#lastMonotonic;
    const drift = wall - this.#lastWall - elapsed;
    const jump: Coded | null =
      Math.abs(drift) > JUMP_THRESHOLD_MS ? { code: "clock.jump", args: { byMs: Math.round(drift) } } : null;
    this.#lastStamp = Math.max(wall, this.#lastStamp + SLEW * Math.max(0, elapsed));
    this.#lastWall = wall;
    this.#lastMonotonic = monotonic;
    return { wallMs: this.#lastStamp, monotonicMs: monotonic, jump };
  }
}

/** Calls back after `ms`; the result cancels. */
export function systemTimer(callback: () => void, ms: number): Disposable {
  const timer = setTimeout(callback, ms);
  return { dispose: () => clearTimeout(timer) };
}
