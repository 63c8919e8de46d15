import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArenaSeries, historyAt, runArena } from "../../../src/engine/forecast/arena.ts";
import { ENSEMBLE } from "../../../src/engine/forecast/ensemble.ts";
import type { Fitted, Forecaster, History } from "../../../src/engine/forecast/forecaster.ts";
import { type Plan, planOrigins } from "../../../src/engine/forecast/plan.ts";
import { naive } from "../../../src/engine/forecast/naive.ts";
import { assessmentOf, quickModels, request, series } from "./support.ts";

const nowMs = (): number => 0;

function planOf(steps: number, season: number | null, horizon: number): Plan {
  const planned = planOrigins(steps, season, horizon);
  if (planned.kind !== "plan") throw new Error("too short");
  return planned.plan;
}

function seriesOf(measured: Float64Array): ArenaSeries {
  return { measured, season: null, calendar: null, others: [], spikes: null, lowerBound: null };
}

/** A model that notes what it was fitted to and what it continued. */
function spy(refit: Forecaster["refit"], fail: (steps: number) => boolean = () => false) {
  const fits: number[] = [];
  const continued: [fitted: number, steps: number][] = [];
  const model: Forecaster = {
    ...{ id: `spy-${refit}`, role: "candidate", refit },
    least: () => 40,
    fit: ({ values }: History): Fitted => {
      fits.push(values.length);
      return {
        predict: (history, horizon) => {
          if (fail(history.values.length)) throw new Error("does not continue this");
          continued.push([values.length, history.values.length]);
          return new Float64Array(horizon).fill(values.length);
        },
        toJSON: () => ({ model: `spy-${refit}`, version: 1 }),
      };
    },
    revive: () => {
      throw new RangeError("is never kept");
    },
  };
  return { model, fits, continued };
}

describe("the arena", () => {
  const values = series(200, 1, (_, noise) => 5 + noise());
  const plan = planOf(200, null, 10);

  test("fits each kind of model as often as its cost is worth", async () => {
    const [anew, once, seldom] = [spy("origin"), spy("once"), spy("seldom")];
    const models = [anew.model, once.model, seldom.model];
    const { snapshots } = await runArena(seriesOf(values), models, plan, { seed: 1, nowMs });
    const able = plan.origins.filter((origin) => origin >= 40);
    expect(anew.fits).toEqual(able);
    expect(once.fits).toEqual([plan.trainSteps]);
    const refits = plan.refits.filter((origin) => origin >= 40);
    expect(seldom.fits).toEqual(refits);
    for (const [fitted, steps] of anew.continued) expect(fitted).toBe(steps);
    for (const [fitted, steps] of seldom.continued) expect(fitted).toBe(refits.findLast((refit) => refit <= steps));
    expect(snapshots.get("spy-seldom")?.map(({ seenTo }) => seenTo)).toEqual(refits);
    expect([...snapshots.keys()]).toEqual(["spy-seldom"]);
  });

  test("takes learned models from before instead, each only where it has seen nothing of what comes", async () => {
    const { model, fits } = spy("seldom");
    const fittedTo = (value: number): Fitted => ({
      predict: (_history, horizon) => new Float64Array(horizon).fill(value),
      toJSON: () => ({ model: "spy-seldom", version: 1 }),
    });
    const given = new Map([
      [
        "spy-seldom",
        [
          { fitted: fittedTo(1), seenTo: 120 },
          { fitted: fittedTo(2), seenTo: 155 },
          { fitted: fittedTo(3), seenTo: 10_000 },
        ],
      ],
    ]);
    const { predicted } = await runArena(seriesOf(values), [model], plan, { seed: 1, nowMs, given });
    expect(fits).toEqual([]);
    const said = predicted.get("spy-seldom") as Float64Array;
    for (const [row, origin] of plan.origins.entries())
      expect(said[row * 10]).toBe(origin < 120 ? Number.NaN : origin < 155 ? 1 : 2);
  });

  test("a model that fails at one origin says nothing there, and the others go on", async () => {
    const { model } = spy("origin", (steps) => steps === 150);
    const { predicted } = await runArena(seriesOf(values), [model, naive], plan, { seed: 1, nowMs });
    const row = plan.origins.indexOf(150);
    const said = predicted.get("spy-origin") as Float64Array;
    expect([...said.subarray(row * 10, row * 10 + 10)].every(Number.isNaN)).toBe(true);
    expect(said[(row + 1) * 10]).toBe(160);
    expect(predicted.get("naive")?.[row * 10]).toBe(values[149]);
  });

  test("tells how far it is, and gives up when it is told to", async () => {
    const told: number[] = [];
    const controller = new AbortController();
    const onProgress = (ratio: number): void => {
      told.push(ratio);
      if (told.length === 5) controller.abort();
    };
    const run = runArena(seriesOf(values), [naive], plan, { seed: 1, nowMs, signal: controller.signal, onProgress });
    await expect(run).rejects.toMatchObject({ code: "aborted" });
    expect(told).toHaveLength(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  test("keeps forecasts above a bound that is known, and holes out of what they are judged by", async () => {
    const holed = values.map((value, t) => (t === 165 ? Number.NaN : value));
    const { model } = spy("origin");
    const bounded = { ...seriesOf(holed), lowerBound: 150 };
    const { predicted, actual } = await runArena(bounded, [model], plan, { seed: 1, nowMs });
    const row = plan.origins.indexOf(160);
    expect(actual[row * 10 + 5]).toBeNaN();
    expect(predicted.get("spy-origin")?.[plan.origins.indexOf(140) * 10]).toBe(150);
    expect(predicted.get("spy-origin")?.[row * 10]).toBe(160);
    expect(historyAt(bounded, 170).values.every(Number.isFinite)).toBe(true);
    // What was filled in is told apart from what was measured; before the hole there is nothing to tell.
    expect([...(historyAt(bounded, 170).filled?.entries() ?? [])].filter(([, mark]) => mark === 1)).toEqual([[165, 1]]);
    expect(historyAt(bounded, 165).filled).toBeNull();
  });
});

describe("what was said at an origin", () => {
  test("does not change with anything after it: no model, no mix, no interval knows the future", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom(1e6, -40, Number.NaN, 0),
        async (seed, at, instead) => {
          const values = series(420, seed, (t, noise) => 10 + 3 * Math.sin((2 * Math.PI * t) / 24) + noise());
          const plan = { mostWarmUps: 12 };
          const asked = request(values, { seasonSteps: 24, horizonSteps: 8, dayMs: 48_000 });
          const before = await assessmentOf(asked, { plan });
          const { origins, firstTest, horizon, trainSteps } = before.plan;
          // Some judged origin from the second on: parameters that are chosen once come from before the first.
          const row = firstTest + 1 + (at % (origins.length - firstTest - 1));
          const origin = origins[row] as number;
          expect(origin).toBeGreaterThan(trainSteps);
          const changed = values.map((value, t) => (t >= origin && t % 5 !== 4 ? instead + (t % 3) : value));
          const after = await assessmentOf({ ...asked, values: changed }, { plan });
          // Values are scaled by their largest: back into their own unit.
          const scale = after.history.scale / before.history.scale;
          const expectSame = (own: Float64Array, other: Float64Array, rows: number, what: string): void => {
            for (let i = 0; i < rows * horizon; i++) {
              const [a, b] = [own[i] as number, (other[i] as number) * scale];
              if (Number.isNaN(a) && Number.isNaN(b)) continue;
              expect(Math.abs(a - b), `${what}, row ${Math.floor(i / horizon)}`).toBeLessThan(1e-6);
            }
          };
          expect(after.plan).toEqual(before.plan);
          expect([...before.result.predicted.keys()]).toContain("rf");
          for (const [id, predicted] of before.result.predicted)
            expectSame(predicted, after.result.predicted.get(id) as Float64Array, row + 1, id);
          expectSame(before.ensemble, after.ensemble, row + 1, ENSEMBLE);
          for (const [index, judged] of before.judged.entries()) {
            const other = after.judged[index] as (typeof before.judged)[number];
            expect(other.id).toBe(judged.id);
            expectSame(judged.lo, other.lo, row - firstTest + 1, `${judged.id} lo`);
            expectSame(judged.hi, other.hi, row - firstTest + 1, `${judged.id} hi`);
          }
        },
      ),
      // One that was not: a later value of a million made the unit of all, in which what is a hair's breadth was another.
      { numRuns: 6, examples: [[971, 0, 1e6]] },
    );
  }, 60_000);

  test("is the same by the same seed", async () => {
    const values = series(300, 4, (t, noise) => 10 + Math.sin(t / 3) + noise());
    const asked = request(values, { horizonSteps: 6 });
    const first = await assessmentOf(asked);
    const second = await assessmentOf(asked);
    expect(second.calibration).toEqual(first.calibration);
    expect(second.ensemble).toEqual(first.ensemble);
    expect(quickModels.map(({ id }) => id)).toEqual([...first.result.predicted.keys()]);
  });
});
