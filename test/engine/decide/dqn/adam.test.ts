import { describe, expect, test } from "vitest";
import { Adam, clipScale } from "../../../../src/engine/decide/dqn/adam.ts";

describe("Adam", () => {
  test("takes the steps that the paper's formulas give by hand", () => {
    const adam = new Adam(1, { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
    const parameters = Float64Array.of(1);
    // g = 2: m = 0.2, v = 0.04; corrected 2 and 4: the step is 0.1 · 2 ÷ 2.
    adam.step(parameters, Float64Array.of(2));
    expect(parameters[0]).toBeCloseTo(0.9, 8);
    // g = −1: m = 0.08, v = 0.0496; corrected 0.08 ÷ 0.19 and 0.0496 ÷ 0.0199.
    adam.step(parameters, Float64Array.of(-1));
    expect(parameters[0]).toBeCloseTo(0.9 - (0.1 * (0.08 / 0.19)) / Math.sqrt(0.0496 / 0.0199), 8);
  });

  test("moves by its rate at first, whatever the size of the gradient", () => {
    for (const g of [1e-3, 1, 1e6]) {
      const parameters = Float64Array.of(0);
      new Adam(1).step(parameters, Float64Array.of(g));
      expect(parameters[0]).toBeCloseTo(-0.001, 6);
    }
  });

  test("finds the bottom of a bowl", () => {
    const adam = new Adam(2, { learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const at = Float64Array.of(3, -2);
    for (let i = 0; i < 2_000; i++) adam.step(at, Float64Array.of(2 * (at[0] as number), 20 * (at[1] as number)));
    expect(Math.hypot(at[0] as number, at[1] as number)).toBeLessThan(1e-3);
  });

  test("refuses rates that cannot be, by name", () => {
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    expect(() => new Adam(1, { ...options, learningRate: 0 })).toThrow("learningRate must be > 0, got 0");
    expect(() => new Adam(1, { ...options, epsilon: Number.NaN })).toThrow("epsilon must be > 0, got NaN");
    expect(() => new Adam(1, { ...options, beta2: 1 })).toThrow("beta2 must be from 0 to below 1, got 1");
  });
});

describe("clipping", () => {
  test("shortens what is longer than allowed to exactly that, and nothing else", () => {
    expect(clipScale(Float64Array.of(3, 4), 10)).toBe(1);
    expect(clipScale(Float64Array.of(30, 40), 10)).toBeCloseTo(0.2, 12);
    expect(() => clipScale(Float64Array.of(1, Number.NaN), 1)).toThrow("gradient must be finite");
  });
});
