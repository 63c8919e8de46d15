import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { POLICIES } from "../../../../src/engine/decide/policies/all.ts";
import { clairvoyant, leastSizes } from "../../../../src/engine/decide/policies/clairvoyant.ts";
import type { PolicyKind } from "../../../../src/engine/decide/policies/policy.ts";
import type { SwarmPhysics } from "../../../../src/engine/decide/simulatedSwarm.ts";
import { simulate } from "../../../../src/engine/decide/simulator.ts";
import { anyReplay, replayOf } from "../replayWorld.ts";

const listed = (sizes: ArrayLike<number>): PolicyKind => ({
  name: "listed",
  summary: "",
  sees: "past",
  create: () => ({ decide: ({ step, target }) => sizes[step] ?? target }),
});

describe("the bound", () => {
  test("no policy leaves less unmet, and none that leaves no more unmet has fewer agent-hours", () => {
    fc.assert(
      fc.property(anyReplay, fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 240 }), (replay, sizes) => {
        const bound = simulate(replay, clairvoyant).score;
        for (const kind of [...POLICIES, listed(sizes)]) {
          const { unmet, agentHours } = simulate(replay, kind).score;
          expect(unmet).toBeGreaterThanOrEqual(bound.unmet - 1e-6);
          if (unmet <= bound.unmet + 1e-6) expect(agentHours).toBeGreaterThanOrEqual(bound.agentHours - 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("is reached, as every possible plan of a small swarm shows", () => {
    const small = fc.record({
      load: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
      minAgents: fc.integer({ min: 0, max: 1 }),
      initialAgents: fc.integer({ min: 0, max: 2 }),
      startUpSteps: fc.integer({ min: 0, max: 2 }),
      drainSteps: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(small, ({ load, ...rest }) => {
        const physics: SwarmPhysics = { stepSeconds: 1, maxAgents: 2, ...rest };
        const replay = replayOf(load, { physics });
        let best = { unmet: Number.POSITIVE_INFINITY, agentHours: Number.POSITIVE_INFINITY };
        for (let plan = 0; plan < 3 ** load.length; plan++) {
          const sizes = load.map((_, step) => Math.floor(plan / 3 ** step) % 3);
          const { unmet, agentHours } = simulate(replay, listed(sizes)).score;
          if (unmet < best.unmet || (unmet === best.unmet && agentHours < best.agentHours))
            best = { unmet, agentHours };
        }
        const { unmet, agentHours } = simulate(replay, clairvoyant).score;
        expect({ unmet, agentHours: agentHours.toFixed(9) }).toEqual({
          unmet: best.unmet,
          agentHours: best.agentHours.toFixed(9),
        });
      }),
      { numRuns: 120 },
    );
  });

  test("starts agents just in time and keeps them over gaps that are shorter than a start", () => {
    const physics = { stepSeconds: 1, minAgents: 1, maxAgents: 9, initialAgents: 1, startUpSteps: 2, drainSteps: 0 };
    expect([...leastSizes(Float64Array.of(1, 1, 1, 1, 4, 1, 1, 4, 1, 1), physics)]).toEqual([
      1, 1, 4, 4, 4, 4, 4, 4, 1, 1,
    ]);
  });
});
