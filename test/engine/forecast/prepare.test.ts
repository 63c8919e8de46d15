import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filled, MAX_STEPS, prepare } from "../../../src/engine/forecast/prepare.ts";
import { coarsen, refine } from "../../../src/engine/forecast/resample.ts";

const { NaN: HOLE, POSITIVE_INFINITY: INF } = Number;

describe("a history before it is used", () => {
  test("begins with its first measured value and keeps the newest", () => {
    expect([...prepare(Float64Array.of(HOLE, HOLE, 1, HOLE, 1)).values]).toEqual([1, HOLE, 1]);
    const long = prepare(Float64Array.from({ length: MAX_STEPS + 5 }, (_, t) => t));
    expect(long.values).toHaveLength(MAX_STEPS);
    expect((long.values[0] as number) * long.scale).toBe(5);
  });

  test("infinity is no measurement, and none at all is none", () => {
    expect(prepare(Float64Array.of(1, INF, -INF, 1))).toMatchObject({ missing: 2, trailingGap: 0 });
    expect(prepare(Float64Array.of(1, INF))).toMatchObject({ missing: 1, trailingGap: 1 });
    for (const none of [[], [HOLE], [INF, HOLE]]) expect(prepare(Float64Array.from(none)).values).toHaveLength(0);
  });

  test("scaling is exact and keeps every size in range", () => {
    const size = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 20 }), (list) => {
        const { values, scale } = prepare(Float64Array.from(list));
        expect(values.every((value) => Math.abs(value) <= 2)).toBe(true);
        const most = Math.max(...list.map(Math.abs));
        // Only what is 300 orders of magnitude below the largest may be rounded.
        for (const [i, value] of values.entries())
          expect(Math.abs(value * scale - (list[i] as number))).toBeLessThanOrEqual(most * 1e-300);
      }),
    );
  });

  test("slow sampling is no lack, long gaps are", () => {
    const everyThird = Float64Array.from({ length: 90 }, (_, t) => (t % 3 === 0 ? 1 : HOLE));
    expect(prepare(everyThird).tooManyHoles).toBe(false);
    const everyFifth = Float64Array.from({ length: 90 }, (_, t) => (t % 5 === 0 ? 1 : HOLE));
    expect(prepare(everyFifth).tooManyHoles).toBe(true);
    const block = (length: number) =>
      Float64Array.from({ length: 100 }, (_, t) => (t >= 50 && t < 50 + length ? HOLE : 1));
    expect(prepare(block(30)).tooManyHoles).toBe(false);
    expect(prepare(block(31)).tooManyHoles).toBe(true);
  });
});

describe("holes", () => {
  test("short ones are bridged, long ones filled from the season before, the end is held", () => {
    expect([...filled(Float64Array.of(1, HOLE, 3, HOLE, HOLE, 6, HOLE), 7, null)]).toEqual([1, 2, 3, 4, 5, 6, 6]);
    const season = Float64Array.from({ length: 24 }, (_, t) => (t >= 13 && t < 20 ? HOLE : t % 12));
    expect([...filled(season, 24, 12)]).toEqual(Array.from({ length: 24 }, (_, t) => t % 12));
  });

  test("filling never looks past the length it is given, and changes nothing that was measured", () => {
    const cell = fc.option(fc.integer({ min: 0, max: 9 }), { nil: HOLE, freq: 2 });
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 30, maxLength: 60 }),
        fc.array(cell, { maxLength: 20 }),
        (list, later) => {
          const past = Float64Array.from([1, ...list]);
          const more = Float64Array.from([...past, ...later]);
          for (const season of [null, 7]) {
            const out = filled(past, past.length, season);
            expect(filled(more, past.length, season)).toEqual(out);
            expect(out.every(Number.isFinite)).toBe(true);
            for (const [t, value] of past.entries()) if (!Number.isNaN(value)) expect(out[t]).toBe(value);
          }
        },
      ),
    );
  });
});

describe("bins", () => {
  test("of any width keep the mean and end with the last value", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 9, noNaN: true }), fc.integer({ min: 1, max: 20 }), (width, bins) => {
        const values = Float64Array.from({ length: Math.ceil(width * bins) }, (_, t) => Math.sin(t));
        const out = coarsen(values, width, bins);
        let weighted = 0;
        const start = values.length - width * bins;
        for (const [t, value] of values.entries()) weighted += value * Math.min(1, Math.max(0, t + 1 - start));
        expect(out.reduce((sum, value) => sum + value * width, 0)).toBeCloseTo(weighted, 6);
      }),
    );
  });

  test("a straight line comes back as it was", () => {
    const values = Float64Array.from({ length: 60 }, (_, t) => t);
    const coarse = coarsen(values, 4, 15);
    const ahead = Float64Array.from({ length: 6 }, (_, i) => 61.5 + 4 * i);
    for (const [h, value] of refine(coarse.at(-1) as number, ahead, 4, 20).entries())
      expect(value).toBeCloseTo(60 + h, 9);
  });

  test("are refused where the values do not reach", () => {
    expect(() => coarsen(new Float64Array(10), 4, 3)).toThrow(RangeError);
    expect(() => coarsen(new Float64Array(10), 0.5, 3)).toThrow(RangeError);
  });
});
