import * as fc from "fast-check";
import { expect, test } from "vitest";
import { median } from "../../../src/engine/common/statistics.ts";
import { rollingMedian } from "../../../src/engine/forecast/rollingMedian.ts";

test("is the median of the last values at every step, whatever they are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))),
      fc.integer({ min: 1, max: 12 }),
      (list, window) => {
        const values = Float64Array.from(list);
        const slow = values.map((_, t) => median(values.subarray(Math.max(0, t + 1 - window), t + 1)));
        expect([...rollingMedian(values, window)].map((value) => value + 0)).toEqual(
          [...slow].map((value) => value + 0),
        );
      },
    ),
  );
});

test("refuses a window that is none", () => {
  for (const window of [0, -1, 1.5, Number.NaN])
    expect(() => rollingMedian(Float64Array.of(1, 2), window)).toThrow(/window must be a whole number/);
});
