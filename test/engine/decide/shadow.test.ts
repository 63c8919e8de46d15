import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AdaptiveScaler } from "../../../src/engine/decide/adaptiveScaler.ts";
import { Shadow } from "../../../src/engine/decide/shadow.ts";
import type { ScalerVerdict, ScalerView } from "../../../src/engine/ports.ts";
import type { ShadowReport } from "../../../src/engine/protocol/model.ts";
import { shadowText } from "../../../src/text/shadow.ts";
import { view } from "./view.ts";

const HOUR_S = 3_600;
const any = (verdict: ScalerVerdict): ScalerVerdict => verdict;

/** A real swarm that stays at its size, task by task of ten seconds, looked at each second. */
function follow(
  seconds: number,
  live: number,
  demandAt: (second: number) => number | null,
  over: Partial<ScalerView> = {},
  withinRoom = any,
  shadow = new Shadow(new AdaptiveScaler()),
): ShadowReport | null {
  let report: ShadowReport | null = null;
  for (let second = 0; second < seconds; second++) {
    const seen = view(second * 1_000, live, demandAt(second), over);
    report = shadow.look({ view: seen, ranMs: second < 10 ? [10_000] : [], mayAct: true, withinRoom });
  }
  return report;
}

/** Tasks of ten seconds arrive at a rate; of those that are there `live` are worked on. */
function queue(live: number, perSecond: (second: number) => number): (second: number) => number {
  let tasks = 0;
  return (second) => {
    tasks = Math.max(0, tasks + perSecond(second) - Math.min(live, tasks) / 10);
    return tasks;
  };
}

describe("what auto would have meant", () => {
  test("waiting avoided for agents more, when a burst came to a swarm too small", () => {
    const burst = queue(4, (second) => (second >= 100 && second < 400 ? 0.8 : 0.25));
    const report = follow(HOUR_S, 4, burst);
    // 300 s at twice what four agents can do leave a queue of 120 tasks and more, gone only after ten minutes.
    expect(report?.changes).toBeGreaterThan(0);
    expect(report?.waitAvoidedSeconds).toBeGreaterThan(10_000);
    expect(report?.agentHours).toBeGreaterThan(0);
    // Fifty agents at most, of which the cooldowns let go slowly.
    expect(report?.agentHours).toBeLessThan(12);
    expect(shadowText(report as ShadowReport)).toMatch(
      /^auto would have avoided .+ of waiting for .+ agent-hours in the last 1 h \(\d+ changes\)$/,
    );
  });

  test("agents saved and no waiting, when the swarm is larger than its load", () => {
    const report = follow(
      HOUR_S,
      20,
      queue(20, () => 0.2),
    );
    expect(report?.agentHours).toBeLessThan(-5);
    expect(Math.abs(report?.waitAvoidedSeconds ?? Number.NaN)).toBeLessThan(60);
    expect(report?.target).toBeLessThan(10);
  });

  test("no difference, when it would have left things as they are", () => {
    const report = follow(600, 10, () => 6) as ShadowReport;
    expect(report).toMatchObject({ target: 10, changes: 0, agentHours: 0, waitAvoidedSeconds: 0 });
    expect(shadowText(report)).toBe("auto would have made no difference in the last 10 min (0 changes)");
  });

  test("not before tasks were seen to end, nor from a load that is only derived", () => {
    const shadow = new Shadow(new AdaptiveScaler());
    for (let second = 0; second < 60; second++) {
      const look = { view: view(second * 1_000, 4, 20), ranMs: [], mayAct: true, withinRoom: any };
      const report = shadow.look(look);
      if (second > 0) expect(report?.waitAvoidedSeconds).toBeNull();
    }
    const reading = { monotonicMs: 0, low: 3, high: 3, source: "derived" as const };
    expect(follow(60, 4, () => 9, { reading })).toBeNull();
    expect(follow(60, 4, () => null)).toBeNull();
  });

  test("never more than there was room for", () => {
    const none = (verdict: ScalerVerdict): ScalerVerdict => ({ ...verdict, to: 4 });
    expect(follow(600, 4, () => 30, {}, none)).toMatchObject({ target: 4, changes: 0, agentHours: 0 });
  });

  test("what was really changed it would have too, and begins from there", () => {
    const shadow = new Shadow(new AdaptiveScaler());
    follow(60, 4, () => 3, {}, any, shadow);
    const report = shadow.look({ view: view(60_000, 9, 3), ranMs: [], mayAct: true, withinRoom: any });
    expect(report?.target).toBe(9);
  });

  test("a gap is not filled in", () => {
    const shadow = new Shadow(new AdaptiveScaler());
    follow(60, 4, () => 12, {}, any, shadow);
    const before = shadow.look({ view: view(60_000, 4, 12), ranMs: [], mayAct: false, withinRoom: any });
    const after = shadow.look({ view: view(3_660_000, 4, 12), ranMs: [], mayAct: false, withinRoom: any });
    expect(after?.observedMs).toBe(before?.observedMs);
    expect(after?.waitAvoidedSeconds).toBe(before?.waitAvoidedSeconds);
  });

  test("a day at most, whatever the readings are", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 50 }), (loads) => {
        const shadow = new Shadow(new AdaptiveScaler());
        let report: ShadowReport | null = null;
        for (let n = 0; n < 200; n++) {
          const seen = view(n * 1_800_000, 4, loads[n % loads.length] ?? 0, { tickIntervalMs: 1_800_000 });
          report = shadow.look({ view: seen, ranMs: [loads[n % loads.length] ?? 0], mayAct: true, withinRoom: any });
        }
        if (report === null) return;
        expect(report.spanMs).toBeLessThanOrEqual(86_400_000);
        expect(Number.isFinite(report.agentHours) && !Number.isNaN(report.waitAvoidedSeconds ?? 0)).toBe(true);
      }),
    );
  });
});
