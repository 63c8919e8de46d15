import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { POLICIES } from "../../../../src/engine/decide/policies/all.ts";
import type { PolicyKind } from "../../../../src/engine/decide/policies/policy.ts";
import { simulate } from "../../../../src/engine/decide/simulator.ts";
import { UNTRAINED_POLICIES } from "../../../../src/engine/protocol/replay.ts";
import { anyReplay, physics, replayOf } from "../replayWorld.ts";
import { forecastOf, WALL } from "../view.ts";

test("commands and answers name the policies that there are and the network, the bound last", () => {
  expect(POLICIES.map(({ name }) => name)).toEqual(UNTRAINED_POLICIES);
  expect(POLICIES.findIndex(({ sees }) => sees === "future")).toBe(POLICIES.length - 1);
});

describe.each(POLICIES.map((kind) => [kind.name, kind] as const))("%s", (_, kind: PolicyKind) => {
  test("gives the same sizes for the same load", () => {
    fc.assert(
      fc.property(anyReplay, (replay) => {
        expect(simulate(replay, kind)).toEqual(simulate(replay, kind));
      }),
      { numRuns: 30 },
    );
  });

  test("takes every load, measured or not, within the bounds", () => {
    fc.assert(
      fc.property(anyReplay, (replay) => {
        const { score } = simulate(replay, kind);
        for (const [name, value] of Object.entries(score))
          if (name !== "utilisation") expect(Number.isFinite(value), name).toBe(true);
      }),
    );
  });

  test("that cannot know the future decides the same whatever is to come", () => {
    if (kind.sees === "future") return;
    fc.assert(
      fc.property(anyReplay, fc.double({ min: 0, max: 12, noNaN: true }), (replay, other) => {
        const half = replay.load.length >> 1;
        const changed = replay.load.map((value, step) => (step < half ? value : other));
        const steps = half * replay.stepsPerLoad;
        const sizes = (load: Float64Array) => [...simulate({ ...replay, load }, kind).trace.target.subarray(0, steps)];
        expect(sizes(changed)).toEqual(sizes(replay.load));
      }),
      { numRuns: 50 },
    );
  });

  test("survives a load that jumps a hundredfold, agents that take two minutes to start, and forecasts that are none", () => {
    const load = Array.from({ length: 400 }, (__, step) => (step < 200 ? 0.5 : 50));
    const slow = { ...physics, startUpSteps: 8, maxAgents: 80 };
    const forecasts = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5, 1e308].map((mean) =>
      forecastOf(0, [mean, mean], { points: [{ atMs: WALL + 9e9, mean, lo: mean, hi: mean }] }),
    );
    for (const forecast of [null, ...forecasts]) {
      const { score, trace } = simulate(replayOf(load, { physics: slow, fixedAgents: 60 }), kind, () => forecast);
      expect(Math.max(...trace.target)).toBeLessThanOrEqual(80);
      if (kind.name !== "threshold") expect(score.backlog).toBeLessThan(1e-6);
    }
  });
});
