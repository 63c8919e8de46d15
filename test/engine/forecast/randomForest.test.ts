import { describe, expect, test } from "vitest";
import { featureRow, featureShape } from "../../../src/engine/forecast/features.ts";
import type { History } from "../../../src/engine/forecast/forecaster.ts";
import { randomForest } from "../../../src/engine/forecast/randomForest.ts";
import {
  betweenKnots,
  bestReference,
  knotsOf,
  learnableRows,
  referenceAt,
} from "../../../src/engine/forecast/references.ts";
import { naive } from "../../../src/engine/forecast/naive.ts";
import { continued, fitOf, historyOf, series } from "./support.ts";

describe("the random forest", () => {
  test("learns what no simple rule can: the next value hangs on the one two steps ago", async () => {
    // −2 after a value above zero two steps before, else 2, and a little noise.
    const values = series(900, 3, (_, noise) => noise());
    for (let t = 2; t < 900; t++) values[t] = ((values[t - 2] as number) > 0 ? -2 : 2) + 0.3 * (values[t] as number);
    let own = 0;
    let simple = 0;
    const fitted = await fitOf(randomForest, historyOf(values.slice(0, 700)), 1);
    for (let end = 700; end < 900; end++) {
      const history = historyOf(values.slice(0, end));
      own += Math.abs((fitted.predict(history, 1)[0] as number) - (values[end] as number));
      simple += Math.abs(((await continued(naive, history, 1))[0] as number) - (values[end] as number));
    }
    expect(own).toBeLessThan(0.25 * simple);
  });

  test("says little more than its reference on noise", async () => {
    let own = 0;
    let level = 0;
    const values = series(700, 5, (_, noise) => 10 + noise());
    const fitted = await fitOf(randomForest, historyOf(values.slice(0, 500)), 8);
    for (let end = 500; end < 692; end += 8) {
      const history = historyOf(values.slice(0, end));
      const points = fitted.predict(history, 8);
      for (let h = 0; h < 8; h++) {
        own += Math.abs((points[h] as number) - (values[end + h] as number));
        level += Math.abs(10 - (values[end + h] as number));
      }
    }
    expect(own).toBeLessThan(1.12 * level);
  });

  test("uses other metrics of the same steps", async () => {
    const ahead = series(700, 8, (_, noise) => noise());
    // What the other metric shows now comes here two steps later.
    const values = Float64Array.from({ length: 700 }, (_, t) => 5 + (t < 2 ? 0 : 2 * (ahead[t - 2] as number)));
    const withOther = (end: number): History => ({
      ...historyOf(values.slice(0, end)),
      others: [ahead.slice(0, end)],
      spikes: null,
      filled: null,
    });
    const fitted = await fitOf(randomForest, withOther(600), 2);
    const alone = await fitOf(randomForest, historyOf(values.slice(0, 600)), 2);
    let own = 0;
    let without = 0;
    for (let end = 600; end < 698; end++) {
      own += Math.abs((fitted.predict(withOther(end), 2)[1] as number) - (values[end + 1] as number));
      without += Math.abs(
        (alone.predict(historyOf(values.slice(0, end)), 2)[1] as number) - (values[end + 1] as number),
      );
    }
    expect(own).toBeLessThan(0.6 * without);
    expect(() => fitted.predict(historyOf(values), 2)).toThrow("features");
  });

  test("does not learn from steps that are known to be unusual", async () => {
    const values = series(500, 6, (_, noise) => 10 + noise());
    const spikes = Uint8Array.from({ length: 500 }, (_, t) => (t % 7 === 3 ? 1 : 0));
    for (let t = 0; t < 500; t++) if (spikes[t] === 1) values[t] = 1_000;
    const aware = await fitOf(randomForest, { ...historyOf(values), spikes }, 4);
    const targets = (aware.toJSON()["forest"] as { trees: { values: number[] }[] }).trees.flatMap(
      (tree) => tree.values,
    );
    expect(Math.max(...targets)).toBeLessThan(100);
    expect(
      learnableRows({ ...historyOf(values), spikes }, 480, [1, 4]).every((t) => (t + 1) % 7 !== 3 && (t + 4) % 7 !== 3),
    ).toBe(true);
    expect([...learnableRows(historyOf(values), 493, [1, 4])]).toEqual([493, 494, 495]);
  });

  test("refuses fewer rows than it can learn from", async () => {
    expect(() => randomForest.fit(historyOf(new Float64Array(130)), { horizon: 12, seed: 1 })).toThrow("too few");
  });
});

describe("features", () => {
  const calendar = { startMs: 1_700_000_000_000, stepMs: 3_600_000, dayMs: 86_400_000 };
  const values = series(500, 2, (t, noise) => 5 + Math.sin(t / 4) + noise());

  test("of a moment are the same whatever comes after it", () => {
    const history: History = {
      values,
      season: 24,
      calendar,
      others: [values.map((value) => 2 * value)],
      spikes: null,
      filled: null,
    };
    const shape = featureShape(history);
    expect(shape).toEqual({ day: true, week: true });
    for (const t of [72, 100, 300]) {
      const later: History = {
        ...history,
        values: values.map((value, at) => (at > t ? 1e6 : value)),
        others: [values.map((value, at) => (at > t ? -1e6 : 2 * value))],
        spikes: null,
        filled: null,
      };
      expect(featureRow(later, t, shape)).toEqual(featureRow(history, t, shape));
    }
  });

  test("move with the level in one place alone", () => {
    const row = featureRow(historyOf(values), 200, { day: false, week: false });
    const shifted = featureRow(historyOf(values.map((value) => value + 100)), 200, { day: false, week: false });
    for (const [i, value] of shifted.entries()) expect(value - (row[i] as number)).toBeCloseTo(i === 0 ? 100 : 0, 9);
  });

  test("know a time of day from the third day on and one of the week from the third week on", () => {
    const of = (steps: number) => featureShape({ ...historyOf(values.subarray(0, steps)), calendar });
    expect(of(47)).toEqual({ day: false, week: false });
    expect(of(48)).toEqual({ day: true, week: false });
    expect(of(336)).toEqual({ day: true, week: true });
    expect(featureShape(historyOf(values))).toEqual({ day: false, week: false });
  });
});

describe("references", () => {
  test("are computed from what was known alone", () => {
    const history = historyOf(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1e9), 3);
    const at = (reference: Parameters<typeof referenceAt>[0], h: number) => referenceAt(reference, history, 7, h);
    expect(at({ kind: "last" }, 5)).toBe(8);
    expect(at({ kind: "median" }, 2)).toBe(4.5);
    expect(at({ kind: "season" }, 1)).toBe(6);
    expect(at({ kind: "season" }, 4)).toBe(6);
    // Steps 8, 5, 2 of the series: what is known of them are 6 and 3.
    expect(at({ kind: "profile" }, 1)).toBe(4.5);
    expect(at({ kind: "level", alpha: 1 }, 1)).toBe(8);
  });

  test("the best of them is that of the least error", () => {
    const noise = series(300, 1, (_, normal) => normal());
    expect(bestReference(historyOf(noise), [1, 4], 0.02).kind).toMatch(/median|level/);
    let level = 0;
    const walk = series(300, 1, (_, normal) => (level += normal()));
    expect(bestReference(historyOf(walk), [1], 0.02)).toEqual({ kind: "last" });
    const season = Float64Array.from({ length: 300 }, (_, t) => (t * t) % 11);
    expect(bestReference(historyOf(season, 11), [1, 5], 0.02).kind).toMatch(/season|profile/);
  });

  test("leads rise from the first step to the last, and straight lines lie between them", () => {
    for (const horizon of [1, 2, 3, 5, 9, 16, 17, 24, 60, 300, 2_000]) {
      const knots = knotsOf(horizon);
      expect(knots[0]).toBe(1);
      expect(knots.at(-1)).toBe(horizon);
      expect(knots.length).toBeLessThanOrEqual(7);
      expect(knots).toEqual([...new Set(knots)].toSorted((a, b) => a - b));
      const line = betweenKnots(
        knots,
        knots.map((lead) => 3 * lead - 1),
        horizon,
      );
      for (const [h, value] of line.entries()) expect(value).toBeCloseTo(3 * (h + 1) - 1, 9);
    }
  });
});
