import * as fc from "fast-check";
import { expect, test } from "vitest";
import { predictedPlan } from "../../../src/engine/decide/predictedPlan.ts";
import { forecastOf, WALL } from "./view.ts";

const bounds = { minAgents: 2, maxAgents: 10, scaling: { targetUtilisation: 0.8 } };
const agentsOf = (means: readonly number[]): (readonly [minute: number, agents: number])[] =>
  predictedPlan(forecastOf(0, means), bounds).steps.map(({ atMs, agents }) => [(atMs - WALL) / 60_000, agents]);

test("sizes are demand by target utilisation, rounded up, told when they change", () => {
  // 4 ÷ 0.8 = 5 exactly; 4.1 ÷ 0.8 = 5.125.
  expect(agentsOf([4, 4, 4.1, 4.8, 4.9, 4])).toEqual([
    [1, 5],
    [3, 6],
    [5, 7],
    [6, 5],
  ]);
});

test("stay within the bounds of the swarm, and say which of them held", () => {
  const { steps, ready, reason } = predictedPlan(forecastOf(0, [0, 4, 100, 1.6, 8]), bounds);
  expect({ ready, reason }).toEqual({ ready: true, reason: null });
  expect(steps.map(({ agents, bound }) => [agents, bound])).toEqual([
    [2, "min"],
    [5, null],
    [10, "max"],
    // As many as the bound, and wanted.
    [2, null],
    [10, null],
  ]);
});

test("tell the demand they are for", () => {
  const forecast = forecastOf(0, [4]);
  const [point] = forecast.points;
  const points = [{ ...(point as NonNullable<typeof point>), lo: 3, hi: 6 }];
  expect(predictedPlan({ ...forecast, points }, bounds).steps).toEqual([
    { atMs: WALL + 60_000, agents: 5, demandMean: 4, demandHi: 6, bound: null },
  ]);
});

test("do not follow from what is not ready; its reason is passed on", () => {
  const reason = { code: "forecast.noBetter", args: {} };
  expect(predictedPlan(forecastOf(0, [4], { ready: false, reason }), bounds)).toEqual({
    ready: false,
    reason,
    steps: [],
  });
});

test("whatever the forecast: within the bounds, in the order of time, no size twice in a row", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -10, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }), (means) => {
      const { steps } = predictedPlan(forecastOf(0, means), bounds);
      expect(steps[0]?.atMs).toBe(WALL + 60_000);
      for (const [i, { agents, atMs }] of steps.entries()) {
        expect(agents).toBeGreaterThanOrEqual(2);
        expect(agents).toBeLessThanOrEqual(10);
        if (i === 0) continue;
        expect(atMs).toBeGreaterThan(steps[i - 1]?.atMs as number);
        expect(agents).not.toBe(steps[i - 1]?.agents);
      }
    }),
  );
});

test.each([0, -1, Number.NaN])("a target utilisation of %s is refused", (targetUtilisation) => {
  expect(() => predictedPlan(forecastOf(0, [1]), { ...bounds, scaling: { targetUtilisation } })).toThrow(RangeError);
});
