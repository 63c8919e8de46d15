import { describe, expect, test } from "vitest";
import { ENSEMBLE } from "../../../src/engine/forecast/ensemble.ts";
import { gateOf, type GateOptions } from "../../../src/engine/forecast/gate.ts";
import type { Judged } from "../../../src/engine/forecast/scores.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { quickModels } from "./support.ts";

interface Figures {
  readonly mae: number | null;
  readonly coverage?: number | null;
  readonly accuracy?: number | null;
}

function judgedOf(id: string, { mae, coverage = null, accuracy = null }: Figures): Judged {
  const none = new Float64Array(0);
  return {
    ...{ id, mae, coverage, wanted: 0.9, lo: none, hi: none },
    residuals: { origins: [], horizon: 1, values: none, spreads: none },
    score: { ...{ model: id, mae, coverage, accuracy }, mase: null, wape: null, intervalScore: null },
  };
}

/** The gate after tests with these figures. */
function gate(figures: Readonly<Record<string, Figures>>, options: Partial<GateOptions> = {}) {
  const judged = Object.entries(figures).map(([id, own]) => judgedOf(id, own));
  return gateOf(judged, quickModels, { confidence: 0.9, scale: 1, minAccuracy: null, ...options });
}

const simple = { naive: { mae: 3 }, ewma: { mae: 2 }, median: { mae: 2.5 }, ets: { mae: 2.2 } };

describe("the gate", () => {
  test("opens when the error is below that of every simple rule and the interval holds what it says", () => {
    const good = { ...simple, mstl: { mae: 1 }, [ENSEMBLE]: { mae: 1.99, coverage: 0.93 } };
    expect(gate(good)).toEqual({ ready: true, reason: null, baseline: "ewma" });
  });

  test.each([2, 2.0001, 7])("stays shut at an error of %s where the best rule has 2: equal is not better", (mae) => {
    const { ready, reason, baseline } = gate({ ...simple, [ENSEMBLE]: { mae, coverage: 0.9 } }, { scale: 8 });
    expect({ ready, baseline }).toEqual({ ready: false, baseline: "ewma" });
    const args = { model: ENSEMBLE, baseline: "ewma", baselineMae: 16, mae: Number((8 * mae).toPrecision(4)) };
    expect(reason).toEqual({ code: "forecast.noBetter", args });
  });

  test("a candidate that is better alone opens nothing", () => {
    const figures = { ...simple, mstl: { mae: 0.5, coverage: 0.9 }, [ENSEMBLE]: { mae: 2.1, coverage: 0.9 } };
    expect(gate(figures).reason?.code).toBe("forecast.noBetter");
  });

  test("a rule that could not be tested does not have to be beaten", () => {
    const figures = { ...simple, snaive: { mae: null }, [ENSEMBLE]: { mae: 1.9, coverage: 0.9 } };
    expect(gate(figures)).toMatchObject({ ready: true, baseline: "ewma" });
  });

  test.each([
    [0.85, true],
    [0.95, true],
    [0.849, false],
    [0.951, false],
    [1, false],
    [0, false],
  ])("an interval that should hold 0.9 and held %s: %s", (coverage, ready) => {
    const { reason, ...rest } = gate({ ...simple, [ENSEMBLE]: { mae: 1, coverage } });
    expect(rest.ready).toBe(ready);
    if (!ready)
      expect(reason).toEqual({ code: "forecast.coverage", args: { model: ENSEMBLE, asked: 0.9, got: coverage } });
  });

  test("an interval that could not be tested is not believed", () => {
    expect(gate({ ...simple, [ENSEMBLE]: { mae: 1, coverage: null } }).reason).toEqual({
      code: "forecast.tooFewTests",
      args: { confidence: 0.9 },
    });
  });

  test.each([
    [null, 50, true],
    [80, 80, true],
    [80, 79.99, false],
    [80, null, false],
    [0, null, false],
    [0, -5, false],
  ])("with an accuracy of at least %s asked for and %s reached: %s", (minAccuracy, accuracy, ready) => {
    const made = gate({ ...simple, [ENSEMBLE]: { mae: 1, coverage: 0.9, accuracy } }, { minAccuracy });
    expect(made.ready).toBe(ready);
    if (ready) return;
    expect(made.reason).toEqual({ code: "forecast.inaccurate", args: { accuracy, minAccuracy } });
    const words = reasonText(made.reason as NonNullable<typeof made.reason>);
    expect(words).toContain(accuracy === null ? "not known" : `${accuracy}%`);
    expect(words).toContain("swarm.forecast.minAccuracy");
  });

  test("without a test of a rule, or of the mix, nothing is known", () => {
    for (const figures of [{ mstl: { mae: 1 }, [ENSEMBLE]: { mae: 1, coverage: 0.9 } }, simple, {}])
      expect(gate(figures)).toMatchObject({ ready: false, reason: { code: "forecast.tooFewTests" } });
    expect(gate(simple).baseline).toBe("ewma");
    expect(gate({}).baseline).toBeNull();
  });
});
