import * as fc from "fast-check";
import { scalingPolicy } from "../../../src/engine/protocol/config.ts";
import type { SwarmPhysics } from "../../../src/engine/decide/simulatedSwarm.ts";
import type { Replay } from "../../../src/engine/decide/simulator.ts";

export const physics: SwarmPhysics = {
  stepSeconds: 15,
  minAgents: 1,
  maxAgents: 20,
  initialAgents: 4,
  startUpSteps: 2,
  drainSteps: 0,
};

export function replayOf(load: ArrayLike<number>, over: Partial<Replay> = {}): Replay {
  return {
    load: Float64Array.from(load),
    stepsPerLoad: 1,
    physics,
    timeScale: 1,
    scaling: scalingPolicy.parse({}),
    taskSeconds: 30,
    fixedAgents: 6,
    startMs: 1_700_000_000_000,
    scoreFrom: 0,
    seed: 1,
    ...over,
  };
}

/** Small swarms of every kind, with loads that rest, jump and are not measured. */
export const anyReplay: fc.Arbitrary<Replay> = fc
  .record({
    load: fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.double({ min: 0, max: 12, noNaN: true }) },
        { weight: 2, arbitrary: fc.integer({ min: 0, max: 30 }) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
      { minLength: 1, maxLength: 60 },
    ),
    stepsPerLoad: fc.integer({ min: 1, max: 4 }),
    stepSeconds: fc.constantFrom(1, 15, 60),
    minAgents: fc.integer({ min: 0, max: 3 }),
    spare: fc.integer({ min: 1, max: 12 }),
    initialAgents: fc.integer({ min: 0, max: 12 }),
    startUpSteps: fc.integer({ min: 0, max: 6 }),
    drainSteps: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ load, stepsPerLoad, minAgents, spare, ...rest }) =>
    replayOf(load, { stepsPerLoad, physics: { ...rest, minAgents, maxAgents: minAgents + spare } }),
  );
