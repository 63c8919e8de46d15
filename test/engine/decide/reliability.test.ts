import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import { adaptive } from "../../../src/engine/decide/policies/adaptive.ts";
import { hpa } from "../../../src/engine/decide/policies/hpa.ts";
import type { PolicyKind } from "../../../src/engine/decide/policies/policy.ts";
import { simulate } from "../../../src/engine/decide/simulator.ts";
import { HpaScaler, type HpaView } from "../../../src/engine/decide/hpaScaler.ts";
import type { AgentUsage, HpaMetric } from "../../../src/engine/decide/hpa.ts";
import { scalingPolicy } from "../../../src/engine/protocol/config.ts";
import { physics, replayOf } from "./replayWorld.ts";
import { forecastOf, WALL } from "./view.ts";

const LONG = process.env["SWARM_RELIABILITY_LONG"] === "1";
const TRACES = LONG ? 10_000 : 1_000;
const KINDS: readonly PolicyKind[] = [hpa, adaptive];

const loads = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: 0, max: 40, noNaN: true }) },
    { weight: 2, arbitrary: fc.constant(Number.NaN) },
  ),
  { minLength: 4, maxLength: 80 },
);
const forecasts = fc.option(
  fc.array(fc.oneof(fc.double(), fc.double({ min: 0, max: 60, noNaN: true })), { minLength: 1, maxLength: 6 }),
  { nil: null },
);

describe.each(KINDS.map((kind) => [kind.name, kind] as const))("row 10: %s on missing metrics", (_, kind) => {
  test(`nothing changes after a step that was not measured, whatever a forecast says (${TRACES} traces)`, () => {
    fc.assert(
      fc.property(loads, forecasts, (load, means) => {
        const at = (step: number) =>
          means === null
            ? null
            : forecastOf(0, means, {
                points: means.map((mean, n) => ({ atMs: WALL + (step + n + 1) * 15_000, mean, lo: mean, hi: mean })),
              });
        const { target } = simulate(replayOf(load, { startMs: WALL }), kind, at).trace;
        for (let step = 1; step < load.length; step++)
          if (Number.isNaN(load[step - 1])) expect(target[step]).toBe(target[step - 1]);
      }),
      { numRuns: TRACES },
    );
  });
});

describe("row 10: the reactive scaler on what agents report", () => {
  const agent: fc.Arbitrary<AgentUsage> = fc.record({
    phase: fc.constantFrom("ready", "ready", "unready", "ignored"),
    usage: fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY, -1) },
    ),
  });
  const isKnown = ({ usage }: AgentUsage): boolean => usage !== null && Number.isFinite(usage) && usage >= 0;

  test(`no size grows on no metrics or stale ones, none shrinks while a metric is missing (${TRACES} traces)`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ agents: fc.array(agent, { maxLength: 8 }), age: fc.constantFrom(0, 30, 3_600) }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { nil: null }),
        (looks, queue) => {
          const scaler = new HpaScaler();
          let size = 4;
          looks.forEach(({ agents, age }, index) => {
            const nowMs = index * 15_000;
            const metrics: HpaMetric[] = [
              { kind: "utilisation", target: 0.7, agents },
              { kind: "perAgent", target: 2, usage: queue },
            ];
            const view: HpaView = {
              nowMs,
              measuredMs: nowMs - age * 1_000,
              current: size,
              minAgents: 1,
              maxAgents: 20,
              metrics,
            };
            const { to } = scaler.look(view);
            const measured = agents.filter((one) => one.phase === "ready" && isKnown(one)).length;
            const isNone = measured === 0 && queue === null;
            if (isNone || age > 60) expect(to).toBe(size);
            if (measured === 0 || queue === null) expect(to).toBeGreaterThanOrEqual(size);
            expect(to >= 1 && to <= 20).toBe(true);
            scaler.acted(size, to, nowMs);
            size = to;
          });
        },
      ),
      { numRuns: TRACES },
    );
  });
});

describe.each(KINDS.map((kind) => [kind.name, kind] as const))("row 11: %s over a day", (name, kind) => {
  const STEP_S = 15;
  const STEPS = 86_400 / STEP_S;
  const { targetUtilisation } = scalingPolicy.parse({});
  const size = 10;
  const edge = size * targetUtilisation;
  const shapes: Readonly<Record<string, (second: number, rng: () => number) => number>> = {
    sine: (s) => 9 + 7 * Math.sin((2 * Math.PI * s) / 1_800),
    "fast sine": (s) => 9 + 7 * Math.sin((2 * Math.PI * s) / 240),
    sawtooth: (s) => 2 + 16 * ((s % 1_200) / 1_200),
    "noise at the upper edge of the tolerance": (_, rng) => 1.1 * edge + (rng() - 0.5) * 0.4,
    "noise at the lower edge of the tolerance": (_, rng) => 0.9 * edge + (rng() - 0.5) * 0.4,
    bursts: (s, rng) => (s % 400 < 40 ? 16 * rng() : 2),
  };

  test.each(Object.keys(shapes))(
    "%s: at most one reversal in a stabilization window (of the HPA: one way down)",
    (shape) => {
      const rng = createRng(5);
      const load = Array.from({ length: STEPS }, (_, step) => shapes[shape]?.(step * STEP_S, rng) ?? 0);
      const { trace } = simulate(replayOf(load, { physics: { ...physics, maxAgents: 40 } }), kind);
      const reversals: number[] = [];
      let wasUp: boolean | null = null;
      trace.target.forEach((target, step) => {
        const before = trace.target[step - 1];
        if (before === undefined || before === target) return;
        const isUp = target > before;
        if (wasUp !== null && wasUp !== isUp) reversals.push(step * STEP_S);
        wasUp = isUp;
      });
      // Kubernetes never holds growth back: what its window keeps apart are two ways down, so that of three reversals in a
      // row the first and the last are a window apart. Ours waits with any reversal.
      const window = 300;
      const apart = name === "hpa" ? 2 : 1;
      for (let n = apart; n < reversals.length; n++)
        expect((reversals[n] as number) - (reversals[n - apart] as number)).toBeGreaterThanOrEqual(window);
    },
  );

  test("inside the tolerance: no change at all", () => {
    const rng = createRng(6);
    const least = name === "hpa" ? 0.905 : scalingPolicy.parse({}).scaleDownBelow / targetUtilisation + 0.05;
    const load = Array.from({ length: STEPS }, () => edge * (least + rng() * (1.095 - least)));
    const replay = replayOf(load, { physics: { ...physics, initialAgents: size } });
    expect(simulate(replay, kind).score.actions).toBe(0);
  });
});
