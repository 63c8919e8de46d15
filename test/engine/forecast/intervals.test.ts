import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import {
  Feedback,
  isotonic,
  type Offsets,
  offsetsAt,
  type Residuals,
  spreadOf,
} from "../../../src/engine/forecast/intervals.ts";
import { interval, judge, oneStepNaiveMae } from "../../../src/engine/forecast/scores.ts";
import { series } from "./support.ts";

const ALL = Number.POSITIVE_INFINITY;

function residualsOf(rows: number, horizon: number, value: (row: number, h: number) => number): Residuals {
  return {
    origins: Array.from({ length: rows }, (_, row) => horizon * row),
    horizon,
    values: Float64Array.from({ length: rows * horizon }, (_, i) => value(Math.floor(i / horizon), i % horizon)),
    spreads: new Float64Array(rows).fill(1),
  };
}

describe("an interval", () => {
  test("reaches no further than the largest miss, however many spreads of a quiet spell that was", () => {
    const quiet = { ...residualsOf(79, 1, (row) => row - 39), spreads: new Float64Array(79).fill(0.1) };
    const offsets = offsetsAt(quiet, ALL, 0.9) as Offsets;
    expect(offsets.most).toBeCloseTo(3.9, 12);
    const { lo, hi } = interval(10, offsets, 0, 5);
    expect([lo, hi]).toEqual([10 - offsets.most, 10 + offsets.most]);
  });

  test("reaches as far as the finite-sample quantile of the errors on each side", () => {
    // 79 errors −39 … 39 at one lead: rank ⌈80 · 0.95⌉ = 76 of them is 36, and as far below.
    const residuals = residualsOf(79, 1, (row) => row - 39);
    const offsets = offsetsAt(residuals, ALL, 0.9) as Offsets;
    expect([offsets.above[0], offsets.below[0]]).toEqual([36, 36]);
    // ⌈80 · 0.985⌉ = 79: the largest; more than that no interval of theirs can hold.
    expect(offsetsAt(residuals, ALL, 0.97)?.above[0]).toBe(39);
    expect(offsetsAt(residuals, ALL, 0.98)).toBeNull();
  });

  test("is as lopsided as the errors are, and never on the other side of the forecast", () => {
    const upward = residualsOf(79, 1, (row) => row + 1);
    expect(offsetsAt(upward, ALL, 0.9)).toEqual({ above: Float64Array.of(76), below: Float64Array.of(0), most: 79 });
  });

  test("knows only tests that were over at the time", () => {
    const residuals = residualsOf(60, 2, (row) => (row < 50 ? (row % 2 === 0 ? 1 : -1) : 1_000));
    expect(offsetsAt(residuals, 100, 0.9)?.above[0]).toBe(1);
    expect(offsetsAt(residuals, 101, 0.9)?.above[0]).toBe(1);
    expect(offsetsAt(residuals, ALL, 0.9)?.above[0]).toBe(1_000);
    expect(offsetsAt(residuals, 1, 0.9)).toBeNull();
  });

  test("is made of the newest 80 tests", () => {
    const residuals = residualsOf(100, 1, (row) => (row < 20 ? 1_000 : row % 2 === 0 ? 1 : -1));
    expect(offsetsAt(residuals, ALL, 0.95)?.above[0]).toBe(1);
  });

  test("grows with the lead as the errors do, and never shrinks", () => {
    const rng = createRng(5);
    const residuals = residualsOf(40, 40, (_, h) => normal(rng) * Math.sqrt(h + 1));
    for (const side of ["above", "below"] as const) {
      const offsets = (offsetsAt(residuals, ALL, 0.9) as Offsets)[side];
      for (let h = 1; h < 40; h++) expect(offsets[h]).toBeGreaterThanOrEqual(offsets[h - 1] as number);
      expect(offsets[39] as number).toBeGreaterThan(2 * (offsets[0] as number));
    }
    // Also where the errors shrink.
    const shrinking = residualsOf(40, 12, (_, h) => normal(rng) * (12 - h));
    const { above } = offsetsAt(shrinking, ALL, 0.9) as Offsets;
    for (let h = 1; h < 12; h++) expect(above[h]).toBeGreaterThanOrEqual((above[h - 1] as number) - 1e-12);
  });

  test("is wider the more it should hold", () => {
    const rng = createRng(6);
    const residuals = residualsOf(60, 4, () => normal(rng));
    const widths = [0.5, 0.8, 0.9, 0.95].map((confidence) => offsetsAt(residuals, ALL, confidence)?.above[0] as number);
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    expect(offsetsAt(residuals, ALL, 0.9, 0.99)?.above[0]).toBeGreaterThan(widths[2] as number);
  });

  test("leaves out what was not measured", () => {
    const residuals = residualsOf(80, 2, (row, h) => (h === row % 2 ? Number.NaN : row % 3 === 0 ? 1 : -1));
    expect([...(offsetsAt(residuals, ALL, 0.9)?.above ?? [])]).toEqual([1, 1]);
    expect(
      offsetsAt(
        residualsOf(80, 2, () => Number.NaN),
        ALL,
        0.5,
      ),
    ).toBeNull();
  });
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

describe("the spread of a series", () => {
  test("is that of its end, with a share of what is usual", () => {
    const quiet = Float64Array.from({ length: 720 }, (_, t) => (t < 684 ? (t % 2 === 0 ? 8 : -8) : 0));
    // Nothing moves now; usually 684 of 720 values are 8 away: (0 + 0.25 · 7.6) ÷ 1.25.
    expect(spreadOf(quiet)).toBeCloseTo(1.52, 9);
    const alike = Float64Array.from({ length: 720 }, (_, t) => (t % 2 === 0 ? 8 : -8));
    expect(spreadOf(alike)).toBeCloseTo(8, 9);
  });

  test("of a constant is one, so that nothing is divided by nothing", () => {
    expect(spreadOf(new Float64Array(50).fill(7))).toBe(1);
    expect(spreadOf(Float64Array.of(3))).toBe(1);
  });
});

describe("feedback", () => {
  test("aims higher after misses and lower after hits, within bounds", () => {
    const feedback = new Feedback(0.9);
    expect(feedback.wanted).toBeCloseTo(0.9, 12);
    feedback.add(0, 1);
    // α 0.1 + 0.03 · 0.1.
    expect(feedback.wanted).toBeCloseTo(0.897, 12);
    feedback.add(1, 1);
    expect(feedback.wanted).toBeCloseTo(0.924, 12);
    for (let i = 0; i < 100; i++) feedback.add(1, 1);
    expect(feedback.wanted).toBeCloseTo(0.995, 12);
    const easy = new Feedback(0.9);
    for (let i = 0; i < 100; i++) easy.add(0, 1);
    expect(easy.wanted).toBeCloseTo(0.8, 12);
  });

  test("counts tests that overlap as much as what is new in them", () => {
    // The same 600 steps, once in 25 tests of 24 that follow each other, once in 145 that begin every four steps.
    const apart = new Feedback(0.95);
    for (let i = 0; i < 25; i++) apart.add(0, 1);
    const overlapping = new Feedback(0.95);
    overlapping.add(0, 1);
    for (let i = 0; i < 144; i++) overlapping.add(0, 4 / 24);
    expect(overlapping.wanted).toBeCloseTo(apart.wanted, 9);
    expect(apart.wanted).toBeCloseTo(1 - 0.05 - 25 * 0.03 * 0.05, 9);
  });

  test("changes nothing in the long run when the asked share is missed", () => {
    const feedback = new Feedback(0.95);
    for (let i = 0; i < 40; i++) feedback.add(i % 20 === 0 ? 1 : 0, 1);
    expect(feedback.wanted).toBeCloseTo(0.95, 9);
  });
});

/** A test of every step of `actual`, judged from the first on which `from` says. */
function judged(actual: Float64Array, predicted: Float64Array, firstTest: number, confidence: number) {
  const origins = Array.from(actual, (_, i) => 100 + i);
  const plan = { horizon: 1, origins, firstTest, trainSteps: 100 + firstTest, refits: [] };
  const result = { plan, actual, predicted: new Map(), cost: new Map(), snapshots: new Map() };
  return judge("model", predicted, result, new Float64Array(actual.length).fill(1), 2, confidence);
}

describe("figures of a model", () => {
  test("are those of their formulas", () => {
    const actual = Float64Array.of(...Array.from({ length: 60 }, () => 0), 4, 4, 0, -4);
    const predicted = Float64Array.of(...Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : -1)), 3, 6, 0.5, -4.5);
    const { score, mae, coverage } = judged(actual, predicted, 60, 0.9);
    expect(mae).toBe(1);
    expect(score).toMatchObject({ mae: 1, mase: 0.5, wape: 4 / 12 });
    expect(score.accuracy).toBeCloseTo(100 * (1 - 4 / 12), 12);
    // ±1 holds all but the second, which is 1 outside: width 2 each, and 20 times that miss once.
    expect(coverage).toBe(0.75);
    expect(score.intervalScore).toBeCloseTo(2 + 20 / 4, 9);
  });

  test("the accuracy of nothing but zeros is not known, the error is", () => {
    const { score } = judged(new Float64Array(80), new Float64Array(80).fill(0.5), 60, 0.9);
    expect(score).toMatchObject({ mae: 0.5, wape: null, accuracy: null });
  });

  test("the accuracy on next to nothing is not known either: no figure is infinite", () => {
    const actual = new Float64Array(80);
    actual[79] = Number.MIN_VALUE;
    const { score } = judged(actual, new Float64Array(80).fill(0.5), 60, 0.9);
    expect(score).toMatchObject({ mae: 0.5, wape: null, accuracy: null });
  });

  test("one that said nothing at some judged step cannot be compared", () => {
    const predicted = new Float64Array(80).fill(0.5);
    predicted[70] = Number.NaN;
    expect(judged(new Float64Array(80), predicted, 60, 0.9)).toMatchObject({ mae: null, coverage: null });
    // Before that it may be silent.
    predicted[70] = 0.5;
    predicted[3] = Number.NaN;
    expect(judged(new Float64Array(80), predicted, 60, 0.9).mae).toBe(0.5);
  });

  test("what was not measured judges nobody", () => {
    const actual = new Float64Array(80).map((_, i) => (i % 2 === 0 ? 1 : Number.NaN));
    const { score } = judged(actual, new Float64Array(80), 40, 0.8);
    expect(score).toMatchObject({ mae: 1, wape: 1, accuracy: 0 });
  });

  test.each([0.8, 0.9, 0.95])("the interval of independent errors holds what was asked: %s", (confidence) => {
    let sum = 0;
    for (let seed = 0; seed < 12; seed++) {
      const actual = series(300, seed, (_, noise) => noise());
      sum += judged(actual, new Float64Array(300), 100, confidence).coverage as number;
    }
    expect(Math.abs(sum / 12 - confidence)).toBeLessThan(0.02);
  });

  test("the interval widens after misses when a series has become wilder", () => {
    // Errors grow fivefold; intervals of the past alone would miss far more often than asked.
    const actual = series(500, 3, (t, noise) => (t < 250 ? 1 : 5) * noise());
    const { lo, hi, wanted } = judged(actual, new Float64Array(500), 200, 0.9);
    const width = (at: number): number => (hi[at] as number) - (lo[at] as number);
    expect(width(299)).toBeGreaterThan(3 * width(0));
    expect(wanted).toBeGreaterThanOrEqual(0.8);
    expect(wanted).toBeLessThan(1);
  });

  test("an interval rests on tests that were over, never on the one that it belongs to", () => {
    const actual = new Float64Array(80).fill(0);
    actual[75] = 50;
    const { hi, lo } = judged(actual, new Float64Array(80), 60, 0.9);
    expect([lo[15], hi[15]]).toEqual([0, 0]);
  });
});

test("the in-sample error of the naive forecast is that of neighbours that were both measured", () => {
  expect(oneStepNaiveMae(Float64Array.of(1, 3, Number.NaN, 7, 8))).toBe(1.5);
  expect(oneStepNaiveMae(Float64Array.of(5, 5, 5))).toBe(0);
  expect(oneStepNaiveMae(Float64Array.of(5))).toBeNaN();
});
