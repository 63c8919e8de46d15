import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AdaptiveScaler } from "../../../../src/engine/decide/adaptiveScaler.ts";
import { DqnScaler } from "../../../../src/engine/decide/dqn/dqnScaler.ts";
import type { PolicyChooser, ScalerView } from "../../../../src/engine/ports.ts";
import { forecastOf, policy, view } from "../view.ts";

const MINUTE = 60_000;
const acting = { ...policy, policy: "dqn" as const };

/** Takes the last allowed action it can: the most agents; or the first: the fewest. */
function chooser(wants: "most" | "fewest" | "rule", beats = true): PolicyChooser & { asked: number } {
  const actions = wants === "most" ? [4, 3, 2, 1, 0] : wants === "fewest" ? [0, 1, 2, 3, 4] : [2];
  return {
    asked: 0,
    choose(_observation, allowed) {
      this.asked++;
      return actions.find((action) => ((allowed >> action) & 1) === 1) ?? 2;
    },
    decisionMs: MINUTE,
    taskSeconds: 30,
    beats,
  };
}

/** Both scalers look at the same steady load for a while, one a second. */
function pair(one: PolicyChooser | null) {
  const rule = new AdaptiveScaler();
  const dqn = new DqnScaler(new AdaptiveScaler(), () => one);
  return {
    dqn,
    acted(from: number, to: number, nowMs: number): void {
      rule.acted(from, to, nowMs);
      dqn.acted(from, to, nowMs);
    },
    look(nowMs: number, live: number, demand: number | null, over: Partial<ScalerView> = {}) {
      const seen = view(nowMs, live, demand, over);
      return { rule: rule.look(seen), dqn: dqn.look(seen) };
    },
  };
}

describe("a network beside the rule", () => {
  test("changes no verdict unless the swarm is set to it and it has beaten the rule", () => {
    for (const [one, over] of [
      [null, { policy: acting }],
      [chooser("most"), {}],
      [chooser("fewest"), { policy: { ...policy, policy: "adaptive" as const } }],
      [chooser("most", false), { policy: acting }],
    ] as const) {
      const both = pair(one);
      for (let second = 0; second < 200; second++) {
        const seen = both.look(second * 1_000, 10, second < 100 ? 5 : 12, over);
        expect(seen.dqn.to).toBe(seen.rule.to);
        expect(seen.dqn.reason).toEqual(seen.rule.reason);
      }
    }
  });

  test("advises once a decision step and counts how often it agrees", () => {
    const one = chooser("most");
    const both = pair(one);
    for (let second = 0; second <= 300; second++) both.look(second * 1_000, 10, 5);
    // From the third reading on, then each minute.
    expect(one.asked).toBe(5);
    expect(both.dqn.advice()).toMatchObject({ to: 12, decisions: 5, agreed: 0, more: 5, acts: false, reason: null });
    const same = pair(chooser("rule"));
    for (let second = 0; second <= 120; second++) same.look(second * 1_000, 10, 5);
    expect(same.dqn.advice()).toMatchObject({ to: 10, decisions: 2, agreed: 2, more: 0 });
    expect(pair(null).dqn.advice()).toBeNull();
  });

  test("acts ahead of the rule, and says so", () => {
    const both = pair(chooser("most"));
    let last = both.look(0, 10, 5, { policy: acting });
    for (let second = 1; second < 10; second++) last = both.look(second * 1_000, 10, 5, { policy: acting });
    expect(last.rule.to).toBe(10);
    expect(last.dqn).toMatchObject({ to: 12, reason: { code: "dqn.up", args: { rule: 10, to: 12 } } });
    expect(both.dqn.advice()).toMatchObject({ acts: true });
  });

  test("saves agents where the rule is generous, but always meets a load above the threshold with more", () => {
    const both = pair(chooser("fewest"));
    let last = both.look(0, 10, 8.5, { policy: acting });
    for (let second = 1; second < 10; second++) last = both.look(second * 1_000, 10, 8.5, { policy: acting });
    expect(last.rule).toMatchObject({ to: 13, reason: { code: "scaling.up" } });
    // 13 · 0.7 ÷ 0.8 = 11.4: with 12 the same load is below the threshold.
    expect(last.dqn.to).toBe(12);
  });

  test("decides nothing on what is missing or stale, and keeps no wish over it", () => {
    const both = pair(chooser("most"));
    for (let second = 0; second < 10; second++) both.look(second * 1_000, 10, 5, { policy: acting });
    expect(both.look(10_000, 10, null, { policy: acting }).dqn).toMatchObject({
      to: 10,
      reason: { code: "scaling.missing" },
    });
    expect(both.look(11_000, 10, 5, { policy: acting }).dqn.to).toBe(10);
    const stale = view(20_000, 10, 5, { policy: acting });
    const old = { ...stale, reading: { monotonicMs: 11_000, low: 5, high: 5, source: "measured" as const } };
    expect(both.dqn.look(old)).toMatchObject({ to: 10, reason: { code: "scaling.stale" } });
  });

  test("leaves the decision to the rule when a figure is none, and says which", () => {
    const both = pair({ ...chooser("rule"), choose: () => Number.NaN });
    let last = both.look(0, 10, 12, { policy: acting });
    for (let second = 1; second < 5; second++) last = both.look(second * 1_000, 10, 12, { policy: acting });
    expect(last.dqn.to).toBe(last.rule.to);
    expect(both.dqn.advice()).toMatchObject({ to: null, acts: false, reason: { code: "dqn.unfit" } });
    const odd = pair(chooser("most"));
    for (let second = 0; second < 5; second++)
      odd.look(second * 1_000, 10, 5, { policy: acting, pressureRatio: Number.NaN });
    expect(odd.dqn.advice()?.reason).toEqual({
      code: "dqn.unfit",
      args: { detail: "pressureRatio must be finite and ≥ 0, got NaN" },
    });
  });
});

describe("a network that always follows", () => {
  test("is the rule, verdict by verdict, also when it acts", () => {
    const load = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(load, (demands) => {
        const both = pair(chooser("rule"));
        let size = 5;
        for (const [n, demand] of demands.entries()) {
          const seen = both.look(n * 20_000, size, demand, { policy: acting, tickIntervalMs: 20_000 });
          expect(seen.dqn).toEqual(seen.rule);
          if (seen.rule.to === size) continue;
          both.acted(size, seen.rule.to, n * 20_000);
          size = seen.rule.to;
        }
      }),
    );
  });
});

describe("whatever a network wants", () => {
  const steps = fc.array(
    fc.record({
      demand: fc.oneof(
        { weight: 8, arbitrary: fc.double({ min: 0, max: 40, noNaN: true }) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
      held: fc.boolean(),
      seconds: fc.integer({ min: 1, max: 90 }),
      forecast: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 60, noNaN: true })),
      action: fc.nat(4),
    }),
    { minLength: 5, maxLength: 80 },
  );

  test("the swarm stays within its bounds, shrinks only when the rule would, and grows with a load above the threshold", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 30 }), (list, min, max) => {
        let wish = 0;
        const free: PolicyChooser = {
          choose: (_seen, allowed) => [wish, 2, 4, 3, 1, 0].find((a) => ((allowed >> a) & 1) === 1) ?? 2,
          decisionMs: 1_000,
          taskSeconds: 30,
          beats: true,
        };
        const scaler = new DqnScaler(new AdaptiveScaler(), () => free);
        let now = 0;
        let size = Math.min(max, 4);
        let lastChangeMs = Number.NEGATIVE_INFINITY;
        // The rule beside it lives through the same actions.
        const rule = new AdaptiveScaler();
        for (const { demand, held, seconds, forecast, action } of list) {
          wish = action;
          for (let s = 0; s < seconds; s += 5) {
            now += 5_000;
            const reading =
              demand === null
                ? null
                : { monotonicMs: now, low: demand, high: held ? demand + 5 : demand, source: "measured" as const };
            const seen = view(now, size, null, {
              ...{ reading, minAgents: min, maxAgents: max, policy: acting, tickIntervalMs: 5_000 },
              forecast:
                forecast === null
                  ? null
                  : forecastOf(
                      now,
                      Array.from({ length: 10 }, () => forecast),
                    ),
            });
            const verdict = scaler.look(seen);
            const { to: byRule, reason, inputs } = rule.look(seen);
            expect(Number.isInteger(verdict.to)).toBe(true);
            if (verdict.to > size) expect(verdict.to).toBeLessThanOrEqual(max);
            if (reading === null) expect(verdict.to).toBe(byRule);
            if (verdict.to < size) {
              // As the rule asks: fewer only when both ratios are low, nothing is held back, and the cooldown is over.
              expect(reason.code).toBe("scaling.down");
              expect(inputs.currentRatio).toBeLessThan(policy.scaleDownBelow);
              expect(inputs.combinedRatio).toBeLessThan(policy.scaleDownBelow);
              expect(held).toBe(false);
              expect(now - lastChangeMs).toBeGreaterThanOrEqual(300_000);
              expect(verdict.to).toBeGreaterThanOrEqual(Math.max(1, min));
              expect(verdict.to).toBeGreaterThanOrEqual(Math.floor(size / 2));
            }
            if (reason.code === "scaling.up") expect(verdict.to).toBeGreaterThan(size);
            expect(Math.abs(verdict.to - byRule)).toBeLessThanOrEqual(2);
            if (verdict.to !== size) {
              scaler.acted(size, verdict.to, now);
              rule.acted(size, verdict.to, now);
              lastChangeMs = now;
              size = verdict.to;
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
