import { describe, expect, test } from "vitest";
import { DEFAULT_HPA, HpaScaler, type HpaView } from "../../../src/engine/decide/hpaScaler.ts";
import { BehaviorLimits, DEFAULT_BEHAVIOR, type ScalingBehavior } from "../../../src/engine/decide/scalingBehavior.ts";

const bounds = { minAgents: 1, maxAgents: 100 };

function view(nowMs: number, current: number, usage: number | null, over: Partial<HpaView> = {}): HpaView {
  const metrics = [{ kind: "perAgent" as const, target: 0.7, usage }];
  return { nowMs, measuredMs: nowMs, current, ...bounds, metrics, ...over };
}

describe("policies", () => {
  const behavior = (over: Partial<ScalingBehavior>): ScalingBehavior => ({ ...DEFAULT_BEHAVIOR, ...over });
  test("up at once: doubled, or 4 more, every 15 s, whatever is more", () => {
    const limits = new BehaviorLimits();
    expect(limits.limit(2, 50, bounds, 0)).toBe(6);
    limits.acted(2, 6, 0);
    expect(limits.limit(6, 50, bounds, 10_000)).toBe(6);
    expect(limits.limit(6, 50, bounds, 15_000)).toBe(12);
  });

  test("the strictest rule when that is asked for, none when the direction is disabled", () => {
    const up = { ...DEFAULT_BEHAVIOR.up, select: "least" as const };
    expect(new BehaviorLimits(behavior({ up })).limit(2, 50, bounds, 0)).toBe(4);
    const off = { ...DEFAULT_BEHAVIOR.up, select: "disabled" as const };
    expect(new BehaviorLimits(behavior({ up: off })).limit(2, 50, bounds, 0)).toBe(2);
  });

  test("down by the highest recommendation of five minutes", () => {
    const limits = new BehaviorLimits();
    expect(limits.limit(10, 10, bounds, 0)).toBe(10);
    expect(limits.limit(10, 2, bounds, 60_000)).toBe(10);
    expect(limits.limit(10, 4, bounds, 299_000)).toBe(10);
    expect(limits.limit(10, 2, bounds, 300_000)).toBe(4);
    expect(limits.limit(4, 2, bounds, 599_000)).toBe(2);
  });

  test("a percentage of the size at the begin of the period, not of the size by now", () => {
    const down = {
      stabilizationSeconds: 0,
      select: "most" as const,
      rules: [{ kind: "percent" as const, value: 10, periodSeconds: 60 }],
    };
    const limits = new BehaviorLimits(behavior({ down }));
    expect(limits.limit(100, 1, bounds, 0)).toBe(90);
    limits.acted(100, 90, 0);
    expect(limits.limit(90, 1, bounds, 30_000)).toBe(90);
    expect(limits.limit(90, 1, bounds, 60_000)).toBe(81);
  });

  test("the least recommendation of the window, when growing has one", () => {
    const up = { ...DEFAULT_BEHAVIOR.up, stabilizationSeconds: 60 };
    const limits = new BehaviorLimits(behavior({ up }));
    expect(limits.limit(4, 4, bounds, 0)).toBe(4);
    expect(limits.limit(4, 8, bounds, 15_000)).toBe(4);
    expect(limits.limit(4, 8, bounds, 60_000)).toBe(8);
  });

  test.each([
    ["stabilizationSeconds", { up: { ...DEFAULT_BEHAVIOR.up, stabilizationSeconds: Number.NaN } }],
    ["periodSeconds", { up: { ...DEFAULT_BEHAVIOR.up, rules: [{ kind: "agents", value: 1, periodSeconds: 0 }] } }],
    ["value", { down: { ...DEFAULT_BEHAVIOR.down, rules: [{ kind: "agents", value: -1, periodSeconds: 5 }] } }],
  ] as [string, Partial<ScalingBehavior>][])("a wrong %s is refused by name", (name, over) => {
    expect(() => new BehaviorLimits(behavior(over))).toThrow(name);
  });
});

describe("the scaler", () => {
  test("the highest of several metrics counts", () => {
    const metrics = [
      { kind: "perAgent" as const, target: 0.7, usage: 4 },
      { kind: "perAgent" as const, target: 2, usage: 18 },
    ];
    expect(new HpaScaler().look(view(0, 5, null, { metrics })).to).toBe(9);
  });

  test("one metric unknown: it may grow by the others, never shrink; all unknown: nothing", () => {
    const metrics = (usage: number) => [
      { kind: "perAgent" as const, target: 0.7, usage },
      { kind: "perAgent" as const, target: 2, usage: null },
    ];
    expect(new HpaScaler().look(view(0, 5, null, { metrics: metrics(7) })).to).toBe(10);
    expect(new HpaScaler().look(view(0, 5, null, { metrics: metrics(0.5) }))).toMatchObject({
      to: 5,
      why: "missing",
    });
    expect(new HpaScaler().look(view(0, 5, null)).to).toBe(5);
    expect(new HpaScaler().look(view(0, 5, null, { metrics: [] })).to).toBe(5);
  });

  test("metrics that are an hour old, or of no time at all, decide nothing", () => {
    for (const measuredMs of [0, Number.NaN])
      expect(new HpaScaler().look(view(3_600_000, 5, 50, { measuredMs }))).toMatchObject({
        to: 5,
        why: "stale",
      });
  });

  test("a load that jumps a hundredfold grows by its policies up to the maximum, never beyond", () => {
    const scaler = new HpaScaler();
    let size = 2;
    for (let ms = 0; ms <= 120_000; ms += 15_000) {
      const { to } = scaler.look(view(ms, size, ms < 30_000 ? 1.4 : 140));
      scaler.acted(size, to, ms);
      size = to;
    }
    expect(size).toBe(100);
  });

  test("bounds hold whatever is measured; contradictory ones are refused by name; what is stopped stays so", () => {
    expect(new HpaScaler().look(view(0, 200, null)).to).toBe(100);
    expect(new HpaScaler().look(view(0, 2, null, { minAgents: 4 })).to).toBe(4);
    expect(new HpaScaler().look(view(0, 0, 50)).to).toBe(0);
    expect(() => new HpaScaler().look(view(0, 5, 5, { minAgents: 9, maxAgents: 3 }))).toThrow(
      "minAgents 9 is above maxAgents 3",
    );
  });

  test("waits the cooldown when it has one", () => {
    const scaler = new HpaScaler({ ...DEFAULT_HPA, cooldownSeconds: 60 });
    scaler.acted(4, 5, 0);
    expect(scaler.look(view(59_000, 5, 7))).toMatchObject({ to: 5, why: "waiting" });
    expect(scaler.look(view(60_000, 5, 7)).to).toBe(10);
  });
});
