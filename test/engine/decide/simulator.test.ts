import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyKind } from "../../../src/engine/decide/policies/policy.ts";
import { SimulatedSwarm } from "../../../src/engine/decide/simulatedSwarm.ts";
import { type Replay, simulate } from "../../../src/engine/decide/simulator.ts";
import { waitingQuantile } from "../../../src/engine/decide/waitingTimes.ts";
import { anyReplay, physics, replayOf } from "./replayWorld.ts";

/** Sizes from a list, one a step. */
function listed(sizes: readonly number[]): PolicyKind {
  return {
    name: "listed",
    summary: "",
    sees: "past",
    create: () => ({ decide: ({ step, target }) => sizes[step % sizes.length] ?? target }),
  };
}

interface Told {
  readonly unmet: number;
  readonly agentSeconds: number;
  readonly served: number;
  readonly backlog: number;
  readonly ready: readonly number[];
}

/** The same swarm, slow and obvious: every agent is an object with the steps in which it is there and ready. */
function reference({ load, stepsPerLoad, physics: p }: Replay, sizes: readonly number[]): Told {
  const demand = [...load].flatMap((value) => Array<number>(stepsPerLoad).fill(Number.isNaN(value) ? 0 : value));
  const agents: { readyAt: number; leftAt: number }[] = [];
  const clamp = (n: number): number => Math.min(p.maxAgents, Math.max(p.minAgents, n));
  for (let n = 0; n < clamp(p.initialAgents); n++) agents.push({ readyAt: 0, leftAt: Infinity });
  let [unmet, agentSeconds, served, backlog] = [0, 0, 0, 0];
  const ready: number[] = [];
  demand.forEach((value, now) => {
    const staying = agents.filter((agent) => agent.leftAt === Infinity);
    const wanted = clamp(sizes[now % sizes.length] as number);
    for (let n = staying.length; n < wanted; n++) agents.push({ readyAt: now + p.startUpSteps, leftAt: Infinity });
    // The latest to be ready go first.
    const byAge = staying.toSorted((a, b) => a.readyAt - b.readyAt);
    for (const agent of byAge.slice(wanted)) agent.leftAt = now;
    const count = agents.filter((agent) => agent.leftAt === Infinity && agent.readyAt <= now).length;
    const paid = agents.filter((agent) => now < agent.leftAt || now < agent.leftAt + p.drainSteps).length;
    const most = count * p.stepSeconds;
    const came = value * p.stepSeconds;
    unmet += Math.max(0, came - most);
    const done = Math.min(backlog + came, most);
    served += done;
    backlog += came - done;
    agentSeconds += paid * p.stepSeconds;
    ready.push(count);
  });
  return { unmet, agentSeconds, served, backlog, ready };
}

describe("the simulator", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 1, maxLength: 80 });

  test("is the slow and obvious one, step by step", () => {
    fc.assert(
      fc.property(anyReplay, sizes, (replay, wanted) => {
        const { score, trace } = simulate(replay, listed(wanted));
        const slow = reference(replay, wanted);
        expect([...trace.ready]).toEqual(slow.ready);
        expect(score.unmet).toBeCloseTo(slow.unmet, 6);
        expect(score.served).toBeCloseTo(slow.served, 6);
        expect(score.backlog).toBeCloseTo(slow.backlog, 6);
        expect(score.agentHours * 3_600).toBeCloseTo(slow.agentSeconds, 6);
      }),
      { numRuns: 300 },
    );
  });

  test("loses no work and makes none: what came was served or waits", () => {
    fc.assert(
      fc.property(anyReplay, sizes, (replay, wanted) => {
        const { arrived, served, backlog, unmet } = simulate(replay, listed(wanted)).score;
        expect(served + backlog).toBeCloseTo(arrived, 6);
        expect(unmet).toBeGreaterThanOrEqual(0);
        expect(unmet).toBeLessThanOrEqual(arrived + 1e-9);
      }),
    );
  });

  test("never has more agents than the maximum, ready and starting, nor fewer than the minimum", () => {
    fc.assert(
      fc.property(anyReplay, sizes, (replay, wanted) => {
        const { trace } = simulate(replay, listed(wanted));
        const { minAgents, maxAgents } = replay.physics;
        for (const size of trace.target) expect(size >= minAgents && size <= maxAgents).toBe(true);
        trace.ready.forEach((ready, step) => expect(ready).toBeLessThanOrEqual(trace.target[step] as number));
      }),
    );
  });

  test("the load in finer steps is the same load when nothing changes size", () => {
    const load = [3, 8, 1, 0, 9, 2];
    const coarse = simulate(replayOf(load, { physics: { ...physics, stepSeconds: 60 } }), listed([5])).score;
    const fine = simulate(
      replayOf(load, { physics: { ...physics, stepSeconds: 15, initialAgents: 5 }, stepsPerLoad: 4 }),
      listed([5]),
    ).score;
    expect(fine.arrived).toBeCloseTo(coarse.arrived);
    expect(fine.unmet).toBeCloseTo((3 + 4) * 60);
    expect(fine.waitP95Sec).toBeGreaterThan(0);
  });

  test("steps before the score are run and not counted", () => {
    const whole = simulate(replayOf([9, 9, 9, 1, 1, 1]), listed([4])).score;
    const part = simulate(replayOf([9, 9, 9, 1, 1, 1], { scoreFrom: 3 }), listed([4])).score;
    expect(whole.unmet).toBe(3 * 5 * 15);
    expect(part).toMatchObject({ unmet: 0, arrived: 45, agentHours: (3 * 4 * 15) / 3_600 });
    expect(part.served).toBeGreaterThan(45);
  });

  test("a policy sees nothing before the first step is over, and nothing after a step without a measurement", () => {
    const seen: number[] = [];
    const spy: PolicyKind = {
      name: "spy",
      summary: "",
      sees: "past",
      create: () => ({ decide: ({ demand, target }) => (seen.push(demand), target) }),
    };
    simulate(replayOf([3, Number.NaN, 6, 0]), spy);
    // 6 on 4 agents: 4 are busy, 30 agent-seconds wait, a task of 30 s.
    expect(seen).toEqual([Number.NaN, 3, Number.NaN, 5]);
  });

  test.each([
    ["stepsPerLoad", { stepsPerLoad: 0 }],
    ["taskSeconds", { taskSeconds: Number.NaN }],
    ["timeScale", { timeScale: 0 }],
    ["scoreFrom", { scoreFrom: 9 }],
    ["load", { load: Float64Array.of(1, -1) }],
    ["load", { load: Float64Array.of(1, Number.POSITIVE_INFINITY) }],
    ["minAgents", { physics: { ...physics, minAgents: 30 } }],
    ["startUpSteps", { physics: { ...physics, startUpSteps: 0.5 } }],
    ["stepSeconds", { physics: { ...physics, stepSeconds: 0 } }],
  ] as [string, Partial<Replay>][])("a wrong %s is refused by name", (name, over) => {
    expect(() => simulate(replayOf([1, 2], over), listed([2]))).toThrow(name);
  });

  test("a policy that wants no whole number of agents is refused", () => {
    for (const size of [Number.NaN, 2.5, Number.POSITIVE_INFINITY])
      expect(() => simulate(replayOf([1, 2]), listed([size]))).toThrow(`target must be a whole number, got ${size}`);
  });
});

test("agents that are taken back before they are ready never were", () => {
  const swarm = new SimulatedSwarm({ ...physics, startUpSteps: 3 });
  swarm.step(0, 9);
  expect(swarm).toMatchObject({ ready: 4, starting: 5 });
  swarm.step(0, 12);
  swarm.step(0, 8);
  expect(swarm).toMatchObject({ ready: 4, starting: 4, target: 8 });
  swarm.step(0, 8);
  expect(swarm).toMatchObject({ ready: 8, starting: 0 });
});

describe("waiting times", () => {
  /** Each agent-second of work cut into small pieces that are followed one by one. */
  function slow(arrived: readonly number[], served: readonly number[], stepSeconds: number, share: number): number {
    const cut = 400;
    const waits: { wait: number; amount: number }[] = [];
    const out: { at: number; left: number }[] = [];
    served.forEach((amount, step) => {
      for (let n = 0; n < cut; n++) out.push({ at: step + (n + 0.5) / cut, left: amount / cut });
    });
    let next = 0;
    arrived.forEach((amount, step) => {
      for (let n = 0; n < cut; n++) {
        let left = amount / cut;
        while (left > 1e-12) {
          while (next < out.length && (out[next]?.left ?? 0) <= 1e-12) next++;
          const piece = out[next];
          const taken = Math.min(left, piece?.left ?? left);
          waits.push({ wait: Math.max(0, (piece?.at ?? arrived.length) - (step + (n + 0.5) / cut)), amount: taken });
          if (piece !== undefined) piece.left -= taken;
          left -= taken;
        }
      }
    });
    const total = waits.reduce((sum, { amount }) => sum + amount, 0);
    let sum = 0;
    for (const { wait, amount } of waits.toSorted((a, b) => a.wait - b.wait)) {
      sum += amount;
      if (sum >= share * total) return wait * stepSeconds;
    }
    return 0;
  }

  const eighths = fc.integer({ min: 0, max: 80 }).map((n) => n / 8);
  test("are those of work that is followed piece by piece", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(eighths, eighths), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(0.5, 0.95),
        (steps, share) => {
          let backlog = 0;
          const arrived = steps.map(([came]) => came);
          const served = steps.map(([came, most]) => {
            const done = Math.min(backlog + came, most);
            backlog += came - done;
            return done;
          });
          const exact = waitingQuantile(Float64Array.from(arrived), Float64Array.from(served), 15, share);
          // Pieces are 1/400 of a step; where the curve of waits is steep the quantile lies between two of them.
          const around = [share - 0.01, share + 0.01].map((one) => slow(arrived, served, 15, Math.min(1, one)));
          expect(exact).toBeGreaterThanOrEqual((around[0] as number) - 0.2);
          expect(exact).toBeLessThanOrEqual((around[1] as number) + 0.2);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("of a queue that is worked off: half of a step's work waits up to a step", () => {
    // 20 come in the first step, 10 are served in each of two: the last has waited one step.
    expect(waitingQuantile(Float64Array.of(20, 0), Float64Array.of(10, 10), 10, 1)).toBeCloseTo(10, 3);
    expect(waitingQuantile(Float64Array.of(20, 0), Float64Array.of(10, 10), 10, 0.5)).toBeCloseTo(5, 3);
  });

  test("of no work are none, and what is never served has waited to the end", () => {
    expect(waitingQuantile(new Float64Array(5), new Float64Array(5), 10, 0.95)).toBe(0);
    expect(waitingQuantile(new Float64Array(0), new Float64Array(0), 10, 0.95)).toBe(0);
    expect(waitingQuantile(Float64Array.of(10, 0, 0), new Float64Array(3), 10, 1)).toBeCloseTo(30, 3);
  });
});
