import { describe, expect, test } from "vitest";
import { eachMeasured } from "../../../../src/engine/analyse/kpis/steps.ts";

describe("each measured step", () => {
  test("has a finite value in all series, as far as the shortest goes", () => {
    const seen: (readonly number[])[] = [];
    const count = eachMeasured(
      [Float64Array.of(1, Number.NaN, 3, 4, 5), Float64Array.of(6, 7, Number.POSITIVE_INFINITY, 9)],
      (values, step) => void seen.push([...values, step]),
    );
    expect({ count, seen }).toEqual({
      count: 2,
      seen: [
        [1, 6, 0],
        [4, 9, 3],
      ],
    });
    expect(eachMeasured([new Float64Array(0), Float64Array.of(1)], () => undefined)).toBe(0);
  });

  test("is told in one array, for there are tens of thousands of them", () => {
    const arrays = new Set<readonly number[]>();
    eachMeasured([new Float64Array(9), new Float64Array(9)], (values) => void arrays.add(values));
    expect(arrays.size).toBe(1);
  });
});
