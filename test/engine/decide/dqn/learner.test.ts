import { describe, expect, test } from "vitest";
import { DEFAULT_LEARNER, epsilonAt, Learner, type LearnerOptions } from "../../../../src/engine/decide/dqn/learner.ts";
import { Pass } from "../../../../src/engine/decide/dqn/network.ts";

const SMALL: LearnerOptions = { ...DEFAULT_LEARNER, hidden: [24], memory: 2_000, renewTarget: 50, every: 1 };
const ALL = 0b11111;

/** Five places in a row, the first three actions are left, stay, right; at the right end 1 is earned and it is over. */
const PLACES = 5;
function chain(place: number): Float64Array {
  return Float64Array.from({ length: PLACES }, (_, i) => (i === place ? 1 : 0));
}

function valuesAt(learner: Learner, observation: Float64Array): number[] {
  const pass = new Pass(learner.network.sizes, 1);
  pass.input.set(observation);
  return [...learner.network.forward(pass)];
}

describe("the learner", () => {
  test("finds the values of a chain, which are known: γ to the power of the way that is left", () => {
    const discount = 0.9;
    const learner = new Learner(PLACES, 3, 7, { ...SMALL, discount, epsilon: { first: 1, decay: 0.97, least: 0.1 } });
    for (let episode = 0; episode < 150; episode++) {
      let place = episode % (PLACES - 1);
      for (let step = 0; step < 20; step++) {
        const before = chain(place);
        const action = learner.choose(before, 0b111);
        place = Math.min(PLACES - 1, Math.max(0, place + action - 1));
        const over = place === PLACES - 1;
        learner.remember(before, action, over ? 1 : 0, chain(place), 0b111, over);
        if (over) break;
      }
      learner.endEpisode();
    }
    for (let i = 0; i < 2_000; i++) learner.learn();
    for (let place = 0; place < PLACES - 1; place++) {
      const best = discount ** (PLACES - 2 - place);
      const values = valuesAt(learner, chain(place));
      expect(values[2]).toBeCloseTo(best, 1);
      expect(Math.max(...values)).toBe(values[2]);
      expect(values[1]).toBeCloseTo(discount * best, 1);
    }
  });

  test("learns which arm pays where, and never what is not allowed", () => {
    const learner = new Learner(2, 5, 3, { ...SMALL, discount: 0 });
    const pays = [
      [0, 0.2, 0.4, 0.6, 0.9],
      [0.9, 0.6, 0.4, 0.2, 0],
    ];
    for (let n = 0; n < 3_000; n++) {
      const context = n % 2;
      const seen = Float64Array.of(context, 1 - context);
      const allowed = n % 3 === 0 ? 0b01110 : ALL;
      const action = learner.choose(seen, allowed);
      expect((allowed >> action) & 1).toBe(1);
      learner.remember(seen, action, (pays[context] as number[])[action] as number, seen, ALL, true);
      if (n % 10 === 9) learner.endEpisode();
    }
    for (const context of [0, 1]) {
      const values = valuesAt(learner, Float64Array.of(context, 1 - context));
      for (const [action, pay] of (pays[context] as number[]).entries()) expect(values[action]).toBeCloseTo(pay, 1);
    }
  });

  test("looks in its target only at what will be allowed", () => {
    // Action 1 pays 1 and ends; where only action 0 will be allowed, the value after it is that of action 0: nothing.
    const learner = new Learner(1, 2, 5, { ...SMALL, discount: 0.9 });
    const [now, later] = [Float64Array.of(0), Float64Array.of(1)];
    for (let n = 0; n < 400; n++) {
      learner.remember(later, 1, 1, later, 0b11, true);
      learner.remember(later, 0, 0, later, 0b11, true);
      learner.remember(now, 0, 0, later, 0b01, false);
      learner.remember(now, 1, 0, later, 0b11, false);
    }
    const values = valuesAt(learner, now);
    expect(values[0]).toBeCloseTo(0, 1);
    expect(values[1]).toBeCloseTo(0.9, 1);
  });

  test("explores as often as its schedule says: 1 · 0.995 to the power of the episode, never below 0.05", () => {
    const { epsilon } = DEFAULT_LEARNER;
    expect(epsilonAt(0, epsilon)).toBe(1);
    expect(epsilonAt(1, epsilon)).toBe(0.995);
    expect(epsilonAt(100, epsilon)).toBe(0.995 ** 100);
    expect(epsilonAt(597, epsilon)).toBe(0.995 ** 597);
    expect(epsilonAt(598, epsilon)).toBe(0.05);
    expect(epsilonAt(999, epsilon)).toBe(0.05);
    const learner = new Learner(1, 2, 1);
    for (let episode = 0; episode < 3; episode++) learner.endEpisode();
    expect(learner.epsilon).toBe(0.995 ** 3);
  });

  test("takes one step of gradient in four decisions, once a batch is there", () => {
    const learner = new Learner(1, 2, 1);
    const seen = Float64Array.of(0.5);
    for (let n = 0; n < 100; n++) learner.remember(seen, n % 2, -1, seen, 0b11, false);
    // At decisions 32, 36, … 100.
    expect(learner.steps).toBe(18);
  });

  test("is the same with the same seed, and another with another", () => {
    const trained = (seed: number): number[] => {
      const learner = new Learner(2, 5, seed, SMALL);
      for (let n = 0; n < 300; n++) {
        const seen = Float64Array.of((n % 7) / 7, (n % 3) / 3);
        learner.remember(seen, learner.choose(seen, ALL), -((n % 5) / 5), seen, ALL, n % 50 === 49);
      }
      return [...learner.network.parameters];
    };
    expect(trained(4)).toEqual(trained(4));
    expect(trained(4)).not.toEqual(trained(5));
  });

  test("refuses what is no number and options that cannot be, by name", () => {
    const learner = new Learner(2, 5, 1, { ...SMALL, epsilon: { first: 0, decay: 1, least: 0 } });
    expect(() => learner.choose(Float64Array.of(0, Number.NaN), ALL)).toThrow("observation[1] must be finite, got NaN");
    expect(() => learner.choose(Float64Array.of(0, Number.NEGATIVE_INFINITY), ALL)).toThrow("got -Infinity");
    expect(() => learner.choose(Float64Array.of(0, 0), 0)).toThrow("allowed must allow an action, got 0");
    expect(() => new Learner(2, 5, 1, { ...SMALL, discount: 1 })).toThrow("discount must be from 0 to below 1, got 1");
    expect(() => new Learner(2, 5, 1, { ...SMALL, every: 0 })).toThrow("every must be a count > 0, got 0");
    expect(() => new Learner(2, 5, 1, { ...SMALL, learningRate: Number.NaN })).toThrow(
      "learningRate must be > 0, got NaN",
    );
    expect(() => new Learner(2, 9, 1)).toThrow("actions must be from 1 to 8, got 9");
    expect(() => new Learner(2, 5, 0.5)).toThrow("seed must be an integer, got 0.5");
  });
});
