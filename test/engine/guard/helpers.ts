import { createRng } from "../../../src/engine/common/rng.ts";
import { type BreakerOptions, DEFAULT_BREAKER } from "../../../src/engine/guard/breakerOptions.ts";
import type { BreakerPermit } from "../../../src/engine/guard/breakerState.ts";
import { CircuitBreaker } from "../../../src/engine/guard/circuitBreaker.ts";

/** A monotonic clock that the test moves. */
export class TestClock {
  ms = 1_000;
  readonly now = () => this.ms;
}

export function breakerWith(options: Partial<BreakerOptions> = {}, clock = new TestClock()) {
  const breaker = new CircuitBreaker(
    "test",
    { ...DEFAULT_BREAKER, jitterRatio: 0, ...options },
    { nowMs: clock.now, rng: createRng(1) },
  );
  return { breaker, clock };
}

export function permit(breaker: CircuitBreaker): BreakerPermit {
  const given = breaker.tryAcquire();
  if (given === null) throw new Error(`no permit in ${breaker.state.kind}`);
  return given;
}

export function fail(breaker: CircuitBreaker, times = 1): void {
  for (let n = 0; n < times; n++) permit(breaker).failure(1);
}

export function succeed(breaker: CircuitBreaker, times = 1, durationMs = 1): void {
  for (let n = 0; n < times; n++) permit(breaker).success(durationMs);
}

/** Open, at the moment when its recovery time is over. */
export function dueBreaker(options: Partial<BreakerOptions> = {}) {
  const made = breakerWith(options);
  fail(made.breaker, made.breaker.metrics().thresholdNow);
  made.clock.ms += options.recoveryTimeoutMs ?? DEFAULT_BREAKER.recoveryTimeoutMs;
  return made;
}
