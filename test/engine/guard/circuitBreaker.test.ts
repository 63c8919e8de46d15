import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import { type BreakerOptions, DEFAULT_BREAKER } from "../../../src/engine/guard/breakerOptions.ts";
import { savedBreaker } from "../../../src/engine/guard/breakerState.ts";
import { CircuitBreaker } from "../../../src/engine/guard/circuitBreaker.ts";
import { breakerWith, dueBreaker, fail, permit, succeed, TestClock } from "./helpers.ts";

describe("defaults of the milestone", () => {
  test("five failures in a row open it for a minute, three successes close it", () => {
    const { breaker, clock } = breakerWith();
    fail(breaker, 4);
    succeed(breaker);
    fail(breaker, 4);
    expect(breaker.state.kind).toBe("closed");
    fail(breaker);
    expect(breaker.state).toMatchObject({
      kind: "open",
      sinceMs: clock.ms,
      untilMs: clock.ms + 60_000,
      reason: { code: "breaker.consecutive", args: { failures: 5 } },
    });
    clock.ms += 59_999;
    expect(breaker.tryAcquire()).toBeNull();
    clock.ms += 1;
    succeed(breaker, 2);
    expect(breaker.state).toMatchObject({ kind: "halfOpen", successes: 2, inUse: 0 });
    succeed(breaker);
    expect(breaker.state.kind).toBe("closed");
  });
});

// Behaviours of resilience4j's CircuitBreakerStateMachineTest, by its names where it has them.
describe("resilience4j CircuitBreakerStateMachineTest", () => {
  test("shouldOnlyAllowFourTestRequests: only N calls permitted half-open, surplus refused at once", () => {
    const { breaker } = dueBreaker({ halfOpenPermits: 4, successThreshold: 10 });
    const permits = Array.from({ length: 4 }, () => permit(breaker));
    expect(breaker.tryAcquire()).toBeNull();
    expect(breaker.available()).toBe(0);
    expect(breaker.metrics().refused).toBe(1);
    permits[0]?.success(1);
    expect(breaker.available()).toBe(1);
  });

  test("no more calls are let through than successes are still needed", () => {
    const { breaker } = dueBreaker({ halfOpenPermits: 5, successThreshold: 2 });
    expect(breaker.available()).toBe(2);
    const first = permit(breaker);
    permit(breaker);
    expect(breaker.tryAcquire()).toBeNull();
    first.success(1);
    expect(breaker.tryAcquire()).toBeNull();
  });

  test("shouldReleasePermissionWhenExceptionIgnored: an ignored call gives its permit back and decides nothing", () => {
    const { breaker } = dueBreaker({ halfOpenPermits: 1, successThreshold: 1 });
    permit(breaker).ignore();
    expect(breaker.state).toMatchObject({ kind: "halfOpen", inUse: 0 });
    permit(breaker).success(1);
    expect(breaker.state.kind).toBe("closed");
  });

  test("shouldIgnoreExceptionsAndThenTransitionToClosed", async () => {
    const { breaker } = dueBreaker({ successThreshold: 1 });
    const ignored = new Error("not the service's fault");
    const call = () => Promise.reject(ignored);
    await expect(breaker.execute(call, { isIgnored: (error) => error === ignored })).rejects.toBe(ignored);
    expect(breaker.state.kind).toBe("halfOpen");
    await breaker.execute(() => Promise.resolve(1));
    expect(breaker.state.kind).toBe("closed");
  });

  test("shouldOpenAfterSlowCallRateThreshold, and slow calls below it do not", () => {
    const options = { slowCallMs: 100, slowCallRate: 0.5, minimumCalls: 10, failureRate: null };
    const { breaker } = breakerWith(options);
    succeed(breaker, 5);
    succeed(breaker, 4, 101);
    expect(breaker.state.kind).toBe("closed");
    succeed(breaker, 1, 101);
    expect(breaker.state).toMatchObject({
      kind: "open",
      reason: { code: "breaker.slowRate", args: { slow: 5, calls: 10 } },
    });
  });

  test("shouldOpenAfterFailureRateThreshold, not before the minimum of calls", () => {
    const { breaker } = breakerWith({ failureThreshold: 100, failureRate: 0.5, minimumCalls: 10 });
    for (let n = 0; n < 4; n++) {
      fail(breaker);
      succeed(breaker);
    }
    fail(breaker);
    expect(breaker.state.kind).toBe("closed");
    fail(breaker);
    expect(breaker.state).toMatchObject({ kind: "open", reason: { code: "breaker.failureRate" } });
  });

  test("shouldTransitionToOpenWhenMaxWaitDurationInHalfOpenPasses: a probe that hangs reopens it", () => {
    const { breaker, clock } = dueBreaker({ halfOpenDeadlineMs: 500 });
    const hung = permit(breaker);
    clock.ms += 499;
    expect(breaker.state.kind).toBe("halfOpen");
    clock.ms += 1;
    expect(breaker.state).toMatchObject({ kind: "open", reason: { code: "breaker.probeHung" } });
    hung.success(1_000);
    expect(breaker.state.kind).toBe("open");
  });

  test("a slow success in half-open is no recovery", () => {
    const { breaker } = dueBreaker({ slowCallMs: 100 });
    succeed(breaker, 1, 101);
    expect(breaker.state).toMatchObject({ kind: "open", reason: { code: "breaker.probeSlow" } });
  });

  test("shouldNotAllowIllegalTransition: closed → half-open is refused by name", () => {
    const { breaker } = breakerWith();
    expect(() => breaker.halfOpen()).toThrow(CodedError);
    fail(breaker, 5);
    breaker.halfOpen();
    expect(breaker.state.kind).toBe("halfOpen");
    breaker.forceOpen();
    expect(() => breaker.halfOpen()).toThrow(/breaker\.illegal/);
  });

  test("forced open lets nothing through for as long as it is, and counts nothing", () => {
    const { breaker, clock } = breakerWith();
    const before = permit(breaker);
    breaker.forceOpen();
    clock.ms += 1e9;
    expect(breaker.tryAcquire()).toBeNull();
    before.failure(1);
    expect(breaker.state.kind).toBe("forcedOpen");
    expect(breaker.metrics().calls).toBe(0);
  });

  test("metrics only lets everything through, counts, and never opens", () => {
    const { breaker } = breakerWith();
    breaker.metricsOnly();
    fail(breaker, 50);
    expect(breaker.state.kind).toBe("metricsOnly");
    expect(breaker.metrics()).toMatchObject({ calls: 50, failures: 50, failureRate: 1 });
  });

  test("shouldResetMetrics: closed, the window empty, earlier openings forgotten", () => {
    const { breaker, clock } = dueBreaker({ recoveryGrowth: 2 });
    fail(breaker);
    expect(breaker.metrics().recoveryMsNow).toBe(120_000);
    breaker.reset();
    expect(breaker.state).toEqual({ kind: "closed" });
    expect(breaker.metrics()).toMatchObject({ calls: 0, consecutiveFailures: 0, recoveryMsNow: 60_000 });
    fail(breaker, 5);
    expect(breaker.state).toMatchObject({ untilMs: clock.ms + 60_000 });
  });

  test("calls of a state that is over change nothing in the next", () => {
    const { breaker, clock } = breakerWith({ successThreshold: 1 });
    const late = Array.from({ length: 10 }, () => permit(breaker));
    fail(breaker, 5);
    clock.ms += 60_000;
    breaker.look();
    for (const permitOfClosed of late) permitOfClosed.failure(1);
    expect(breaker.state.kind).toBe("halfOpen");
    permit(breaker).success(1);
    expect(breaker.state.kind).toBe("closed");
  });
});

describe("Hystrix", () => {
  test("testUnsubscriptionDoesntLeaveCircuitStuckHalfOpen: a cancelled probe gives its permit back", async () => {
    const { breaker } = dueBreaker({ halfOpenPermits: 1, successThreshold: 1 });
    const abort = new AbortController();
    const hanging = breaker.execute(() => new Promise(() => undefined), { signal: abort.signal });
    await expect(breaker.execute(() => Promise.resolve(1))).rejects.toMatchObject({ code: "breaker.open" });
    abort.abort(new Error("not wanted any more"));
    await expect(hanging).rejects.toThrow("not wanted any more");
    await expect(breaker.execute(() => Promise.resolve(2))).resolves.toBe(2);
    expect(breaker.state.kind).toBe("closed");
  });

  test("testLowVolumeDoesNotTripCircuit: a rate over few calls opens nothing", () => {
    const { breaker } = breakerWith({ failureThreshold: 1_000 });
    fail(breaker, 19);
    expect(breaker.state.kind).toBe("closed");
    fail(breaker);
    expect(breaker.state.kind).toBe("open");
  });
});

describe("execute", () => {
  test("refuses at once with how long to wait, or answers with the fallback", async () => {
    const { breaker, clock } = breakerWith();
    fail(breaker, 5);
    clock.ms += 20_000;
    await expect(breaker.execute(() => Promise.resolve(1))).rejects.toMatchObject({
      code: "breaker.open",
      args: { breaker: "test", state: "open", retryAfterMs: 40_000 },
    });
    const fallback = (reason: CodedError) => reason.code;
    await expect(breaker.execute<unknown>(() => Promise.resolve(1), { fallback })).resolves.toBe("breaker.open");
  });

  test("a probe that hangs settles at its deadline, and its call is told to end", async () => {
    const { breaker, clock } = dueBreaker({ halfOpenDeadlineMs: 1_000 });
    let told: AbortSignal | undefined;
    const hung = breaker.execute((signal) => {
      told = signal;
      return new Promise(() => undefined);
    });
    clock.ms += 1_000;
    breaker.look();
    await expect(hung).rejects.toMatchObject({ code: "breaker.probeDeadline" });
    expect(told?.aborted).toBe(true);
    expect(breaker.state.kind).toBe("open");
  });

  test("what the call throws comes through and counts", async () => {
    const { breaker } = breakerWith({ failureThreshold: 1 });
    await expect(breaker.execute(() => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(breaker.state.kind).toBe("open");
  });
});

describe("recovery time", () => {
  test("grows with each failed try up to its ceiling, and starts anew after a recovery", () => {
    const { breaker, clock } = breakerWith({ recoveryMaxMs: 200_000, successThreshold: 1 });
    const waits: number[] = [];
    fail(breaker, 5);
    for (let n = 0; n < 4; n++) {
      const { state } = breaker;
      if (state.kind !== "open") throw new Error(state.kind);
      waits.push(state.untilMs - clock.ms);
      clock.ms = state.untilMs;
      if (n < 3) fail(breaker);
    }
    expect(waits).toEqual([60_000, 120_000, 200_000, 200_000]);
    succeed(breaker);
    fail(breaker, 5);
    expect(breaker.state).toMatchObject({ untilMs: clock.ms + 60_000 });
  });

  test("varies within its jitter", () => {
    const waits = Array.from({ length: 200 }, (_, seed) => {
      const clock = new TestClock();
      const breaker = new CircuitBreaker("j", DEFAULT_BREAKER, { nowMs: clock.now, rng: createRng(seed) });
      fail(breaker, 5);
      const { state } = breaker;
      return state.kind === "open" ? state.untilMs - clock.ms : Number.NaN;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(54_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(66_000);
    expect(new Set(waits).size).toBeGreaterThan(100);
  });
});

describe("a restart", () => {
  const restored = (from: CircuitBreaker, agoMs: number, options: Partial<BreakerOptions> = {}) => {
    const clock = new TestClock();
    // The next process has another monotonic clock.
    clock.ms = 5;
    const saved = savedBreaker.parse(JSON.parse(JSON.stringify(from.save())));
    const parts = { nowMs: clock.now, rng: createRng(1), saved: { saved, agoMs } };
    return { clock, breaker: new CircuitBreaker("test", { ...DEFAULT_BREAKER, jitterRatio: 0, ...options }, parts) };
  };

  test("leaves an open one open for what is left of its time", () => {
    const { breaker, clock } = breakerWith();
    fail(breaker, 5);
    clock.ms += 10_000;
    const next = restored(breaker, 20_000);
    next.clock.ms += 29_999;
    expect(next.breaker.state).toMatchObject({ kind: "open", reason: { code: "breaker.consecutive" } });
    next.clock.ms += 1;
    expect(next.breaker.state.kind).toBe("halfOpen");
  });

  test("keeps what an operator forced, and how often half-open failed", () => {
    const { breaker } = dueBreaker();
    fail(breaker);
    expect(restored(breaker, 0).breaker.metrics().recoveryMsNow).toBe(120_000);
    breaker.forceOpen();
    expect(restored(breaker, 1e9).breaker.state.kind).toBe("forcedOpen");
  });

  test("a half-open one begins its probes anew, and a time in the future is no longer than it could have been", () => {
    const { breaker } = dueBreaker();
    permit(breaker);
    expect(restored(breaker, 0).breaker.state).toMatchObject({ kind: "halfOpen", inUse: 0 });
    const { breaker: open } = breakerWith();
    fail(open, 5);
    const saved = { ...open.save(), leftMs: 1e15 };
    const clock = new TestClock();
    const parts = { nowMs: clock.now, rng: createRng(1), saved: { saved, agoMs: 0 } };
    const next = new CircuitBreaker("test", { ...DEFAULT_BREAKER, jitterRatio: 0 }, parts);
    expect(next.state).toMatchObject({ untilMs: clock.ms + DEFAULT_BREAKER.recoveryMaxMs });
  });
});

test("a bad number is refused by field and value", () => {
  const bad: [Partial<BreakerOptions>, RegExp][] = [
    [{ failureThreshold: 0 }, /failureThreshold .* got 0/],
    [{ failureThreshold: Number.NaN }, /failureThreshold .* got NaN/],
    [{ recoveryTimeoutMs: -1 }, /recoveryTimeoutMs .* got -1/],
    [{ recoveryTimeoutMs: "60s" as unknown as number }, /recoveryTimeoutMs .* got 60s/],
    [{ successThreshold: 1.5 }, /successThreshold .* got 1.5/],
    [{ window: { kind: "count", calls: 0 } }, /window\.calls .* got 0/],
    [{ window: { kind: "time", ms: Number.POSITIVE_INFINITY } }, /window\.ms .* got Infinity/],
    [{ failureRate: 1.1 }, /failureRate .* got 1.1/],
    [{ jitterRatio: 0.6 }, /jitterRatio .* got 0.6/],
    [{ recoveryGrowth: 0.9 }, /recoveryGrowth .* got 0.9/],
  ];
  for (const [options, message] of bad) expect(() => breakerWith(options), String(message)).toThrow(message);
  const { breaker } = breakerWith();
  expect(() => breaker.reconfigure({ ...DEFAULT_BREAKER, minimumCalls: 0 })).toThrow(RangeError);
});

test("other options live: the state and the counts stay", () => {
  const { breaker } = breakerWith();
  fail(breaker, 3);
  breaker.reconfigure({ ...DEFAULT_BREAKER, failureThreshold: 4 });
  expect(breaker.metrics().calls).toBe(3);
  fail(breaker);
  expect(breaker.state.kind).toBe("open");
});
