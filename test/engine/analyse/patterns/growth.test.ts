import { describe, expect, test } from "vitest";
import { growthOf, trendOf } from "../../../../src/engine/analyse/patterns/growth.ts";
import { day, DAY_MS, found, HOUR_MS, known, minutes, track, WEEK_STEPS } from "./support.ts";

describe("growth", () => {
  test("of a worked example: Theil–Sen and Mann–Kendall", () => {
    // Slopes of (1, 2, 4, 3): 1, 1.5, 2/3, 2, 0.5, −1; S = 4; P(|S| ≥ 4) = 8 of 24 orders.
    const { slopePerDay, pValue, trend, relativePerDay } = trendOf([0, 1, 2, 3], [1, 2, 4, 3]);
    expect(slopePerDay).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(pValue).toBeCloseTo(8 / 24, 12);
    expect(trend).toBe("none");
    expect(relativePerDay).toBeCloseTo(slopePerDay / 2.5, 12);
  });

  test("without ties up to ten days is tested exactly: seven rising days have p = 2 ÷ 7!", () => {
    expect(trendOf([0, 1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7])).toMatchObject({
      slopePerDay: 1,
      lowPerDay: 1,
      highPerDay: 1,
      pValue: expect.closeTo(2 / 5040, 12),
      trend: "rising",
    });
  });

  test("with ties takes their variance", () => {
    // Var S = (12·11·29 − 4·18) ÷ 18 = 208.667, S = 62; z = 61 ÷ 14.4453 = 4.2228, p = 2.413e-5.
    const { pValue } = trendOf(
      Array.from({ length: 12 }, (_, index) => index),
      [1, 2, 2, 3, 4, 4, 5, 7, 7, 8, 9, 9],
    );
    expect(pValue).toBeCloseTo(2.413e-5, 7);
  });

  test("is seen through noise and a daily curve, and its interval holds it", () => {
    const inside = Array.from({ length: 40 }, (_, seed) => {
      const values = minutes(WEEK_STEPS, seed, (t, noise) => day(t) + (0.2 * t) / 1440 + 3 * noise());
      const { slopePerDay, lowPerDay, highPerDay, trend } = known(found(values).growth);
      expect(trend).toBe("rising");
      expect(Math.abs(slopePerDay - 0.2)).toBeLessThan(0.1);
      return lowPerDay <= 0.2 && 0.2 <= highPerDay;
    });
    expect(inside.filter(Boolean).length).toBeGreaterThanOrEqual(35);
  });

  test("is called a trend by chance in one of twenty at most", () => {
    const trends = Array.from({ length: 200 }, (_, seed) => {
      const values = minutes(24 * 20, seed, (_, noise) => noise());
      return known(growthOf(track(values, HOUR_MS))).trend;
    });
    expect(trends.filter((trend) => trend !== "none").length).toBeLessThanOrEqual(17);
  });

  test("leaves days out of which less than half was measured, and says so when too few are left", () => {
    const values = minutes(24 * 9, 1, (t) => (t >= 48 && t < 65 ? Number.NaN : t));
    expect(known(growthOf(track(values, HOUR_MS)))).toMatchObject({ days: 8, slopePerDay: expect.closeTo(24, 9) });
    const nights = minutes(24 * 7, 1, (t) => (Math.floor(t / 24) === 3 && t % 24 > 10 ? Number.NaN : t));
    expect(growthOf(track(nights, HOUR_MS))).toEqual({
      kind: "undefined",
      reason: { code: "patterns.fewDays", args: {} },
    });
  });

  test("of constants is none; of less than a week is not known", () => {
    expect(known(found(minutes(WEEK_STEPS, 1, () => 0)).growth)).toMatchObject({
      trend: "none",
      slopePerDay: 0,
      pValue: 1,
      relativePerDay: null,
    });
    expect(found(minutes(1440, 1, (t) => t)).growth).toEqual({
      kind: "tooLittle",
      neededMs: 7 * DAY_MS,
      haveMs: DAY_MS,
    });
    expect(() => trendOf([0, 1], [1, 2])).toThrow(RangeError);
  });
});
