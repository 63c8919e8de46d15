import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import { AdaptiveScaler } from "../../../src/engine/decide/adaptiveScaler.ts";
import { cooldownMs } from "../../../src/engine/decide/scalingTimes.ts";
import type { ScalerVerdict, ScalerView } from "../../../src/engine/ports.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { forecastOf, policy, view } from "./view.ts";

/** The verdict after the window is full of the same load. */
function steady(
  live: number,
  demand: number,
  over: Partial<ScalerView> = {},
  scaler = new AdaptiveScaler(),
): ScalerVerdict {
  let verdict: ScalerVerdict | null = null;
  for (let ms = 0; ms <= 400_000; ms += 1_000) verdict = scaler.look(view(ms, live, demand, over));
  return verdict as ScalerVerdict;
}

test("what is unusual goes with the figures and decides nothing", () => {
  const anomaly = { metric: "demand", sinceMs: 1, value: 9, usualLow: 2, usualHigh: 4, score: 0.9 } as const;
  const unusual = steady(10, 9, { anomaly });
  const usual = steady(10, 9);
  expect(unusual).toEqual({ ...usual, inputs: { ...usual.inputs, anomaly } });
});

describe("sizes", () => {
  test.each([
    // live, demand, wanted: ceil(demand ÷ 0.7) within bounds and steps
    [10, 9, 13],
    [10, 8, 10],
    [10, 3, 10],
    [10, 2.9, 5],
    [4, 40, 8],
    [10, 100, 20],
    [40, 60, 50],
    [2, 0, 2],
    [20, 0, 10],
  ])("%i agents with demand %d become %i", (live, demand, to) => {
    expect(steady(live, demand).to).toBe(to);
  });

  test.each([
    // start-up, wanted of 2 agents under a load of 80: 4 more, then doubled, once for each period of 15 s that a start takes
    [null, 6],
    [1_000, 6],
    [30_000, 24],
    [120_000, 48],
  ])("with a start-up of %s ms a step from 2 goes to %i: the next one has to wait for it", (startUpMs, to) => {
    expect(steady(2, 80, { startUpMs }).to).toBe(to);
  });

  test("tasks behind a full lane or an open breaker make nothing grow and nothing shrink, and are told", () => {
    const heldBack = (low: number) => {
      const scaler = new AdaptiveScaler();
      let verdict: ScalerVerdict | null = null;
      for (let ms = 0; ms <= 400_000; ms += 1_000) {
        const reading = { monotonicMs: ms, low, high: low + 40, heldBack: 40, source: "measured" as const };
        verdict = scaler.look(view(ms, 10, 0, { reading }));
      }
      return verdict as ScalerVerdict;
    };
    expect(heldBack(0)).toMatchObject({
      to: 10,
      reason: { code: "scaling.heldBack", args: { current: 0, waiting: 40 } },
      inputs: { demand: 0, heldBack: 40 },
    });
    expect(heldBack(7)).toMatchObject({ to: 10, reason: { code: "scaling.inBand" } });
    // What can be begun counts as ever.
    expect(heldBack(9)).toMatchObject({ to: 13, inputs: { demand: 9, heldBack: 40 } });
  });

  test("the inputs say what it rests on", () => {
    const { inputs, reason } = steady(10, 9);
    expect(inputs).toMatchObject({ live: 10, demand: 9, currentRatio: 0.9, combinedRatio: 0.9, predictedRatio: null });
    expect(inputs.forecastReason?.code).toBe("forecast.none");
    expect(reason).toMatchObject({ code: "scaling.up", args: { current: 0.9, threshold: 0.8 } });
  });

  test("nothing grows above its maximum, whatever a forecast says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 50 }),
        fc.double(),
        fc.array(fc.double(), { minLength: 1, maxLength: 10 }),
        (live, demand, means) => {
          const scaler = new AdaptiveScaler();
          for (let ms = 0; ms < 20_000; ms += 1_000) {
            const { to } = scaler.look(view(ms, live, demand, { forecast: forecastOf(ms, means), maxAgents: 50 }));
            expect(Number.isInteger(to)).toBe(true);
            expect(to).toBeLessThanOrEqual(50);
            expect(to).toBeGreaterThanOrEqual(Math.min(2, live));
          }
        },
      ),
    );
  });
});

describe("a forecast", () => {
  test("raises the floor: growth ahead of a load that is still in its band", () => {
    let last: ScalerVerdict | null = null;
    const scaler = new AdaptiveScaler();
    for (let ms = 0; ms < 20_000; ms += 1_000)
      last = scaler.look(view(ms, 10, 6, { forecast: forecastOf(ms, [6, 8, 11]) }));
    // 0.7 · 1.1 + 0.3 · 0.6 = 0.95
    expect(last).toMatchObject({ to: 14, reason: { code: "scaling.upAhead", args: { inMs: 180_000 } } });
    expect(last?.inputs.combinedRatio).toBeCloseTo(0.95);
  });

  test("looks no further than its lead time", () => {
    const far = forecastOf(0, [6, 6, 6, 6, 6, 40]);
    const { to } = steady(10, 6, { forecast: far });
    expect(to).toBe(10);
  });

  test("never stops a growth that the load of this moment asks for, and never shrinks alone", () => {
    const low = (ms: number) => forecastOf(ms, [0, 0, 0, 0, 0, 0]);
    const scaler = new AdaptiveScaler();
    let up: ScalerVerdict | null = null;
    for (let ms = 0; ms < 20_000; ms += 1_000) up = scaler.look(view(ms, 10, 9, { forecast: low(ms) }));
    expect(up).toMatchObject({ to: 13, reason: { code: "scaling.up" } });
    const calm = new AdaptiveScaler();
    let band: ScalerVerdict | null = null;
    for (let ms = 0; ms < 400_000; ms += 1_000) band = calm.look(view(ms, 10, 4, { forecast: low(ms) }));
    expect(band).toMatchObject({ to: 10, reason: { code: "scaling.inBand" } });
  });

  test.each([
    ["not ready", { ready: false, reason: { code: "forecast.tooShort", args: {} } }, "forecast.tooShort"],
    ["over", { points: [] }, "forecast.stale"],
    ["no number", { points: [{ atMs: 1_700_000_060_000, mean: Number.NaN, lo: 0, hi: 1 }] }, "forecast.invalid"],
  ])("that is %s takes no part: combined is current", (_, over, code) => {
    const scaler = new AdaptiveScaler();
    let last: ScalerVerdict | null = null;
    for (let ms = 0; ms < 20_000; ms += 1_000)
      last = scaler.look(view(ms, 10, 6, { forecast: forecastOf(0, [40], over) }));
    expect(last?.inputs).toMatchObject({ predictedRatio: null, combinedRatio: 0.6, forecastReason: { code } });
    expect(last?.to).toBe(10);
  });
});

describe("the lead time", () => {
  const toAt = (startUpMs: number | null, means: readonly number[]): number | undefined => {
    const scaler = new AdaptiveScaler();
    let last: ScalerVerdict | null = null;
    for (let ms = 0; ms < 20_000; ms += 1_000)
      last = scaler.look(view(ms, 10, 6, { forecast: forecastOf(ms, means), startUpMs }));
    return last?.to;
  };

  test("reaches over the measured start-up, also of agents that take two minutes or ten", () => {
    const inMinutes = (minute: number) => Array.from({ length: 15 }, (_, n) => (n + 1 === minute ? 20 : 6));
    expect(toAt(120_000, inMinutes(4))).toBe(23);
    // Ten minutes to start, and two steps: what comes in twelve minutes must be begun now, what comes later need not.
    expect(toAt(600_000, inMinutes(12))).toBe(23);
    expect(toAt(600_000, inMinutes(14))).toBe(10);
    expect(toAt(null, inMinutes(12))).toBe(10);
  });
});

describe("an unusual load", () => {
  const anomaly = { metric: "demand", sinceMs: 0, value: 6, usualLow: 1, usualHigh: 3, score: 0.9 } as const;

  test("is sized by the moment alone, and the reason says that no forecast takes part", () => {
    const scaler = new AdaptiveScaler();
    let last: ScalerVerdict | null = null;
    for (let ms = 0; ms < 20_000; ms += 1_000)
      last = scaler.look(view(ms, 10, 6, { forecast: forecastOf(ms, [40, 40, 40]), anomaly }));
    expect(last).toMatchObject({
      to: 10,
      inputs: { predictedRatio: null, combinedRatio: 0.6, forecastReason: { code: "forecast.unusual" }, anomaly },
    });
    expect(reasonText(last?.reason ?? { code: "", args: {} })).toBe(
      "Load is 0.6, within its band, unlike the usual, so no forecast takes part.",
    );
    expect(reasonText(last?.inputs.forecastReason ?? { code: "", args: {} })).toContain("demand 6, usually 1 to 3");
  });

  test("grows a swarm like any other", () => {
    expect(steady(10, 9, { anomaly, forecast: forecastOf(0, [0, 0, 0]) })).toMatchObject({ to: 13 });
  });
});

test("a load that jumps a hundredfold doubles the swarm at most, and one beyond every number changes nothing", () => {
  expect(steady(10, 600).to).toBe(20);
  for (const odd of [Number.POSITIVE_INFINITY, Number.NaN, -5]) expect(steady(10, odd).to).toBe(10);
});

test("a minimum above the maximum never lifts the maximum", () => {
  expect(steady(4, 9, { minAgents: 9, maxAgents: 6 }).to).toBe(6);
  expect(steady(6, 0, { minAgents: 9, maxAgents: 6 }).to).toBe(6);
});

describe("waiting", () => {
  const run = (scaler: AdaptiveScaler, fromMs: number, toMs: number, live: number, demand: number): number | null => {
    for (let ms = fromMs; ms <= toMs; ms += 1_000) if (scaler.look(view(ms, live, demand)).to !== live) return ms;
    return null;
  };

  test("a further growth waits its period, a reversal the cooldown, fewer agents the cooldown after anything", () => {
    const grown = new AdaptiveScaler();
    grown.acted(4, 8, 0);
    expect(run(grown, 0, 400_000, 8, 8)).toBe(15_000);
    const shrunk = new AdaptiveScaler();
    shrunk.acted(8, 4, 0);
    expect(run(shrunk, 0, 400_000, 4, 4)).toBe(300_000);
    const after = new AdaptiveScaler();
    after.acted(4, 8, 0);
    expect(run(after, 0, 400_000, 8, 1)).toBe(300_000);
  });

  test("is by the monotonic clock: the wall clock set by hours and days changes nothing (row 4)", () => {
    const scaler = new AdaptiveScaler();
    scaler.acted(8, 4, 0);
    const jumps = [0, 3_600_000, -3_600_000, 86_400_000, -86_400_000];
    let acted: number | null = null;
    for (let ms = 0; ms <= 400_000 && acted === null; ms += 1_000) {
      const jump = jumps[(ms / 1_000) % jumps.length] ?? 0;
      if (scaler.look(view(ms, 4, 4, { nowWallMs: 1_700_000_000_000 + ms + jump })).to !== 4) acted = ms;
    }
    expect(acted).toBe(300_000);
  });

  test("one spike alone moves nothing, and a lull right after a peak ends no agent", () => {
    const scaler = new AdaptiveScaler();
    for (let ms = 0; ms < 30_000; ms += 1_000) {
      const { to } = scaler.look(view(ms, 10, ms === 20_000 ? 12 : 6));
      expect(to).toBe(10);
    }
    for (let ms = 30_000; ms < 120_000; ms += 1_000) expect(scaler.look(view(ms, 10, 1)).to).toBe(10);
    expect(scaler.look(view(120_000, 10, 1)).reason.code).toBe("scaling.recentPeak");
  });
});

describe("row 10: missing, stale and contradictory readings", () => {
  const reading = fc.oneof(
    fc.constant(null),
    fc.record({
      age: fc.constantFrom(0, 500, 2_000, 3_500, 60_000, -1_000),
      low: fc.oneof(fc.double(), fc.double({ min: 0, max: 60, noNaN: true })),
      spread: fc.constantFrom(0, 0, 1, 20),
    }),
  );

  test("no fewer agents on partial data, no growth on none, nothing on what cannot be (1,500 traces)", () => {
    fc.assert(
      fc.property(
        fc.array(reading, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        (trace, live) => {
          const scaler = new AdaptiveScaler();
          trace.forEach((one, index) => {
            const now = index * 1_000;
            const at =
              one === null
                ? null
                : { monotonicMs: now - one.age, low: one.low, high: one.low + one.spread, source: "derived" as const };
            const { to } = scaler.look({ ...view(now, live, null), reading: at });
            const sound = at !== null && Number.isFinite(at.low) && at.low >= 0 && Number.isFinite(at.high);
            if (!sound || one === null || one.age > 3_000) expect(to).toBe(live);
            // Beyond 2⁵³ a spread of one is none.
            if (at !== null && at.high > at.low) expect(to).toBeGreaterThanOrEqual(live);
          });
        },
      ),
      { numRuns: process.env["SWARM_RELIABILITY_LONG"] === "1" ? 10_000 : 1_500 },
    );
  });
});

describe("row 11: no flapping over a day", () => {
  const DAY_S = 86_400;
  const shapes: Readonly<Record<string, (second: number, rng: () => number) => number>> = {
    sine: (s) => 10 + 8 * Math.sin((2 * Math.PI * s) / 1_800),
    sawtooth: (s) => 2 + 18 * ((s % 1_200) / 1_200),
    "noise at the upper edge": (_, rng) => 8 + (rng() - 0.5) * 0.4,
    "noise at the lower edge": (_, rng) => 3 + (rng() - 0.5) * 0.4,
    bursts: (s, rng) => (s % 400 < 40 ? 20 * rng() : 2),
  };

  test.each(Object.keys(shapes))("%s: at most one reversal in a cooldown", (name) => {
    const rng = createRng(7);
    const load = shapes[name] as (second: number, rng: () => number) => number;
    const scaler = new AdaptiveScaler();
    let live = 10;
    const actions: { readonly atMs: number; readonly up: boolean }[] = [];
    for (let second = 0; second < DAY_S; second += 5) {
      const ms = second * 1_000;
      const { to } = scaler.look(view(ms, live, load(second, rng), { tickIntervalMs: 5_000 }));
      if (to === live) continue;
      scaler.acted(live, to, ms);
      actions.push({ atMs: ms, up: to > live });
      live = to;
    }
    const window = cooldownMs(policy, 1);
    const reversals = actions.filter((action, index) => index > 0 && actions[index - 1]?.up !== action.up);
    reversals.forEach(({ atMs }, index) => {
      if (index > 0) expect(atMs - (reversals[index - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(window);
    });
    if (name === "sine") expect(actions.some(({ up }) => up) && actions.some(({ up }) => !up)).toBe(true);
  });

  test("inside the band: no action at all", () => {
    const rng = createRng(11);
    const scaler = new AdaptiveScaler();
    for (let second = 0; second < DAY_S; second += 5) {
      const demand = 3.05 + rng() * 4.9;
      expect(scaler.look(view(second * 1_000, 10, demand, { tickIntervalMs: 5_000 })).to).toBe(10);
    }
  });
});

test("a swarm that is stopped, or not yet at its size, is left alone; one below its minimum is brought there", () => {
  expect(steady(0, 9, { target: 0 })).toMatchObject({ to: 0, reason: { code: "scaling.stopped" } });
  expect(steady(4, 9, { target: 6 })).toMatchObject({ to: 6, reason: { code: "scaling.unsettled" } });
  expect(steady(0, 9, { target: 3 })).toMatchObject({ to: 3, reason: { code: "scaling.unsettled" } });
  expect(steady(2, 1, { minAgents: 4 })).toMatchObject({ to: 4, reason: { code: "scaling.belowMin" } });
});
