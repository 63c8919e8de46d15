import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balancedAccuracy, rocAuc, seededAnomalies, SHAPES } from "../../../../bench/lib/seededAnomalies.ts";
import { AnomalyDetector, type Verdict, WARM_UP } from "../../../../src/engine/analyse/anomaly/detector.ts";
import { detectAll, detectRows } from "../../../../src/engine/analyse/anomaly/detectRows.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";

const OPTIONS = { seed: 1, seasonSteps: null };

function judge(values: readonly (number | null)[] | Float64Array, options = OPTIONS): Verdict[] {
  const detector = new AnomalyDetector(options);
  return Array.from(values, (value) => detector.push({ value, phase: null, forecast: null }));
}

function noise(count: number, seed: number, at: (t: number) => number = () => 0): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: count }, (_, t) => at(t) + normal(rng));
}

const numbers = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.constantFrom(0, 1e308, -1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY) },
  ),
  { maxLength: 150 },
);

describe("a series judged value by value", () => {
  test("has the same past whatever follows", () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (past, one, other) => {
        const cut = past.length;
        const a = judge([...past, ...one]).slice(0, cut);
        const b = judge([...past, ...other]).slice(0, cut);
        expect(a).toEqual(b);
      }),
      { numRuns: 40 },
    );
  });

  test("has the same past over a long run, seasons found and all", () => {
    const values = noise(1_500, 3, (t) => 5 * Math.sin((2 * Math.PI * t) / 48));
    const changed = values.map((value, t) => (t < 1_000 ? value : 100 - value));
    const whole = judge(values).slice(0, 1_000);
    expect(judge(values.subarray(0, 1_000))).toEqual(whole);
    expect(judge(changed).slice(0, 1_000)).toEqual(whole);
  });

  test("has scores from 0 to 1, null where nothing was measured, and no flag in the beginning", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        for (const [i, { score, flag, deviated }] of judge(values).entries()) {
          if (Number.isFinite(values[i])) expect(score !== null && score >= 0 && score <= 1).toBe(true);
          else expect(score).toBeNull();
          if (i < WARM_UP) expect(flag).toBe(false);
          expect(deviated === null).toBe(!flag);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is judged the same in other units", () => {
    const values = noise(600, 4, (t) => (t === 400 ? 8 : 20));
    const scores = (factor: number) => judge(values.map((value) => factor * value)).map(({ score }) => score ?? 0);
    const own = scores(1);
    for (const factor of [1e-9, 1 / 3, 1e12])
      for (const [i, score] of scores(factor).entries()) expect(score).toBeCloseTo(own[i] ?? -1, 5);
  });

  test("is judged the same each time by the same seed", () => {
    const values = noise(800, 5);
    expect(judge(values)).toEqual(judge(values));
  });

  test.each([
    ["a constant", new Float64Array(2_000).fill(42)],
    ["zeros", new Float64Array(2_000)],
    ["nothing measured", new Float64Array(2_000).fill(Number.NaN)],
    ["three values", new Float64Array([1, 2, 300])],
  ])("of %s has nothing unusual", (_name, values) => {
    expect(judge(values).filter(({ flag }) => flag)).toEqual([]);
  });

  test("of a constant flags the first value that is another", () => {
    const values = new Float64Array(500).fill(42);
    values[300] = 43;
    const flagged = judge(values).flatMap(({ flag }, t) => (flag ? [t] : []));
    expect(flagged).toEqual([300]);
  });
});

describe("what is unusual", () => {
  test("is named: which way, how far, and what was expected", () => {
    const values = noise(500, 6, (t) => (t === 400 ? 62 : 50));
    const { flag, deviated } = judge(values)[400] ?? { flag: false, deviated: null };
    expect(flag).toBe(true);
    expect(deviated).toMatchObject({ direction: "above" });
    expect(deviated?.expected).toBeCloseTo(50, 0);
    expect(deviated?.sigmas).toBeGreaterThan(8);
  });

  test("stays so through all of a shift of twenty steps, and is over when the shift is", () => {
    const values = noise(700, 7, (t) => (t >= 500 && t < 520 ? 3.5 : 0));
    const flags = judge(values).map(({ flag }) => flag);
    expect(flags.slice(502, 520).filter(Boolean).length).toBeGreaterThanOrEqual(17);
    expect(flags.slice(522, 560).filter(Boolean).length).toBeLessThanOrEqual(3);
  });

  test("becomes the new normal when it persists", () => {
    const values = noise(1_200, 8, (t) => (t >= 600 ? 10 : 0));
    const flags = judge(values).map(({ flag }) => flag);
    expect(flags.slice(600, 640).filter(Boolean).length).toBeGreaterThanOrEqual(38);
    expect(flags.slice(700).filter(Boolean).length).toBeLessThan(25);
  });

  test("is not a day like the others", () => {
    const day = (t: number): number => 12 * Math.sin((2 * Math.PI * t) / 96);
    const values = noise(960, 9, day);
    // At the height of one day the value of the night: far within the range, and out of place.
    values[864 + 24] = -12;
    const verdicts = judge(values);
    expect(verdicts[864 + 24]?.flag).toBe(true);
    expect(verdicts.slice(480).filter(({ flag }) => flag).length).toBeLessThan(30);
  });

  test("is less surprising the more often it has happened", () => {
    const often = judge(noise(3_000, 10, (t) => (t % 150 === 140 ? 12 : 0)));
    const once = judge(noise(3_000, 10, (t) => (t === 2_990 ? 12 : 0)));
    expect(often[2_990]?.flag).toBe(true);
    expect(often[2_990]?.score).toBeLessThan(once[2_990]?.score ?? 0);
  });

  test("follows a forecast that is better than what can be seen from here", () => {
    const rng = createRng(11);
    const jumps = Float64Array.from({ length: 800 }, () => 10 * Math.floor(4 * rng()));
    const values = jumps.map((jump) => jump + normal(rng));
    values[700] = (values[700] as number) + 9;
    const told = new AnomalyDetector(OPTIONS);
    const verdicts = Array.from(values, (value, t) => told.push({ value, phase: null, forecast: jumps[t] as number }));
    expect(verdicts[700]?.flag).toBe(true);
    expect(judge(values)[700]?.score).toBeLessThan(verdicts[700]?.score ?? 0);
    expect(verdicts.slice(200).filter(({ flag }) => flag).length).toBeLessThan(30);
  });

  test("leaves what is learnt alone: a burst of spikes does not widen the usual", () => {
    const values = noise(900, 12);
    const spiked = values.map((value, t) => (t >= 500 && t < 800 && t % 25 === 0 ? value + 30 : value));
    spiked[850] = 6;
    values[850] = 6;
    expect(judge(spiked)[850]?.flag).toBe(true);
    expect(judge(spiked)[850]?.deviated?.sigmas ?? 0).toBeGreaterThan(4);
  });
});

describe("planted points of 4σ and shifts of 2σ", () => {
  test.each(SHAPES)(
    "on %s are told apart",
    (shape) => {
      const results = [11, 12, 13].map((seed) => {
        const { values, labels } = seededAnomalies(shape, seed, 4_000);
        const verdicts = judge(values);
        return {
          auc: rocAuc(
            verdicts.map(({ score }) => score ?? 0),
            labels,
          ),
          accuracy: balancedAccuracy(
            verdicts.map(({ flag }) => (flag ? 1 : 0)),
            labels,
          ),
        };
      });
      const middle = (figures: number[]): number => figures.toSorted((a, b) => a - b)[1] ?? 0;
      expect(middle(results.map(({ auc }) => auc))).toBeGreaterThan(0.95);
      expect(middle(results.map(({ accuracy }) => accuracy))).toBeGreaterThan(0.9);
    },
    20_000,
  );
});

describe("rows of a table", () => {
  test("are the same all at once as one by one", () => {
    const values = noise(700, 13, (t) => (t === 500 ? 9 : 0));
    const { scores, flags } = detectAll({ values, times: null }, OPTIONS);
    const single = judge(values);
    expect([...flags]).toEqual(single.map(({ flag }) => (flag ? 1 : 0)));
    expect([...scores]).toEqual(single.map(({ score }) => Math.fround(score ?? Number.NaN)));
  });

  test("come in order of time, each once, and later rows change nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.double({ noNaN: true }))), (rows) => {
        const of = (some: typeof rows) => [
          ...detectRows({ values: some.map(([, value]) => value), times: some.map(([at]) => at * 60_000) }, OPTIONS),
        ];
        const all = of(rows);
        expect(all.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...rows.keys()]);
        const times = all.map(({ index }) => rows[index]?.[0] ?? -1);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const early = rows.filter(([at]) => at <= 200);
        expect(of(early).map(({ score }) => score)).toEqual(all.slice(0, early.length).map(({ score }) => score));
      }),
      { numRuns: 30 },
    );
  });

  test("a hole in the times is steps without a value: the day goes on behind it in step", () => {
    const day = (t: number): number => 30 * Math.sin((2 * Math.PI * t) / 48);
    const values = noise(1_000, 14, day);
    const kept = Array.from(values.keys()).filter((t) => t < 700 || t >= 724);
    const rows = [
      ...detectRows({ values: kept.map((t) => values[t] as number), times: kept.map((t) => t * 60_000) }, OPTIONS),
    ];
    expect(rows.slice(700, 760).filter(({ flag }) => flag).length).toBeLessThan(8);
  });

  test("a stray date does not make the series a million steps long", () => {
    const times = Array.from({ length: 200 }, (_, t) => t * 1_000);
    times[150] = 1e14;
    const rows = [...detectRows({ values: noise(200, 15), times }, OPTIONS)];
    expect(rows).toHaveLength(200);
  });
});

test("a value costs little, and no value much", () => {
  const detector = new AnomalyDetector({ seed: 1, seasonSteps: 180 });
  const values = noise(3_000, 16, (t) => Math.sin((2 * Math.PI * t) / 180));
  const begun = performance.now();
  for (const value of values) detector.push({ value, phase: null, forecast: null });
  // A tenth of a millisecond each is the target; ten times that is a mistake, not a slow machine.
  expect((performance.now() - begun) / values.length).toBeLessThan(1);
});

test.each([
  [{ seed: 1.5, seasonSteps: null }, "seed must be an integer, got 1.5"],
  [{ seed: 1, seasonSteps: 0 }, "seasonSteps must be a whole number ≥ 1, got 0"],
])("a detector with %o is refused", (options, message) => {
  expect(() => new AnomalyDetector(options)).toThrow(new RangeError(message));
});
