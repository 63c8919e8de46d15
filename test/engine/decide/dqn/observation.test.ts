import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { marginOf, sizeWith } from "../../../../src/engine/decide/dqn/actions.ts";
import { INPUTS, OBSERVED, observe, type Situation } from "../../../../src/engine/decide/dqn/observation.ts";
import { checkWeights, costOf, DEFAULT_REWARD, rewardOf } from "../../../../src/engine/decide/dqn/reward.ts";
import { WaitEstimate } from "../../../../src/engine/decide/dqn/waitEstimate.ts";

const situation: Situation = {
  live: 8,
  pending: 2,
  maxAgents: 20,
  demand: 10,
  combinedRatio: 1.5,
  predictedMean: 14,
  predictedUpper: 18,
  waitP95Seconds: 30,
  pressureRatio: 0.25,
  sinceActionMs: 60_000,
  cooldownMs: 300_000,
};
const seen = (over: Partial<Situation> = {}): Record<string, number> => {
  const out = observe({ ...situation, ...over }, new Float64Array(INPUTS));
  return Object.fromEntries(OBSERVED.map((name, i) => [name, out[i] as number]));
};

describe("what the network sees", () => {
  test("is ten numbers by their definitions", () => {
    expect(seen()).toEqual({
      utilisation: 10 / 8 / 2,
      combined: 0.75,
      forecastMean: 14 / 20,
      forecastUpper: 18 / 20,
      // Four of ten exceed the six ready agents: half of one an agent.
      queuePerAgent: 0.5 / 1.5,
      waitP95: 30 / 90,
      live: 8 / 20,
      pending: 2 / 20,
      pressure: 0.25,
      sinceAction: 0.2,
    });
  });

  test("takes what is not known for as it is now, for no pressure and for long ago", () => {
    expect(
      seen({
        ...{ combinedRatio: null, predictedMean: null, predictedUpper: null },
        ...{ pressureRatio: null, sinceActionMs: null },
      }),
    ).toMatchObject({
      combined: 10 / 8 / 2,
      forecastMean: 0.5,
      forecastUpper: 0.5,
      pressure: 0,
      sinceAction: 1,
    });
    expect(seen({ predictedUpper: null })).toMatchObject({ forecastUpper: 14 / 20 });
    expect(seen({ live: 0, pending: 0 })).toMatchObject({ utilisation: 1 });
    expect(seen({ live: 0, pending: 0, demand: 0 })).toMatchObject({ utilisation: 0 });
    expect(seen({ cooldownMs: 0 })).toMatchObject({ sinceAction: 1 });
  });

  test("stays from 0 to 1 whatever the figures", () => {
    const figure = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.constant(0));
    const maybe = fc.option(figure, { nil: null });
    fc.assert(
      fc.property(
        fc.record({
          ...{ live: figure, pending: figure, demand: figure, waitP95Seconds: figure, cooldownMs: figure },
          ...{ combinedRatio: maybe, predictedMean: maybe, predictedUpper: maybe, pressureRatio: maybe },
          sinceActionMs: maybe,
          maxAgents: fc.integer({ min: 1, max: 1_000 }),
        }),
        (any) => {
          const out = observe(any, new Float64Array(INPUTS));
          expect(out.every((value) => value >= 0 && value <= 1)).toBe(true);
        },
      ),
    );
  });

  test("is refused for what is no figure, by its name", () => {
    expect(() => seen({ demand: Number.NaN })).toThrow("demand must be finite and ≥ 0, got NaN");
    expect(() => seen({ predictedUpper: Number.POSITIVE_INFINITY })).toThrow("predictedUpper must be finite");
    expect(() => seen({ waitP95Seconds: -1 })).toThrow("waitP95Seconds must be finite and ≥ 0, got -1");
    expect(() => seen({ maxAgents: 0 })).toThrow("maxAgents must be > 0, got 0");
  });
});

describe("a margin", () => {
  test("never leads out of what is allowed nor more than two agents from the rule, and none is the rule", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(5), fc.nat(5), fc.nat(4), (rule, below, above, action) => {
        const sizes = { rule, low: Math.max(0, rule - below), high: rule + above };
        const size = sizeWith(marginOf(action), sizes);
        expect(size).toBeGreaterThanOrEqual(sizes.low);
        expect(size).toBeLessThanOrEqual(sizes.high);
        expect(Math.abs(size - rule)).toBeLessThanOrEqual(2);
        expect(sizeWith(marginOf(2), sizes)).toBe(rule);
      }),
    );
    expect(() => marginOf(5)).toThrow("action must be 0 to 4, got 5");
  });
});

describe("the reward", () => {
  test("is the cost by its weights, the other way round", () => {
    const outcome = { unmet: 30, waiting: 1_200, paid: 600, changed: 2 };
    // 10 · 30 + 1 · 20 + 1 · 600 + 30 · 2 agent-seconds.
    expect(costOf(outcome, DEFAULT_REWARD, 1)).toBe(980);
    // Mean load 5 over a minute, in tens: 3,000 agent-seconds.
    expect(rewardOf(980, 5, 60)).toBeCloseTo(-980 / 3_000, 12);
    expect(rewardOf(1e9, 5, 60)).toBe(-5);
  });

  test("is in the swarm's own time: a day that passes in six minutes costs as much, by its agents", () => {
    const slow = costOf({ unmet: 240, waiting: 57_600, paid: 2_400, changed: 1 }, DEFAULT_REWARD, 1);
    const fast = costOf({ unmet: 1, waiting: 1, paid: 10, changed: 1 }, DEFAULT_REWARD, 240);
    expect(fast * 240).toBeCloseTo(slow, 9);
  });

  test("refuses weights that are none, by name", () => {
    expect(() => checkWeights({ ...DEFAULT_REWARD, unmet: Number.NaN })).toThrow("reward weight unmet must be finite");
    expect(() => checkWeights({ ...DEFAULT_REWARD, changes: -1 })).toThrow("changes must be finite and ≥ 0, got -1");
  });
});

test("the wait that 95% did not exceed is the nearest rank of the last twenty", () => {
  const waits = new WaitEstimate();
  expect(waits.add(5)).toBe(5);
  for (let n = 1; n <= 19; n++) waits.add(n);
  // 5, 1 … 19 sorted: the 19th of twenty is 18.
  expect(waits.add(0)).toBe(18);
});
