import { describe, expect, test } from "vitest";
import { profileOf } from "../../../../src/engine/analyse/patterns/profile.ts";
import { seriesPatterns } from "../../../../src/engine/analyse/patterns/patterns.ts";
import { UTC } from "../../../../src/engine/analyse/patterns/calendar.ts";
import { trackOf } from "../../../../src/engine/analyse/patterns/track.ts";
import { DAY_MS, day, found, HOUR_MS, known, minutes, MONDAY, track, WEEK_STEPS } from "./support.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

describe("a profile", () => {
  test("of a worked example: medians, counts, strength", () => {
    // Three cycles of two bins: (0, 4), (1, 3), (0, 6). Levels 2, 2, 3; above them ∓2, ∓1, ∓3. The others' medians:
    // for the first cycle ∓2, for the second ∓2.5, for the third ∓1.5. Remainders 0, ±1.5, ∓1.5.
    const { medians, counts, strength, peak, quiet } = profileOf({
      values: Float64Array.of(0, 4, 1, 3, 0, 6),
      bins: [0, 1, 0, 1, 0, 1],
      binCount: 2,
      cycleSteps: 2,
    });
    expect(medians).toEqual([0, 4]);
    expect(counts).toEqual([3, 3]);
    const whole = (2 * (4 + 1 + 9)) / 6;
    const remainder = (2 * (0 + 1.5 ** 2 + 1.5 ** 2)) / 6;
    expect(strength).toBeCloseTo(1 - remainder / whole, 12);
    expect([peak, quiet]).toEqual([
      { from: 1, to: 2 },
      { from: 0, to: 1 },
    ]);
  });

  test("has bins that were never measured as unknown, and runs past the end of its cycle", () => {
    const values = Float64Array.from({ length: 40 }, (_, t) => [9, 1, Number.NaN, 8][t % 4] as number);
    const { medians, counts, peak } = profileOf({
      values,
      bins: values.map((_, t) => t % 4),
      binCount: 4,
      cycleSteps: 4,
    });
    expect(medians).toEqual([9, 1, null, 8]);
    expect(counts).toEqual([10, 10, 0, 10]);
    expect(peak).toEqual({ from: 3, to: 1 });
  });
});

describe("a daily pattern", () => {
  test("is as strong as its share of the variance says", () => {
    // Variance of the curve 3² ÷ 2, of the noise 1, and 1/6 of that for what six other days know of it.
    const expected = 1 - (1 + 1 / 6 / 60) / (4.5 + 1);
    for (const seed of [1, 2, 3]) {
      const { strength, basis } = known(
        found(minutes(WEEK_STEPS, seed, (t, noise) => day(t) + noise())).temporal.daily,
      );
      expect(Math.abs(strength - expected)).toBeLessThan(0.02);
      expect(basis).toEqual({
        fromMs: MONDAY,
        toMs: MONDAY + 7 * DAY_MS,
        steps: WEEK_STEPS,
        missing: 0,
        stepMs: 60_000,
      });
    }
  });

  test("is the same shifted and scaled, and as strong while the level grows", () => {
    const values = minutes(WEEK_STEPS, 4, (t, noise) => day(t) + noise());
    const { strength, peak } = known(found(values).temporal.daily);
    for (const changed of [
      values.map((value) => value + 1000),
      values.map((value) => 1e9 * value),
      values.map((value) => 1e-9 * value),
    ]) {
      const other = known(found(changed).temporal.daily);
      expect(other.strength).toBeCloseTo(strength, 6);
      expect(other.peak).toEqual(peak);
    }
    expect(known(found(values.map((value) => -value)).temporal.daily).quiet).toEqual(peak);
    const growing = known(found(values.map((value, t) => value + (5 * t) / 1440)).temporal.daily);
    expect(growing.strength).toBeCloseTo(strength, 6);
    const memory = known(found(minutes(WEEK_STEPS, 4, (t, noise) => 1e9 + 1e5 * t + 1e5 * noise())).temporal.daily);
    expect(memory.strength).toBeLessThan(0.05);
  });

  test("is not made out of noise, walks or bursts", () => {
    const strengths = SEEDS.flatMap((seed) => {
      let level = 0;
      const noise = minutes(WEEK_STEPS, seed, (_, n) => n());
      const walk = minutes(WEEK_STEPS, seed, (_, n) => (level += n()));
      return [noise, walk].map((values) => known(found(values).temporal.daily).strength);
    });
    expect(strengths.filter((strength) => strength > 0.3).length).toBeLessThanOrEqual(4);
    expect(strengths.filter((strength) => strength > 0.6)).toEqual([]);
  });

  test("stands fast with nights missing, single values missing and a few enormous ones", () => {
    const values = minutes(WEEK_STEPS, 5, (t, noise) => day(t) + 0.5 * noise());
    const whole = known(found(values).temporal.daily);
    const nights = known(found(values.map((v, t) => (t % 1440 < 360 && t >= 1440 ? Number.NaN : v))).temporal.daily);
    expect(nights.strength).toBeGreaterThan(0.85);
    expect(nights.counts.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(nights.basis.missing).toBe(6 * 360);
    const thin = known(found(values.map((v, t) => (t % 3 === 1 ? Number.NaN : v))).temporal.daily);
    expect(thin.strength).toBeCloseTo(whole.strength, 1);
    const wild = known(found(values.map((v, t) => (t % 997 === 5 ? 1e6 : v))).temporal.daily);
    expect(wild.peak).toEqual(whole.peak);
  });

  test("takes seven days, and half of them measured", () => {
    const values = minutes(WEEK_STEPS, 6, (t, noise) => day(t) + noise());
    const tooLittle = { kind: "tooLittle", neededMs: 7 * DAY_MS };
    expect(found(values.subarray(0, 6.9 * 1440)).temporal.daily).toEqual({
      ...tooLittle,
      haveMs: Math.floor(6.9 * 1440) * 60_000,
    });
    const late = values.map((v, t) => (t < 1440 ? Number.NaN : v));
    expect(found(late).temporal.daily).toEqual({ ...tooLittle, haveMs: 6 * DAY_MS });
    const thin = values.map((v, t) => (t % 3 === 0 ? v : Number.NaN));
    expect(found(thin).temporal.daily).toMatchObject({ ...tooLittle, haveMs: 3360 * 60_000 });
    // A restart at the very beginning is no lack.
    expect(found(values.map((v, t) => (t < 20 ? Number.NaN : v))).temporal.daily.kind).toBe("known");
  });
});

describe("the heat map", () => {
  test("has the medians of weekdays by hours, and in how many weeks each was seen", () => {
    const values = minutes(WEEK_STEPS, 1, (t) => Math.floor(t / 60));
    const { medians, counts } = known(found(values).temporal.heatMap);
    expect(medians).toEqual(Array.from({ length: 168 }, (_, cell) => cell));
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  test("of a longer window is made of its hours", () => {
    const hours = trackOf(
      Float64Array.from({ length: 4 * 168 }, (_, t) => (t % 168) + (t < 168 ? 1000 : 0)),
      MONDAY,
      HOUR_MS,
      1,
    );
    const fine = track(
      minutes(WEEK_STEPS, 1, () => 7),
      60_000,
      MONDAY + 21 * DAY_MS,
    );
    const { medians, counts } = known(seriesPatterns(fine, hours, UTC).temporal.heatMap);
    expect(medians).toEqual(Array.from({ length: 168 }, (_, cell) => cell));
    expect(new Set(counts)).toEqual(new Set([4]));
  });
});

describe("weeks, months and quarters", () => {
  const over = (days: number, value: (hour: number) => number) => {
    const fromMs = Date.UTC(2025, 0, 1);
    const hours = trackOf(
      Float64Array.from({ length: days * 24 }, (_, hour) => value(hour)),
      fromMs,
      HOUR_MS,
      1,
    );
    const fine = trackOf(new Float64Array(60).fill(1), fromMs + days * DAY_MS - HOUR_MS, 60_000, 1);
    return seriesPatterns(fine, hours, UTC).temporal;
  };
  const date = (hour: number) => new Date(Date.UTC(2025, 0, 1) + hour * HOUR_MS);
  const isWeekend = (hour: number) => [0, 6].includes(date(hour).getUTCDay());

  test("of a week's history say what they need", () => {
    const { weekly, monthly, quarterly } = over(7, (hour) => hour);
    expect(weekly).toEqual({ kind: "tooLittle", neededMs: 21 * DAY_MS, haveMs: 7 * DAY_MS });
    expect(monthly).toMatchObject({ kind: "tooLittle", haveMs: 7 * DAY_MS });
    expect(quarterly).toMatchObject({ kind: "tooLittle", neededMs: expect.closeTo(182.62 * DAY_MS, -8) });
  });

  test("quiet weekends are a weekly pattern, from three weeks on", () => {
    expect(over(20, (hour) => (isWeekend(hour) ? 1 : 5)).weekly.kind).toBe("tooLittle");
    const weekly = known(over(21, (hour) => (isWeekend(hour) ? 1 : 5) + Math.sin(hour * 1.7)).weekly);
    expect(weekly.strength).toBeGreaterThan(0.7);
    expect(weekly.quiet?.from).toBeGreaterThanOrEqual(5 * 24 - 1);
  });

  test("a busy end of the month is a monthly pattern from two months on", () => {
    const busy = (hour: number) => (date(hour).getUTCDate() >= 25 ? 9 : 3) + 0.3 * Math.sin(hour * 1.7);
    expect(over(59, busy).monthly.kind).toBe("tooLittle");
    const monthly = known(over(62, busy).monthly);
    expect(monthly.strength).toBeGreaterThan(0.8);
    expect(monthly.peak).toEqual({ from: 24, to: 31 });
  });

  test("a rush in the last weeks is a quarterly pattern from two quarters on", () => {
    const rush = (hour: number) => {
      const at = date(hour);
      const start = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - (at.getUTCMonth() % 3), 1);
      return (at.getTime() - start > 70 * DAY_MS ? 9 : 3) + 0.3 * Math.sin(hour * 1.7);
    };
    expect(over(180, rush).quarterly.kind).toBe("tooLittle");
    const quarterly = known(over(184, rush).quarterly);
    expect(quarterly.strength).toBeGreaterThan(0.8);
    expect(quarterly.peak).toEqual({ from: 10, to: 13 });
  });
});

describe("the strongest repetition", () => {
  test("is the day of a daily curve under noise, within 1%", () => {
    for (const seed of [1, 2, 3]) {
      const period = known(found(minutes(WEEK_STEPS, seed, (t, noise) => day(t) + noise())).temporal.period);
      expect(Math.abs(period.periodMs / DAY_MS - 1)).toBeLessThan(0.01);
      expect(period.correlation).toBeGreaterThan(0.7);
    }
  });

  test("is found to the step between bins, with holes", () => {
    const values = minutes(WEEK_STEPS, 1, (t, noise) =>
      t % 11 === 3 ? Number.NaN : Math.sin((2 * Math.PI * t) / 93) + 0.3 * noise(),
    );
    expect(known(found(values).temporal.period).periodMs).toBe(93 * 60_000);
  });

  test("is not found in noise, and hardly ever in a walk", () => {
    const walks = SEEDS.filter((seed) => {
      let level = 0;
      expect(found(minutes(3 * 1440, seed, (_, n) => n())).temporal.period).toMatchObject({ kind: "undefined" });
      return found(minutes(3 * 1440, seed, (_, n) => (level += n()))).temporal.period.kind === "known";
    });
    expect(walks.length).toBeLessThanOrEqual(2);
  });
});
