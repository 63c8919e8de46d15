import { describe, expect, test } from "vitest";
import { UTC } from "../../../../src/engine/analyse/patterns/calendar.ts";
import { correlationOf, pearson, ranks } from "../../../../src/engine/analyse/patterns/correlation.ts";
import { day, DAY_MS, known, minutes, track, WEEK_STEPS } from "./support.ts";

const inFives = (x: Float64Array, y: Float64Array) => correlationOf(track(x, 300_000), track(y, 300_000), UTC);
const correlated = (x: Float64Array, y: Float64Array) => correlationOf(track(x), track(y), UTC);
/** A day, and on it something that remembers its past for an hour. */
const lively = (seed: number, steps = WEEK_STEPS) => {
  let level = 0;
  return minutes(steps, seed, (t, noise) => day(t) + (level = 0.98 * level + noise()));
};

describe("a worked example", () => {
  test("of Pearson's and of ranks with ties", () => {
    const x = Float64Array.of(1, 2, 3, 4, 5);
    const y = Float64Array.of(2, 1, 4, 3, 5);
    expect(pearson(x, y)).toBeCloseTo(0.8, 12);
    expect([...ranks(Float64Array.of(7, 3, 7, 1, 7))]).toEqual([4, 2, 4, 1, 4]);
    expect(pearson(x, new Float64Array(5).fill(2))).toBe(0);
  });
});

describe("a planted lag", () => {
  test.each([0, 5, 20, 45, -10, -30])("of %s minutes is found, with its sign", (lag) => {
    const x = lively(3);
    const noise = lively(4);
    const y = x.map(
      (_, t) => 10 - 0.5 * (x[Math.min(Math.max(0, t - lag), x.length - 1)] as number) + 0.2 * (noise[t] as number),
    );
    const found = known(correlated(x, y));
    expect(found.lagMs).toBe(lag * 60_000);
    expect(found.significant).toBe(true);
    expect(found.pearson).toBeLessThan(-0.8);
    expect(found.spearman).toBeLessThan(-0.8);
    expect(found.pValue).toBeLessThan(1e-6);
  });

  test("is found at 30% of the noise, with a third missing, in nine of ten", () => {
    const hits = Array.from({ length: 20 }, (_, seed) => {
      const x = lively(2 * seed + 1);
      const other = lively(2 * seed + 2);
      const y = x.map((_, t) =>
        t % 3 === 0 ? Number.NaN : 0.3 * (x[Math.max(0, t - 15)] as number) + (other[t] as number),
      );
      const found = known(correlated(x, y));
      return found.significant && found.lagMs === 15 * 60_000;
    });
    expect(hits.filter(Boolean).length).toBeGreaterThanOrEqual(18);
  });
});

describe("unconnected series", () => {
  /** Four days in steps of five minutes; the same with noise that `next` makes of itself. */
  const STEPS = 4 * 288;
  const at = (step: number): number => day(5 * step);
  const remembering = (seed: number, next: (level: number, noise: number) => number, daily = true) => {
    let level = 0;
    return minutes(STEPS, seed, (t, noise) => (daily ? at(t) : 0) + (level = next(level, noise())));
  };
  const kinds: Readonly<Record<string, (seed: number) => Float64Array>> = {
    "with the same day and noise": (seed) => minutes(STEPS, seed, (t, noise) => at(t) + noise()),
    "that remember their past": (seed) => remembering(seed, (level, noise) => 0.9 * level + noise),
    "that walk without aim": (seed) => remembering(seed, (level, noise) => level + noise, false),
    "that are lively by day and still at night": (seed) =>
      minutes(STEPS, seed, (t, noise) => at(t) * (1 + 0.5 * noise())),
    "that burst now and then": (seed) => {
      let burst = 0;
      return minutes(STEPS, seed, (t, noise, uniform) => {
        burst = uniform() < 0.01 ? 10 : 0.6 * burst;
        return at(t) + burst + 0.1 * noise();
      });
    },
    "that change in steps, more often by day": (seed) => {
      let level = 4;
      return minutes(STEPS, seed, (t, _, uniform) => {
        if (uniform() < 0.0125 * at(t)) level = Math.max(0, level + (uniform() < 0.5 ? 1 : -1));
        return level;
      });
    },
    "with weekends off": (seed) => minutes(STEPS, seed, (t, noise) => (t < 576 ? 1 : at(t)) + 0.2 * noise()),
  };
  test.each(Object.keys(kinds))("%s are hardly ever called connected", (name) => {
    const make = kinds[name] ?? expect.fail("no such kind");
    let significant = 0;
    for (let seed = 0; seed < 200; seed++)
      if (known(inFives(make(2 * seed + 1), make(2 * seed + 2))).significant) significant++;
    // 1% is promised: 2 of 200. More than 4 would come once in 20 times.
    expect(significant).toBeLessThanOrEqual(4);
  });

  test("that share one jump are not connected by it", () => {
    const jump = (seed: number) => minutes(WEEK_STEPS, seed, (t, noise) => noise() + (t > 5000 ? 100 : 0));
    expect(known(correlated(jump(1), jump(2))).significant).toBe(false);
  });
});

describe("no answer", () => {
  test("for a constant, for two clean days, for too little", () => {
    const x = lively(1);
    const undefinedFor = (code: string) => ({ kind: "undefined", reason: { code, args: {} } });
    expect(
      correlated(
        x,
        x.map(() => 4),
      ),
    ).toEqual(undefinedFor("patterns.constant"));
    expect(
      correlated(
        minutes(WEEK_STEPS, 1, day),
        minutes(WEEK_STEPS, 1, (t) => 7 * day(t + 60)),
      ),
    ).toEqual(undefinedFor("patterns.onlyDaily"));
    expect(correlated(x.subarray(0, 1440), x.subarray(0, 1440))).toEqual({
      kind: "tooLittle",
      neededMs: 3 * DAY_MS,
      haveMs: DAY_MS,
    });
    expect(
      correlated(
        x,
        x.map(() => Number.NaN),
      ),
    ).toMatchObject({ kind: "tooLittle", haveMs: 0 });
  });

  test("for series of different lengths, which are a mistake", () => {
    expect(() => correlated(lively(1), lively(2, 100))).toThrow(RangeError);
  });
});

test("is the same shifted and scaled; of a series with itself 1 at once", () => {
  const x = lively(5);
  const other = lively(6);
  const y = x.map((value, t) => value + (other[t] as number));
  const plain = known(correlated(x, y));
  const scaled = known(
    correlated(
      x.map((v) => 1e9 * v + 5),
      y.map((v) => 1e-6 * v - 3),
    ),
  );
  expect(scaled.pearson).toBeCloseTo(plain.pearson, 6);
  expect(scaled.spearman).toBeCloseTo(plain.spearman, 3);
  expect(known(correlated(x, x))).toMatchObject({ lagMs: 0, pearson: expect.closeTo(1, 9), significant: true });
});
