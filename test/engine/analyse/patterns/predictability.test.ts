import { describe, expect, test } from "vitest";
import { predictabilityOf } from "../../../../src/engine/analyse/patterns/predictability.ts";
import { day, DAY_MS, found, HOUR_MS, known, minutes, track, variance, WEEK_STEPS } from "./support.ts";

describe("predictability", () => {
  test("of a day that repeats itself is 1, of noise and of most walks 0", () => {
    expect(known(found(minutes(WEEK_STEPS, 1, day)).predictability)).toMatchObject({
      score: expect.closeTo(1, 9),
      errorRms: expect.closeTo(0, 6),
    });
    expect(known(found(minutes(WEEK_STEPS, 1, (_, noise) => noise())).predictability).score).toBe(0);
    const walks = Array.from({ length: 30 }, (_, seed) => {
      let level = 0;
      return known(found(minutes(WEEK_STEPS, seed, (_, noise) => (level += noise()))).predictability).score;
    });
    expect(walks.filter((score) => score > 0.3).length).toBeLessThanOrEqual(2);
  });

  test("is the efficiency of the means of the days before, worked by hand", () => {
    const days = [1, 2, 4, 1, 0, 3, 5];
    const values = Float64Array.from({ length: 168 }, (_, t) => (days[Math.floor(t / 24)] as number) + (t % 24));
    // Errors of the days from the second on, the same at each hour: 1, 2.5, −4/3, −2, 1.4, 19/6.
    const errors = [1, 2.5, 1 - 7 / 3, 0 - 2, 3 - 1.6, 5 - 11 / 6];
    const mse = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
    const { score, errorRms } = known(predictabilityOf(track(values, HOUR_MS)));
    expect(errorRms).toBeCloseTo(Math.sqrt(mse), 12);
    expect(score).toBeCloseTo(1 - mse / variance(values.subarray(24)), 12);
  });

  test("of a constant has no answer, and takes a week", () => {
    expect(found(minutes(WEEK_STEPS, 1, () => 2)).predictability).toMatchObject({ kind: "undefined" });
    expect(found(minutes(1440, 1, (_, n) => n())).predictability).toMatchObject({ neededMs: 7 * DAY_MS });
  });
});

describe("volatility", () => {
  test("is the noise over the mean, around the daily curve and from step to step", () => {
    const { remainderCv, changeCv, mean } = known(
      found(minutes(WEEK_STEPS, 2, (t, noise) => 10 * day(t) + 5 * noise())).volatility,
    );
    expect(mean).toBeCloseTo(50, 0);
    expect(remainderCv).toBeCloseTo(0.1, 2);
    expect(changeCv).toBeCloseTo(0.1 * Math.SQRT2, 2);
  });

  test("does not change with the scale, but with the level", () => {
    const values = minutes(WEEK_STEPS, 3, (t, noise) => day(t) + noise());
    const plain = known(found(values).volatility);
    expect(known(found(values.map((v) => 1e6 * v)).volatility).remainderCv).toBeCloseTo(plain.remainderCv, 9);
    expect(known(found(values.map((v) => v + plain.mean)).volatility).remainderCv).toBeCloseTo(
      plain.remainderCv / 2,
      9,
    );
  });

  test("of a series around 0 has no answer, of a constant is 0", () => {
    expect(found(minutes(WEEK_STEPS, 1, (t) => (t % 2 === 0 ? 1 : -1))).volatility).toEqual({
      kind: "undefined",
      reason: { code: "patterns.zeroMean", args: {} },
    });
    expect(found(minutes(WEEK_STEPS, 1, () => 0)).volatility).toMatchObject({ kind: "undefined" });
    expect(known(found(minutes(WEEK_STEPS, 1, () => 7)).volatility)).toMatchObject({ remainderCv: 0, changeCv: 0 });
  });
});
