import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { figuresOf, isSeen, planSteps, worsened } from "../../../src/engine/decide/plan.ts";
import type { SwarmFigures } from "../../../src/engine/protocol/model.ts";

const calm: SwarmFigures = {
  begun: 20,
  waitedP95Ms: 1_000,
  runs: 20,
  errorRatio: 0.05,
  demand: 10,
  cpuPressure: 0.2,
  memoryPressure: 0.01,
  ioPressure: 0,
};

describe("the steps of a change", () => {
  test.each([
    [0, 9, false, [9]],
    [9, 0, false, [0]],
    [4, 6, false, [6]],
    [20, 25, false, [25]],
    [4, 9, false, [6, 9]],
    [2, 16, false, [4, 8, 16]],
    [10, 20, false, [13, 19, 20]],
    [10, 20, true, [20]],
    [20, 5, false, [15, 12, 9, 7, 5]],
    [20, 5, true, [15, 12, 9, 7, 5]],
    [4, 4, false, [4]],
  ])("from %i to %i, urgent %s: %j", (from, to, urgent, steps) => {
    expect(planSteps(from, to, urgent)).toEqual(steps);
  });

  test("go only one way, never beyond where they go, and are few", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.boolean(), (from, to, urgent) => {
        const steps = planSteps(from, to, urgent);
        expect(steps.at(-1)).toBe(to);
        expect(steps.length).toBeLessThanOrEqual(25);
        [from, ...steps].forEach((size, at, all) => {
          if (at > 0 && from !== to) expect(Math.sign(size - (all[at - 1] ?? 0))).toBe(Math.sign(to - from));
        });
      }),
    );
  });

  test.each([Number.NaN, -1, 2.5, Number.POSITIVE_INFINITY])("%d is no size", (size) => {
    expect(() => planSteps(4, size, false)).toThrow(RangeError);
    expect(() => planSteps(size, 4, false)).toThrow(RangeError);
  });
});

describe("a step is judged", () => {
  const grows = (after: Partial<SwarmFigures>, before = calm) => worsened(before, { ...calm, ...after }, true)?.code;
  const shrinks = (after: Partial<SwarmFigures>) => worsened(calm, { ...calm, ...after }, false)?.code;

  test("worse by errors, by pressure, by waiting that more work does not explain", () => {
    expect(grows({ errorRatio: 0.3 })).toBe("plan.errors");
    expect(grows({ memoryPressure: 0.25 })).toBe("plan.pressure");
    expect(grows({ cpuPressure: 0.9 })).toBe("plan.pressure");
    expect(grows({ waitedP95Ms: 3_001 })).toBe("plan.waiting");
    expect(shrinks({ waitedP95Ms: 3_001, demand: 90 })).toBe("plan.waiting");
    expect(shrinks({ errorRatio: 0.9 })).toBe("plan.errors");
  });

  test("not by what is within its bounds, by more work than before, or by pressure when there are fewer agents", () => {
    expect(grows({ errorRatio: 0.25, waitedP95Ms: 3_000, cpuPressure: 0.79, memoryPressure: 0.11 })).toBeUndefined();
    expect(grows({ waitedP95Ms: 60_000, demand: 40 })).toBeUndefined();
    expect(shrinks({ memoryPressure: 0.9, cpuPressure: 1 })).toBeUndefined();
  });

  test("not by what is not known", () => {
    const unknown = figuresOf({ waitedMs: [9e9], ranMs: [1, 1, 1, 1], failed: 4, cut: 0 }, null, null);
    expect(unknown).toMatchObject({ waitedP95Ms: null, errorRatio: null, cpuPressure: null });
    expect(worsened(calm, unknown, true)).toBeNull();
    expect(worsened(unknown, calm, true)).toBeNull();
  });

  test("long enough: its effect shows, there is none to show, or the pause is over", () => {
    const none = { ...calm, begun: 0, runs: 0, demand: 0 };
    const waiting = { ...none, demand: 3 };
    expect(isSeen(calm, 2, 2_000, 15_000)).toBe(false);
    expect(isSeen(calm, 3, 3_000, 15_000)).toBe(true);
    expect(isSeen(none, 3, 3_000, 15_000)).toBe(true);
    expect(isSeen(waiting, 14, 14_999, 15_000)).toBe(false);
    expect(isSeen(waiting, 1, 15_000, 15_000)).toBe(true);
  });
});
