import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { createRng } from "../../src/engine/common/rng.ts";
import { initialNetwork } from "../../src/engine/decide/dqn/network.ts";
import { trainedScaling } from "../../src/engine/decide/dqn/trainedScaling.ts";
import { TrainedPolicy } from "../../src/engine/decide/dqn/trainedPolicy.ts";
import type { ModelStore, TrainableSwarm, TrainPolicyAnswer, TrainPolicyRequest } from "../../src/engine/ports.ts";
import { scalingPolicy } from "../../src/engine/protocol/config.ts";
import type { JudgedPolicy } from "../../src/engine/protocol/dqn.ts";
import { SwarmPolicies } from "../../src/engine/swarmPolicies.ts";

const NOW_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;
/** Seven days of minutes, of which the first eighty were not measured. */
const HISTORY = 7 * 1_440 - 80;
const never = new AbortController().signal;
const asked = { episodes: 10, seed: 1, days: 7 };
const swarm: TrainableSwarm = {
  ...{ id: "docs", timeScale: 1, minAgents: 2, maxAgents: 20 },
  scaling: scalingPolicy.parse({ reward: { unmet: 25 } }),
  // As the swarms of the engine have it: a method that needs its swarm.
  startUpMs() {
    return this.id === "docs" ? 12_000 : null;
  },
};

const row = (name: string, costAgentHours: number): JudgedPolicy => ({
  ...{ name, costAgentHours, unmet: 1, unmetRatio: 0.01, waitP95Sec: 0, agentHours: 10, actions: 1, reversals: 0 },
  ...{ utilisation: 0.5, backlog: 0 },
});

/** Set to a network. */
const acting: TrainableSwarm = { ...swarm, scaling: scalingPolicy.parse({ policy: "dqn" }) };

/** @param steps of the history, all measured */
function answer(beats: boolean, steps = HISTORY): TrainPolicyAnswer {
  const times = { decisionSeconds: 60, taskSeconds: 30, timeScale: 1 };
  return {
    kept: null,
    policy: JSON.stringify(new TrainedPolicy(initialNetwork([10, 8, 5], createRng(1)), times)),
    ...{ episodes: 10, takenAfter: 8, seed: 1, weights: trainedScaling.defaultWeights, curve: [] },
    basis: {
      ...{ steps, missing: 0, stepSeconds: 60, tickSeconds: 15, minAgents: 2, maxAgents: 20 },
      ...{ startUpSeconds: 12, fixedAgents: 4, forecasts: { made: 0, ready: 0 } },
    },
    evaluation: { policies: [], beats, fromMs: 1, toMs: 2 },
  };
}

/** The service with a store and a heavy child that the test plays. */
function world(rows = new Map<string, Parameters<ModelStore["save"]>[0]>(), clock = new ManualClock(0, NOW_MS)) {
  const requests: TrainPolicyRequest[] = [];
  const logged: string[] = [];
  const events: unknown[] = [];
  const state: {
    settle: (result: TrainPolicyAnswer | Error) => void;
    tell: (ratio: number) => void;
    /** Steps of the newest history that were measured; all but the first 80 when left out. */
    measured: number | null;
    busy: boolean;
  } = {
    ...{ measured: null, busy: false },
    settle: () => undefined,
    tell: () => undefined,
  };
  const note = (code: string): void => void logged.push(code);
  const policies = new SwarmPolicies({
    series: {
      steps: ({ metric }, _stepMs, count) =>
        metric === "demand"
          ? Float64Array.from({ length: count }, (_, n) =>
              n < (state.measured === null ? 80 : count - state.measured) ? Number.NaN : 4,
            )
          : new Float64Array(count).fill(Number.NaN),
    },
    trainer: {
      get busy() {
        return state.busy;
      },
      run: (kind, request, { signal, onProgress }) =>
        new Promise((resolve, reject) => {
          expect(kind).toBe("trainPolicy");
          requests.push(request as TrainPolicyRequest);
          state.tell = (ratio) => onProgress?.(ratio);
          state.settle = (result) => (result instanceof Error ? reject(result) : resolve(result as never));
          signal.addEventListener("abort", () => reject(new CodedError("aborted", {})));
        }),
    },
    models: {
      save: (row) => {
        rows.set(`${row.swarmId} ${row.kind}`, row);
        return true;
      },
      load: (id, kind) => rows.get(`${id} ${kind}`) ?? null,
    },
    clock,
    log: { debug: note, info: note, warn: note, error: note } as never,
    ...trainedScaling,
    record: (event) => void events.push(event),
  });
  /** The tick at which a check is due, `ms` later. */
  const later = (ms: number, of: TrainableSwarm = acting): void => {
    clock.advance(ms);
    policies.look([of]);
  };
  return { policies, requests, rows, logged, state, clock, events, later };
}

describe("trained policies of swarms", () => {
  test("are none before a training, and the report says what to do", () => {
    const { policies } = world();
    expect(policies.chooserOf(swarm)).toBeNull();
    expect(policies.report(swarm)).toEqual({
      ...{ swarmId: "docs", timeScale: 1, trained: null, trainingRatio: null, acts: false },
      retraining: { dueAtMs: null, reason: { code: "training.unasked", args: {} }, last: null },
      reason: { code: "training.none", args: {} },
    });
  });

  test("are trained on the measured part of the stored demand, with the swarm's own bounds, start-up and weights", async () => {
    const { policies, requests, state } = world();
    const result = policies.train(swarm, asked, never);
    state.tell(0.5);
    expect(policies.report(swarm).trainingRatio).toBe(0.5);
    state.settle(answer(true));
    await result;
    const [request] = requests;
    expect(request).toMatchObject({
      episodes: 10,
      pressure: null,
      weights: { unmet: 25, waiting: 1, agents: 1, changes: 30 },
      replay: { minAgents: 2, maxAgents: 20, startUpSeconds: 12, warmUpRatio: 0.7, stepSeconds: 60 },
    });
    expect(request?.replay.load.length).toBe(HISTORY);
    expect(request?.replay.load[0]).toBe(4);
  });

  test("are kept, and there again after a restart", async () => {
    const first = world();
    const result = first.policies.train(swarm, asked, never);
    first.state.settle(answer(true));
    const report = await result;
    expect(report.trained).toMatchObject({ episodes: 10, takenAfter: 8, evaluation: { beats: true } });
    const second = world(first.rows);
    expect(second.policies.report(swarm)).toEqual(report);
    expect(report.trained?.by).toBe("operator");
    expect(second.policies.chooserOf(swarm)).toMatchObject({ decisionMs: 60_000, beats: true });
  });

  test("act only where they beat the rule and the swarm is set to them", async () => {
    for (const [beats, policy, acts] of [
      [true, "dqn", true],
      [false, "dqn", false],
      [true, "adaptive", false],
    ] as const) {
      const { policies, state } = world();
      const result = policies.train({ ...swarm, scaling: scalingPolicy.parse({ policy }) }, asked, never);
      state.settle(answer(beats));
      expect((await result).acts).toBe(acts);
      expect(policies.chooserOf(swarm)?.beats).toBe(beats);
    }
  });

  test("of another version, broken ones and ones for another clock are as good as none, with the reason", async () => {
    const { policies, rows, state } = world();
    const result = policies.train(swarm, asked, never);
    state.settle(answer(true));
    await result;
    expect(policies.chooserOf({ ...swarm, timeScale: 240 })).toBeNull();
    expect(policies.report({ ...swarm, timeScale: 240 })).toMatchObject({
      trained: null,
      reason: { code: "training.otherClock" },
    });
    const row = rows.get("docs dqn") as Parameters<ModelStore["save"]>[0];
    const unusable = (json: string, version = 1) => {
      const other = world(new Map([["docs dqn", { ...row, json, version }]]));
      expect(other.policies.chooserOf(swarm)).toBeNull();
      expect(other.logged).toEqual(["policy.unusable"]);
      return other.policies.report(swarm).reason?.code;
    };
    expect(unusable(row.json, 2)).toBe("model.version");
    const foreign = row.json.replace(String.raw`\"version\":1`, String.raw`\"version\":9`);
    expect(foreign).not.toBe(row.json);
    expect(unusable(foreign)).toBe("model.version");
    expect(unusable(row.json.slice(0, 100))).toBe("internal");
  });

  test("are trained one at a time; a cancelled or failed training leaves what was there", async () => {
    const { policies, state } = world();
    const abort = new AbortController();
    const first = policies.train(swarm, asked, abort.signal);
    await expect(policies.train(swarm, asked, never)).rejects.toMatchObject({ code: "training.busy" });
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    expect(policies.report(swarm)).toMatchObject({ trained: null, trainingRatio: null });
    const second = policies.train(swarm, asked, never);
    state.settle(new CodedError("heavy.deadline", { afterMs: 1 }));
    await expect(second).rejects.toMatchObject({ code: "heavy.deadline" });
    const third = policies.train(swarm, asked, never);
    state.settle(answer(true));
    await third;
    const fourth = policies.train(swarm, asked, never);
    policies.dispose();
    await expect(fourth).rejects.toMatchObject({ code: "aborted" });
    expect(policies.report(swarm).trained).not.toBeNull();
  });
});

/** Lets a training that has been settled be put away. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a run with a kept network answers: what both and the rule cost on the part that was judged. */
function judgedAnswer(newCost: number, keptCost: number, ruleCost = 20): TrainPolicyAnswer {
  const plain = answer(newCost < ruleCost);
  return {
    ...plain,
    kept: row("dqn", keptCost),
    evaluation: { ...plain.evaluation, policies: [row("adaptive", ruleCost), row("dqn", newCost)] },
  };
}

describe("the schedule", () => {
  test("trains a swarm that is set to a network as soon as there is a day of history, and tells it", async () => {
    const { policies, requests, state, events, later } = world();
    state.measured = 1_000;
    later(0);
    expect(requests).toEqual([]);
    expect(policies.report(acting).retraining).toEqual({
      ...{ dueAtMs: null, last: null },
      reason: { code: "training.tooEarly", args: { steps: 1_000, least: 1_440 } },
    });
    state.measured = 1_440;
    later(60_000);
    expect(requests, "not looked at again within a quarter of an hour").toEqual([]);
    later(14 * 60_000);
    expect(requests).toMatchObject([{ episodes: 1_000, kept: null, replay: { seed: 1, warmUpRatio: 0.7 } }]);
    expect(policies.report(acting)).toMatchObject({
      trainingRatio: 0,
      retraining: { reason: { code: "training.waits" } },
    });
    state.settle(answer(true, 1_440));
    await settled();
    const report = policies.report(acting);
    expect(report).toMatchObject({ acts: true, trained: { by: "schedule" }, trainingRatio: null });
    expect(report.retraining).toMatchObject({
      dueAtMs: NOW_MS + 15 * 60_000 + DAY_MS,
      reason: null,
      last: { atMs: NOW_MS + 15 * 60_000, outcome: { kind: "first" } },
    });
    expect(events).toMatchObject([{ code: "event.policyTrained", args: { by: "the schedule", beats: true } }]);
  });

  test("leaves alone a swarm that nobody wants a network for, and one that does not run", () => {
    const { policies, requests, later } = world();
    later(0, swarm);
    expect(requests).toEqual([]);
    expect(policies.report(swarm).retraining.reason?.code).toBe("training.unasked");
    policies.look([]);
    expect(policies.report(acting).retraining).toMatchObject({ dueAtMs: null, reason: { code: "training.stopped" } });
  });

  test("trains anew a day later, or when the history has grown by half", async () => {
    for (const [growth, ms] of [
      [1.0, DAY_MS],
      [1.5, 3_600_000],
    ] as const) {
      const { policies, requests, state, later } = world();
      state.measured = 2_000;
      const first = policies.train(swarm, asked, never);
      state.settle(answer(true, 2_000));
      await first;
      // Wanted by the one that was trained, whatever the policy is now.
      later(0, swarm);
      state.measured = 2_000 * growth - 1;
      later(ms - 1, swarm);
      expect(requests).toHaveLength(1);
      state.measured = 2_000 * growth;
      later(900_000, swarm);
      expect(requests).toHaveLength(2);
      expect(requests[1]?.kept).not.toBeNull();
    }
  });

  test("keeps the old network where the new one costs more on what it has not seen, and judges the old one by it", async () => {
    const { policies, rows, requests, state, events, later, clock } = world();
    const first = policies.train(acting, asked, never);
    state.settle(judgedAnswer(15, 15));
    const before = await first;
    expect(before.acts).toBe(true);
    later(DAY_MS);
    // The new one is worse, and both are worse than the rule by now.
    state.settle({
      ...judgedAnswer(19, 18, 17),
      evaluation: { ...judgedAnswer(19, 18, 17).evaluation, fromMs: 5, toMs: 9 },
    });
    await settled();
    const report = policies.report(acting);
    expect(report.trained).toMatchObject({ trainedAtMs: before.trained?.trainedAtMs, by: "operator" });
    expect(report.trained?.evaluation).toMatchObject({ beats: false, fromMs: 5, toMs: 9 });
    expect(report.trained?.evaluation.policies).toContainEqual(row("dqn", 18));
    expect(report.acts).toBe(false);
    expect(policies.chooserOf(acting)?.beats).toBe(false);
    expect(report.retraining).toMatchObject({
      dueAtMs: NOW_MS + 2 * DAY_MS,
      last: { outcome: { kind: "stays", newCost: 19, keptCost: 18 } },
    });
    expect(events).toMatchObject([{ code: "event.policyStays", args: { newCost: 19, keptCost: 18 } }]);
    // What it has learned on is still what it was, and all of it outlives a restart.
    expect(policies.networkOf(acting)).toMatchObject({ kind: "network", learnedToMs: 1 });
    const second = world(rows, clock);
    second.later(0);
    expect(second.policies.report(acting)).toEqual(report);
    expect(second.requests).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  test("never judges the old one by what it has learned on", async () => {
    const { policies, state, later } = world();
    const first = policies.train(acting, asked, never);
    state.settle({ ...answer(true), evaluation: { ...judgedAnswer(15, 15).evaluation, fromMs: 100, toMs: 200 } });
    const before = await first;
    later(DAY_MS);
    state.settle({ ...judgedAnswer(19, 18, 17), evaluation: { ...judgedAnswer(19, 18, 17).evaluation, fromMs: 99 } });
    await settled();
    const { trained, acts, retraining } = policies.report(acting);
    expect([trained, acts]).toEqual([before.trained, true]);
    expect(retraining.last?.outcome.kind).toBe("stays");
  });

  test("takes a new network that costs no more", async () => {
    for (const newCost of [15, 14]) {
      const { policies, state, later } = world();
      const first = policies.train(acting, asked, never);
      state.settle(judgedAnswer(15, 15));
      await first;
      later(DAY_MS);
      state.settle(judgedAnswer(newCost, 15));
      await settled();
      expect(policies.report(acting)).toMatchObject({
        trained: { by: "schedule" },
        retraining: { last: { outcome: { kind: "replaced", newCost, keptCost: 15 } } },
      });
    }
  });

  test("waits while anything else is trained, and gives way to an operator", async () => {
    const { policies, requests, state, later } = world();
    state.busy = true;
    later(0);
    expect(requests).toEqual([]);
    state.busy = false;
    later(0);
    expect(requests).toHaveLength(1);
    later(DAY_MS);
    expect(requests).toHaveLength(1);
    const operator = policies.train(acting, asked, never);
    await settled();
    expect(requests).toMatchObject([{ episodes: 1_000 }, { episodes: 10 }]);
    later(DAY_MS);
    expect(requests).toHaveLength(2);
    state.settle(answer(true));
    expect(await operator).toMatchObject({ trained: { by: "operator" }, retraining: { last: null } });
  });

  test("tries again a day after a failure, and is over with the engine", async () => {
    const { policies, requests, state, logged, later } = world();
    later(0);
    state.settle(new CodedError("heavy.deadline", { afterMs: 1 }));
    await settled();
    expect(logged).toContain("policy.trainingFailed");
    expect(policies.report(acting).retraining).toMatchObject({
      dueAtMs: NOW_MS + DAY_MS,
      last: { outcome: { kind: "failed", reason: { code: "heavy.deadline" } } },
    });
    later(DAY_MS - 1);
    expect(requests).toHaveLength(1);
    later(900_000);
    expect(requests).toHaveLength(2);
    policies.dispose();
    await settled();
    expect(policies.report(acting).trainingRatio).toBeNull();
    later(9 * DAY_MS);
    expect(requests).toHaveLength(2);
  });
});
