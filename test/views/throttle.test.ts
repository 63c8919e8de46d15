import { describe, expect, it } from "vitest";
import { Throttle, type Timers } from "../../src/views/throttle.ts";

class ManualTimers implements Timers {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];

  monotonicMs(): number {
    return this.now;
  }
  setTimeout(run: () => void, ms: number): unknown {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return timer;
  }
  clearTimeout(handle: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  }
  advance(ms: number): void {
    this.now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
  }
}

describe("the throttle", () => {
  it("runs at once, then at most once per interval however often it is asked", () => {
    const timers = new ManualTimers();
    const at: number[] = [];
    const throttle = new Throttle(500, () => at.push(timers.now), timers);
    for (let step = 0; step < 100; step++) {
      throttle.request();
      timers.advance(20);
    }
    timers.advance(500);
    expect(at).toEqual([0, 500, 1000, 1500, 2000]);
  });

  it("runs no more after its end", () => {
    const timers = new ManualTimers();
    let runs = 0;
    const throttle = new Throttle(500, () => runs++, timers);
    throttle.request();
    throttle.request();
    throttle.dispose();
    timers.advance(1_000);
    expect(runs).toBe(1);
  });

  it("refuses an interval that is none", () => {
    expect(() => new Throttle(0, () => undefined)).toThrow(/intervalMs must be > 0, got 0/);
  });
});
