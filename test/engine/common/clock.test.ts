import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock, Timeline } from "../../../src/engine/common/clock.ts";

const HOUR = 3_600_000;
const steps = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 1_000 : 100;

describe("Timeline", () => {
  test("stamps follow the wall clock while nobody touches it", () => {
    const clock = new ManualClock(0, 1_000_000);
    const timeline = new Timeline(clock);
    clock.advance(1_000);
    expect(timeline.now()).toEqual({ wallMs: 1_001_000, monotonicMs: 1_000, jump: null });
  });

  test("a jump is told once, with its size and sign", () => {
    const clock = new ManualClock();
    const timeline = new Timeline(clock);
    clock.advance(1_000);
    clock.jumpWall(-HOUR);
    expect(timeline.now().jump).toEqual({ code: "clock.jump", args: { byMs: -HOUR } });
    clock.advance(1_000);
    expect(timeline.now().jump).toBeNull();
  });

  test("after a jump back, stamps go on at half the pace until the wall clock has caught up with them", () => {
    const clock = new ManualClock(0, 10 * HOUR);
    const timeline = new Timeline(clock);
    clock.jumpWall(-HOUR);
    clock.advance(1_000);
    expect(timeline.now().wallMs).toBe(10 * HOUR + 500);
    for (let minute = 0; minute < 121; minute++) {
      clock.advance(60_000);
      timeline.now();
    }
    expect(timeline.now().wallMs).toBe(clock.wallMs());
  });

  test(`jumps of ±1 h and ±1 d: stamps never run backwards and durations are off by nothing (${steps} steps a run)`, () => {
    const step = fc.record({
      jump: fc.constantFrom(0, HOUR, -HOUR, 24 * HOUR, -24 * HOUR),
      pass: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: steps, maxLength: steps }), (trace) => {
        const clock = new ManualClock();
        const timeline = new Timeline(clock);
        let last = timeline.now();
        let passed = 0;
        for (const { jump, pass } of trace) {
          clock.jumpWall(jump);
          clock.advance(pass);
          passed += pass;
          const stamp = timeline.now();
          expect(stamp.wallMs).toBeGreaterThanOrEqual(last.wallMs);
          expect(stamp.monotonicMs).toBe(passed);
          expect(stamp.jump !== null).toBe(jump !== 0);
          last = stamp;
        }
      }),
      { numRuns: 20 },
    );
  });
});
