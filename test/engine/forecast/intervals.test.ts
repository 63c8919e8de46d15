import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import { planOrigins, stepsNeeded } from "../../../src/engine/forecast/backTest.ts";
import { apart, crossCoverage, halfWidths, isotonic } from "../../../src/engine/forecast/intervals.ts";

const all = (): boolean => true;

describe("widths", () => {
  test("are the finite-sample quantile of the errors", () => {
    // 99 errors 1…99 at one lead: ⌈100 · 0.9⌉ = the 90th.
    const errors = Float64Array.from({ length: 99 }, (_, i) => i + 1);
    const tested = { origins: Array.from(errors, (_, i) => 10 * i), horizon: 1, errors };
    expect(halfWidths(tested, 0.9, all)?.[0]).toBe(90);
    expect(halfWidths(tested, 0.99, all)?.[0]).toBe(99);
    expect(halfWidths(tested, 0.995, all)).toBeNull();
  });

  test("grow with the lead as the errors do, and never shrink", () => {
    const rng = createRng(5);
    const horizon = 40;
    const origins = Array.from({ length: 16 }, (_, i) => 50 * i);
    const errors = Float64Array.from(
      { length: 16 * horizon },
      (_, i) => Math.abs(normal(rng)) * Math.sqrt((i % horizon) + 1),
    );
    const widths = halfWidths({ origins, horizon, errors }, 0.9, all) as Float64Array;
    for (let h = 1; h < horizon; h++) expect(widths[h]).toBeGreaterThanOrEqual(widths[h - 1] as number);
    expect(widths[39] as number).toBeGreaterThan(2.5 * (widths[0] as number));
  });

  test("what was not measured counts neither way", () => {
    const errors = Float64Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : Number.NaN));
    const tested = { origins: Array.from({ length: 100 }, (_, i) => 2 * i), horizon: 2, errors };
    expect([...(halfWidths(tested, 0.9, all) ?? [])]).toEqual([1, 1]);
    expect(crossCoverage(tested, 0.9)).toBe(1);
  });

  test("isotonic: nothing falls, the mean stays, what was in order stays as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const out = isotonic(values);
        expect(out).toHaveLength(values.length);
        for (let i = 1; i < out.length; i++)
          expect(out[i]).toBeGreaterThanOrEqual((out[i - 1] as number) * (1 - 1e-12) - 1e-12);
        const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
        expect(sum(out)).toBeCloseTo(sum(values), 3);
        const sorted = values.toSorted((a, b) => a - b);
        expect(isotonic(sorted)).toEqual(sorted);
      }),
    );
  });
});

describe("coverage", () => {
  test.each([0.8, 0.9, 0.95])("of independent errors is what was asked: %s", (confidence) => {
    let sum = 0;
    for (let seed = 0; seed < 30; seed++) {
      const rng = createRng(seed);
      const horizon = 20;
      const origins = Array.from({ length: 16 }, (_, i) => 20 * i);
      const errors = Float64Array.from({ length: 16 * horizon }, () => Math.abs(normal(rng)));
      sum += crossCoverage({ origins, horizon, errors }, confidence) as number;
    }
    expect(Math.abs(sum / 30 - confidence)).toBeLessThan(0.02);
  });

  test("is not measured by the errors that made the interval: one bad origin stays uncovered", () => {
    const horizon = 10;
    const origins = Array.from({ length: 10 }, (_, i) => 10 * i);
    const errors = Float64Array.from({ length: 100 }, (_, i) => (i < 10 ? 50 : 1));
    // Its own errors are left out of its interval, so that all ten of it are outside.
    expect(crossCoverage({ origins, horizon, errors }, 0.85)).toBeCloseTo(0.9, 12);
  });

  test("is unknown when all tests overlap", () => {
    const errors = new Float64Array(40).fill(1);
    expect(crossCoverage({ origins: [1, 2, 3, 4], horizon: 10, errors }, 0.5)).toBeNull();
    expect(apart(1, 11, 10)).toBe(true);
    expect(apart(11, 2, 10)).toBe(false);
  });
});

describe("origins", () => {
  test("leave enough history before, one horizon after, and two tests without a step in common", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.option(fc.integer({ min: 2, max: 1_440 })),
        fc.integer({ min: 1, max: 2_000 }),
        (steps, season, horizon) => {
          const plan = planOrigins(steps, season, horizon);
          if (plan.kind === "tooShort") {
            expect(plan.needed).toBe(stepsNeeded(season, horizon));
            expect(plan.needed).toBeGreaterThan(steps);
            return;
          }
          const { origins } = plan;
          expect(new Set(origins).size).toBe(origins.length);
          expect(origins.length).toBeGreaterThanOrEqual(4);
          expect(origins.length).toBeLessThanOrEqual(16);
          expect(origins.at(-1)).toBe(steps - horizon);
          expect(origins[0]).toBeGreaterThanOrEqual(season === null ? 36 : 2 * season);
          expect((origins.at(-1) as number) - (origins[0] as number)).toBeGreaterThanOrEqual(horizon);
        },
      ),
    );
  });
});
