import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planOrigins, stepsNeeded } from "../../../src/engine/forecast/plan.ts";

describe("origins", () => {
  test("lie a horizon apart over the newest 30%, with others before them, and the refits among them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.option(fc.integer({ min: 2, max: 1_440 })),
        fc.integer({ min: 1, max: 2_000 }),
        (steps, season, horizon) => {
          const planned = planOrigins(steps, season, horizon);
          if (planned.kind === "tooShort") {
            expect(planned.needed).toBeGreaterThanOrEqual(stepsNeeded(season, horizon));
            expect(planned.needed).toBeGreaterThan(steps);
            return;
          }
          const { origins, firstTest, trainSteps, refits } = planned.plan;
          expect(planned.plan.horizon).toBe(horizon);
          expect(trainSteps).toBe(steps - Math.ceil(0.3 * steps));
          expect(origins).toEqual([...new Set(origins)].toSorted((a, b) => a - b));
          const tests = origins.slice(firstTest);
          expect(tests[0]).toBe(trainSteps);
          for (const [i, origin] of tests.entries()) expect(origin).toBe(trainSteps + i * horizon);
          // The next one would not have its whole horizon.
          expect((tests.at(-1) as number) + horizon).toBeLessThanOrEqual(steps);
          expect((tests.at(-1) as number) + 2 * horizon).toBeGreaterThan(steps);
          expect(firstTest).toBeLessThanOrEqual(100);
          expect(origins[0]).toBeGreaterThanOrEqual(season === null ? 36 : Math.max(36, 1.25 * season));
          for (const refit of refits) expect(origins).toContain(refit);
          expect(refits[0]).toBe(origins[0]);
          expect(refits.filter((refit) => refit >= trainSteps).length).toBeLessThanOrEqual(3);
          expect(refits).toContain(trainSteps);
          expect(refits).toEqual(refits.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  test("of a hundred values and a horizon of ten", () => {
    const planned = planOrigins(100, null, 10);
    expect(planned).toMatchObject({ kind: "plan", plan: { trainSteps: 70, horizon: 10 } });
    const { plan } = planned as Extract<typeof planned, { kind: "plan" }>;
    expect(plan.origins.slice(plan.firstTest)).toEqual([70, 80, 90]);
    // There is room for 34 before the first that is judged, one a step.
    expect(plan.origins.slice(0, plan.firstTest)).toEqual(Array.from({ length: 34 }, (_, i) => 36 + i));
    expect(plan.refits).toEqual([36, 70, 80, 90]);
  });

  test("what is said to be needed is enough", () => {
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 2, max: 500 })), fc.integer({ min: 1, max: 300 }), (season, horizon) => {
        const short = planOrigins(1, season, horizon);
        if (short.kind !== "tooShort") throw new Error("one value was enough");
        expect(planOrigins(short.needed, season, horizon).kind).toBe("plan");
        expect(planOrigins(stepsNeeded(season, horizon) - 1, season, horizon).kind).toBe("tooShort");
      }),
    );
  });

  test("are fewer, or closer together, where that is asked for", () => {
    const few = planOrigins(2_000, null, 10, { mostTests: 7, mostWarmUps: 5 });
    if (few.kind !== "plan") throw new Error("too short");
    expect(few.plan.origins.slice(few.plan.firstTest)).toEqual([1_930, 1_940, 1_950, 1_960, 1_970, 1_980, 1_990]);
    expect(few.plan.origins.slice(0, few.plan.firstTest)).toEqual([1_880, 1_890, 1_900, 1_910, 1_920]);
    // Parameters still come from before the whole share.
    expect(few.plan.trainSteps).toBe(1_400);
    const close = planOrigins(200, null, 10, { stride: 1 });
    if (close.kind !== "plan") throw new Error("too short");
    expect(close.plan.origins.slice(close.plan.firstTest)).toEqual(Array.from({ length: 51 }, (_, i) => 140 + i));
  });
});
