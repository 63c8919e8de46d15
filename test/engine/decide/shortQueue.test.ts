import { describe, expect, test } from "vitest";
import { AdaptiveScaler } from "../../../src/engine/decide/adaptiveScaler.ts";
import { shortQueue } from "../../../src/engine/decide/shortQueue.ts";
import type { ScalerVerdict, ScalerView } from "../../../src/engine/ports.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { forecastOf, view } from "./view.ts";

const mean = (waiting: number | null, waitingChange = -1) => ({
  ...{ low: 4 + (waiting ?? 0), high: 4 + (waiting ?? 0), heldBack: 0 },
  waiting,
  waitingChange,
});
const of = (over: Partial<ScalerView> = {}): ScalerView =>
  view(0, 4, null, { startUpMs: 30_000, taskSeconds: 10, ...over });

describe("a queue", () => {
  test("that the agents there are will have done before a new one is ready is short", () => {
    // 8 · 10 s ÷ 4 agents
    expect(shortQueue(of(), mean(8))).toEqual({ waiting: 8, doneInMs: 20_000, startUpMs: 30_000 });
    expect(shortQueue(of(), mean(12))).toBeNull();
    expect(shortQueue(of({ startUpMs: 10_000 }), mean(8))).toBeNull();
  });

  test("that does not shrink is fed as fast as it is worked off", () => {
    expect(shortQueue(of(), mean(8, 0))).toBeNull();
    expect(shortQueue(of(), mean(8, 2))).toBeNull();
  });

  test.each([
    ["how long a task takes", of({ taskSeconds: null }), mean(8)],
    ["how long a start takes", of({ startUpMs: null }), mean(8)],
    ["what waits", of(), mean(null)],
    ["what waits, as a number", of(), mean(Number.NaN)],
    ["any agent", of({ live: 0 }), mean(8)],
  ])("is not called short without %s", (_, one, load) => {
    expect(shortQueue(one, load)).toBeNull();
  });

  test("is none when nothing waits", () => {
    expect(shortQueue(of(), mean(0))).toBeNull();
  });
});

describe("the adaptive rule", () => {
  /** 4 busy agents, and a queue that changes by so many tasks a second from so many on. */
  function last(from: number, perSecond: number, over: Partial<ScalerView> = {}): ScalerVerdict {
    const scaler = new AdaptiveScaler();
    let verdict: ScalerVerdict | null = null;
    for (let second = 0; second <= 8; second++) {
      const waiting = Math.max(0, from + perSecond * second);
      const low = 4 + waiting;
      const reading = { monotonicMs: 1_000 * second, low, high: low, waiting, source: "measured" as const };
      verdict = scaler.look(view(1_000 * second, 4, null, { reading, startUpMs: 30_000, taskSeconds: 5, ...over }));
    }
    return verdict as ScalerVerdict;
  }

  test("does not grow for a queue that is gone before an agent has started, and says so", () => {
    const verdict = last(12, -0.5);
    expect(verdict).toMatchObject({ to: 4, reason: { code: "scaling.shortQueue", args: { waiting: 10 } } });
    expect(reasonText(verdict.reason)).toBe(
      "Load is 3.5, but what waits (10 tasks) is done in 13 s by the agents there are, and a new one needs 30 s to start.",
    );
  });

  test("grows for one that lasts longer, that does not shrink, or whose tasks nobody has timed", () => {
    for (const verdict of [
      last(60, -0.5),
      last(12, 0),
      last(4, 1),
      last(12, -0.5, { taskSeconds: null }),
      last(12, -0.5, { startUpMs: 1_000 }),
    ])
      expect(verdict).toMatchObject({ to: expect.toSatisfy((to: number) => to > 4), reason: { code: "scaling.up" } });
  });

  test("grows for the load that a forecast expects, however short the queue of this moment is", () => {
    const forecast = forecastOf(0, [9, 9, 9, 9]);
    expect(last(12, -0.5, { forecast }).to).toBeGreaterThan(4);
  });
});
