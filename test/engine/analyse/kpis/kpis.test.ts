import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KPIS } from "../../../../src/engine/analyse/kpis/all.ts";
import { measureKpis } from "../../../../src/engine/analyse/kpis/measureKpis.ts";
import type { KpiInputs } from "../../../../src/engine/ports.ts";
import { KPI_IDS, type KpiId, LEAST_OBSERVATIONS } from "../../../../src/engine/protocol/kpis.ts";
import { FROM_MS, inputsOf, perStep, rows, STEPS } from "./inputs.ts";

const GB = 1_000_000_000;
const kpi = (id: KpiId, inputs: KpiInputs) => {
  const found = measureKpis(inputs).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};
const valueOf = (id: KpiId, inputs: KpiInputs): number | string => {
  const { figure } = kpi(id, inputs);
  return figure.kind === "known" ? figure.value : figure.reason.code;
};

describe("every key figure", () => {
  test("is there once, in the order of the protocol", () => {
    expect(KPIS.map(({ id }) => id)).toEqual(KPI_IDS);
  });

  test.each(KPIS.map(({ id }) => id))("%s is unknown on nothing, with what is missing, and never a number", (id) => {
    const { figure, met, trend, observations, denominator } = kpi(id, inputsOf());
    expect(figure).toEqual({
      kind: "unknown",
      reason: { code: "kpi.fewObservations", args: { count: 0, needed: LEAST_OBSERVATIONS } },
    });
    expect({ met, observations, denominator: denominator.value }).toEqual({
      met: null,
      observations: 0,
      denominator: null,
    });
    expect(trend.kind).toBe("unknown");
  });

  test.each(KPIS)("$id says nothing of 29 observations, and something of 30", ({ id }) => {
    const some = (count: number): KpiInputs => {
      const step = (value: number) => perStep((n) => (n < count ? value : Number.NaN));
      const once = (value: number) => perStep((n) => (n === 0 ? value : 0));
      return inputsOf({
        ...{ live: step(4), busy: step(2), demand: step(2), rssBytes: step(GB), forecast: step(2), needed: step(3) },
        ...{ startable: step(1), tickMs: step(5), done: once(count), cost: 1, faultDone: once(count), faultFailed: 0 },
        footprintBytes: GB,
        responses: rows(count, () => ({ elapsedMs: 1_000 })),
        impacts: rows(count, () => ({ beforeMs: 2, afterMs: 1 })),
        recoveries: rows(count, () => ({ tookMs: 9 })),
        outages: rows(count, () => ({ heldBack: 1, failed: 0 })),
      });
    };
    const few = kpi(id, some(29));
    expect(few.figure).toMatchObject({ kind: "unknown", reason: { code: "kpi.fewObservations", args: { count: 29 } } });
    const enough = kpi(id, some(30));
    expect(enough.figure.kind).toBe("known");
    expect(enough.observations).toBe(30);
    expect(enough.denominator.value).toBeGreaterThan(0);
  });

  test("never throws and never gives what is no number, whatever was measured", () => {
    const values = fc.array(
      fc.oneof(fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e308), fc.double({ min: 0, max: 50 })),
      { minLength: STEPS, maxLength: STEPS },
    );
    const any = fc.record({
      ...{ live: values, busy: values, demand: values, rssBytes: values, forecast: values, needed: values },
      ...{ startable: values, tickMs: values, done: values, cost: values, faultDone: values, faultFailed: values },
      footprintBytes: fc.constantFrom(null, 0, GB, Number.NaN),
      responses: fc.constant(rows(40, (n) => ({ elapsedMs: n === 3 ? Number.NaN : n }))),
      impacts: fc.constant(rows(40, (n) => ({ beforeMs: n === 3 ? Number.NaN : n, afterMs: 0 }))),
    });
    fc.assert(
      fc.property(any, (given) => {
        for (const { figure, denominator, trend } of measureKpis(inputsOf(given))) {
          if (figure.kind === "known") expect(Number.isFinite(figure.value)).toBe(true);
          expect(Number.isNaN(denominator.value)).toBe(false);
          if (trend.kind === "known") expect(Number.isFinite(trend.earlier) && Number.isFinite(trend.later)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("by hand", () => {
  test("utilisation: 2 of 4 busy for half of the time, 4 of 4 for the other half", () => {
    const found = kpi("utilisation", inputsOf({ live: 4, busy: perStep((n) => (n < 30 ? 2 : 4)) }));
    expect(found.figure).toEqual({ kind: "known", value: 0.75, source: "derived" });
    // 60 steps × 10 s × 4 agents.
    expect(found.denominator).toEqual({ value: 2_400, unit: "agentSeconds" });
    expect(found.met).toBe(true);
    expect(found.trend).toEqual({ kind: "known", earlier: 0.5, later: 1, direction: "better" });
  });

  test("utilisation: of time without agents is unknown, of agents without work is 0", () => {
    expect(valueOf("utilisation", inputsOf({ live: 0, busy: 0 }))).toBe("kpi.noAgents");
    expect(valueOf("utilisation", inputsOf({ live: 1, busy: 0 }))).toBe(0);
  });

  test("waste is the worse of idle agents and memory that is not held", () => {
    // 1 of 4 agents is idle; 4 GB are reserved and 1 GB is held.
    const memory = kpi("waste", inputsOf({ live: 4, busy: 3, rssBytes: GB, footprintBytes: GB }));
    expect(memory).toMatchObject({ figure: { value: 0.75 }, denominator: { unit: "byteSeconds", value: 2_400 * GB } });
    // 3 of 4 agents are idle; of 4 GB 3 are held.
    const agents = kpi("waste", inputsOf({ live: 4, busy: 1, rssBytes: 3 * GB, footprintBytes: GB }));
    expect(agents).toMatchObject({ figure: { value: 0.75 }, denominator: { unit: "agentSeconds" }, met: false });
    expect(valueOf("waste", inputsOf({ live: 4, busy: 4, rssBytes: 1 }))).toBe("kpi.noFootprint");
  });

  test("allocation accuracy: 5 of 4 and 3 of 4 are a quarter off each; what needs nobody does not count", () => {
    const live = perStep((n) => (n % 2 === 0 ? 5 : 3));
    expect(valueOf("allocationAccuracy", inputsOf({ live, needed: 4 }))).toBe(0.75);
    const half = kpi("allocationAccuracy", inputsOf({ live, needed: perStep((n) => (n < 30 ? 4 : 0)) }));
    expect(half).toMatchObject({ figure: { value: 0.75 }, observations: 30, denominator: { value: 1_200 } });
    expect(valueOf("allocationAccuracy", inputsOf({ live: 4, needed: 0 }))).toBe("kpi.noDemand");
  });

  test("prediction accuracy: 9 said where 10 came, 11 where 10 came", () => {
    const forecast = perStep((n) => (n % 2 === 0 ? 9 : 11));
    expect(valueOf("predictionAccuracy", inputsOf({ demand: 10, forecast }))).toBeCloseTo(90, 10);
    // Where nothing was said nothing is held against it.
    const few = perStep((n) => (n < 30 ? 10 : Number.NaN));
    expect(kpi("predictionAccuracy", inputsOf({ demand: 10, forecast: few }))).toMatchObject({
      figure: { value: 100 },
      observations: 30,
    });
    expect(valueOf("predictionAccuracy", inputsOf({ demand: 0, forecast: 0 }))).toBe("kpi.noDemand");
  });

  test("allocation latency: of 60 steps the 57th longest", () => {
    expect(valueOf("allocationLatency", inputsOf({ tickMs: perStep((n) => n + 1) }))).toBe(57);
  });

  test("scaling response and recovery: the 38th of 40; unmet where it is above half a minute", () => {
    const inputs = inputsOf({
      responses: rows(40, (n) => ({ elapsedMs: 1_000 * (n + 1) })),
      recoveries: rows(40, (n) => ({ tookMs: 500 * (n + 1) })),
    });
    expect(kpi("scalingResponse", inputs)).toMatchObject({ figure: { value: 38_000 }, met: false });
    expect(kpi("recoveryTime", inputs)).toMatchObject({ figure: { value: 19_000, source: "measured" }, met: true });
    expect(kpi("recoveryTime", inputs).trend.kind).toBe("unknown");
  });

  test("optimisation impact: half as long for one half, twice as long for the other, and nothing to wait for", () => {
    const impacts = [
      ...rows(15, () => ({ beforeMs: 1_000, afterMs: 500 })),
      ...rows(15, () => ({ beforeMs: 500, afterMs: 1_000 })),
    ];
    expect(valueOf("optimisationImpact", inputsOf({ impacts }))).toBe(0);
    expect(
      valueOf("optimisationImpact", inputsOf({ impacts: rows(30, () => ({ beforeMs: 800, afterMs: 200 })) })),
    ).toBe(0.75);
    expect(valueOf("optimisationImpact", inputsOf({ impacts: rows(30, () => ({ beforeMs: 0, afterMs: 0 })) }))).toBe(0);
  });

  test("cost efficiency: 120 tasks for 30 units, where both are known", () => {
    expect(kpi("costEfficiency", inputsOf({ done: 2, cost: 0.5 }))).toMatchObject({
      figure: { value: 4 },
      observations: 120,
      denominator: { value: 30, unit: "cost" },
    });
    const reason = { code: "cost.noPrices", args: {} };
    expect(kpi("costEfficiency", inputsOf({ done: 2, costReason: reason })).figure).toEqual({
      kind: "unknown",
      reason,
    });
    expect(valueOf("costEfficiency", inputsOf({ done: 2, cost: 0 }))).toBe("kpi.noCost");
  });

  test("availability: one step in 60 in which nothing could start is far from 99.9%", () => {
    const found = kpi("availability", inputsOf({ startable: perStep((n) => (n === 7 ? 0 : 1)) }));
    expect(found).toMatchObject({ met: false, denominator: { value: 600, unit: "seconds" } });
    expect(found.figure).toMatchObject({ value: 59 / 60 });
    expect(kpi("availability", inputsOf({ startable: 1 }))).toMatchObject({ figure: { value: 1 }, met: true });
  });

  test("fault tolerance: of 60 tasks that met a fault 45 were finished", () => {
    const inputs = inputsOf({
      faultDone: perStep((n) => (n < 45 ? 1 : 0)),
      faultFailed: perStep((n) => (n < 15 ? 1 : 0)),
    });
    expect(kpi("faultTolerance", inputs)).toMatchObject({
      figure: { value: 0.75 },
      denominator: { value: 60, unit: "tasks" },
    });
  });

  test("breaker effectiveness: 9 held back and 1 failed in each of 4 outages", () => {
    expect(
      kpi("breakerEffectiveness", inputsOf({ outages: rows(4, () => ({ heldBack: 9, failed: 1 })) })),
    ).toMatchObject({
      figure: { value: 0.9 },
      denominator: { value: 40, unit: "calls" },
    });
  });
});

describe("a trend", () => {
  const trend = (later: number, id: KpiId = "utilisation") =>
    kpi(
      id,
      inputsOf({
        live: 100,
        busy: perStep((n) => (n < 30 ? 50 : later)),
        startable: 1,
        tickMs: perStep((n) => (n < 30 ? 50 : later)),
      }),
    ).trend;

  test("is steady within a fiftieth of the larger, else better or worse by what is good for the figure", () => {
    expect([51, 52, 48].map((later) => trend(later))).toMatchObject([
      { direction: "steady" },
      { direction: "better" },
      { direction: "worse" },
    ]);
    expect(trend(60, "allocationLatency")).toMatchObject({ earlier: 50, later: 60, direction: "worse" });
    expect(trend(40, "allocationLatency")).toMatchObject({ direction: "better" });
  });

  test("is unknown while one half alone has too few observations", () => {
    const early = inputsOf({ startable: perStep((n) => (n < 40 ? 1 : Number.NaN)) });
    const found = kpi("availability", early);
    expect(found.figure.kind).toBe("known");
    expect(found.trend).toMatchObject({ kind: "unknown", reason: { args: { count: 10 } } });
  });
});

test("rows count in the half in which they lie", () => {
  const late = Array.from({ length: 60 }, (_, n) => ({
    atMs: FROM_MS + (n < 30 ? 0 : 599_999),
    elapsedMs: n < 30 ? 1 : 2,
  }));
  expect(kpi("scalingResponse", inputsOf({ responses: late })).trend).toMatchObject({ earlier: 1, later: 2 });
});
