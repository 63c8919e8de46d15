import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import { type AdaptiveOptions, AdaptiveThresholds } from "../../../src/engine/guard/adaptiveThresholds.ts";
import { CountWindow, TimeWindow } from "../../../src/engine/guard/slidingWindow.ts";

const options: AdaptiveOptions = {
  enabled: true,
  windowSize: 1_000,
  adjustmentRate: 0.1,
  maxFailureThreshold: 100,
  maxRecoveryMs: 600_000,
};
const start = { threshold: 5, recoveryMs: 60_000 };
function after(failureProbability: number, calls: number, change: Partial<AdaptiveOptions> = {}): AdaptiveThresholds {
  const adaptive = new AdaptiveThresholds({ ...options, ...change }, start);
  const rng = createRng(3);
  for (let n = 0; n < calls; n++) adaptive.record(rng() < failureProbability);
  return adaptive;
}

describe("the threshold", () => {
  test("rises on a noisy service to where chance hardly gets, and falls on a quiet one", () => {
    // ln(0.001 ÷ (1000 · 0.65)) ÷ ln 0.35 = 12.8; longer runs than chance expects would add to it.
    expect(after(0.35, 5_000).threshold).toBeGreaterThanOrEqual(13);
    expect(after(0.2, 5_000).threshold).toBeGreaterThanOrEqual(9);
    expect(after(0, 5_000).threshold).toBe(2);
  });

  test("moves by at most a tenth of itself a step, and never past its ceiling or floor", () => {
    const adaptive = new AdaptiveThresholds(options, start);
    const rng = createRng(5);
    let before = adaptive.save().threshold;
    for (let n = 0; n < 20_000; n++) {
      adaptive.record(rng() < (n < 10_000 ? 0.5 : 0));
      const now = adaptive.save().threshold;
      expect(Math.abs(now - before)).toBeLessThanOrEqual(before * 0.1 + 1e-9);
      before = now;
    }
    expect(after(0.9, 20_000, { maxFailureThreshold: 12 }).threshold).toBe(12);
    expect(after(0, 20_000).threshold).toBeGreaterThanOrEqual(1);
  });

  test("stays where it is until there is something to go by", () => {
    expect(after(0.5, 99).threshold).toBe(5);
  });

  test("is not raised by the outage that it found, but by one that was none", () => {
    const adaptive = after(0, 2_000);
    const quiet = adaptive.threshold;
    for (let n = 0; n < 4; n++) adaptive.record(true);
    adaptive.opened(4);
    adaptive.relapsed();
    adaptive.recovered(false);
    for (let n = 0; n < 200; n++) adaptive.record(false);
    expect(adaptive.threshold).toBe(quiet);
    for (let n = 0; n < 4; n++) adaptive.record(true);
    adaptive.opened(4);
    adaptive.recovered(true);
    for (let n = 0; n < 900; n++) adaptive.record(false);
    expect(adaptive.threshold).toBe(5);
  });
});

describe("the recovery time", () => {
  test("shrinks when the first try succeeds, grows when it fails, within 1 s and its ceiling", () => {
    const adaptive = new AdaptiveThresholds(options, start);
    adaptive.relapsed();
    expect(adaptive.recoveryMs).toBeCloseTo(66_000);
    for (let n = 0; n < 100; n++) adaptive.relapsed();
    expect(adaptive.recoveryMs).toBe(600_000);
    for (let n = 0; n < 200; n++) adaptive.recovered(true);
    expect(adaptive.recoveryMs).toBe(1_000);
  });
});

test("bad numbers are refused by name", () => {
  expect(() => new AdaptiveThresholds({ ...options, windowSize: 0 }, start)).toThrow(
    "adaptive.windowSize must be an integer ≥ 1, got 0",
  );
  expect(() => new AdaptiveThresholds({ ...options, adjustmentRate: Number.NaN }, start)).toThrow("got NaN");
});

// resilience4j's FixedSizeSlidingWindowMetricsTest and SlidingTimeWindowMetricsTest.
describe("windows", () => {
  test("of calls: the last n, whatever the time", () => {
    const window = new CountWindow(5);
    for (const [failed, slow] of [
      [true, false],
      [false, true],
      [true, true],
      [false, false],
      [true, false],
    ] as const)
      window.record(0, failed, slow);
    expect(window.totals()).toEqual({ calls: 5, failures: 3, slow: 2 });
    window.record(0, false, false);
    expect(window.totals()).toEqual({ calls: 5, failures: 2, slow: 2 });
    window.clear();
    expect(window.totals()).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  test("of time: forgotten when their time is over, and not before", () => {
    const window = new TimeWindow(5_000);
    window.record(0, true, false);
    window.record(1_000, false, true);
    expect(window.totals(4_999)).toEqual({ calls: 2, failures: 1, slow: 1 });
    expect(window.totals(5_300)).toEqual({ calls: 1, failures: 0, slow: 1 });
    expect(window.totals(1e9)).toEqual({ calls: 0, failures: 0, slow: 0 });
    window.record(1e9, true, true);
    expect(window.totals(1e9)).toEqual({ calls: 1, failures: 1, slow: 1 });
  });
});
