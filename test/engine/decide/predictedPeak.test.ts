import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PeakAhead, predictedPeak } from "../../../src/engine/decide/predictedPeak.ts";
import { forecastOf, view, WALL } from "./view.ts";

describe("the highest mean within the lead time", () => {
  test("is that of the points to come in the next five minutes, with the highest bound", () => {
    const forecast = forecastOf(0, [3, 9, 4, 4, 4, 50]);
    expect(predictedPeak(view(0, 5, 3, { forecast }))).toMatchObject({ mean: 9, upper: 9, atMs: WALL + 120_000 });
    // The 50 lies six minutes ahead; a slow start looks further.
    expect(predictedPeak(view(0, 5, 3, { forecast, startUpMs: 300_000 })).mean).toBe(50);
    expect(predictedPeak(view(130_000, 5, 3, { forecast })).mean).toBe(50);
    expect(predictedPeak(view(400_000, 5, 3, { forecast })).reason?.code).toBe("forecast.stale");
    expect(predictedPeak(view(0, 5, 3)).reason?.code).toBe("forecast.none");
  });

  test("kept between two looks, it is what it would be if worked out at each", () => {
    const anomaly = { metric: "demand", sinceMs: 1, value: 9, usualLow: 2, usualHigh: 4, score: 0.9 } as const;
    const means = fc.array(fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), fc.constant(Number.NaN)), {
      minLength: 1,
      maxLength: 20,
    });
    const look = fc.record({
      // As clocks and ticks are: whole seconds, fractions of a millisecond, now and then back.
      elapsedMs: fc.oneof(
        fc.constantFrom(0, 1_000, 5_000, 60_000, -3_000),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
      ),
      forecast: fc.integer({ min: -1, max: 2 }),
      unusual: fc.boolean(),
      startUpMs: fc.constantFrom(null, 0, 240_000.5),
    });
    const looks = fc.array(
      fc.oneof(
        { weight: 1, arbitrary: look },
        { weight: 5, arbitrary: fc.record({ elapsedMs: look.map((l) => l.elapsedMs) }) },
      ),
      { minLength: 1, maxLength: 100 },
    );
    fc.assert(
      fc.property(fc.array(means, { minLength: 3, maxLength: 3 }), looks, (series, steps) => {
        const forecasts = series.map((values, n) =>
          forecastOf(n * 1_234.5, values, { ready: n !== 2 || values.length > 3 }),
        );
        const ahead = new PeakAhead();
        let now = 0;
        let over = {};
        for (const step of steps) {
          now += step.elapsedMs;
          if ("forecast" in step)
            over = {
              forecast: forecasts[step.forecast] ?? null,
              anomaly: step.unusual ? anomaly : null,
              startUpMs: step.startUpMs,
            };
          const seen = view(now, 5, 3, over);
          expect(ahead.look(seen)).toEqual(predictedPeak(seen));
        }
      }),
    );
  });
});
