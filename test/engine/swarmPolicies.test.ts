import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { createRng } from "../../src/engine/common/rng.ts";
import { initialNetwork } from "../../src/engine/decide/dqn/network.ts";
import { trainedScaling } from "../../src/engine/decide/dqn/trainedScaling.ts";
import { TrainedPolicy } from "../../src/engine/decide/dqn/trainedPolicy.ts";
import type { ModelStore, TrainableSwarm, TrainPolicyAnswer, TrainPolicyRequest } from "../../src/engine/ports.ts";
import { scalingPolicy } from "../../src/engine/protocol/config.ts";
import { SwarmPolicies } from "../../src/engine/swarmPolicies.ts";

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

function answer(beats: boolean): TrainPolicyAnswer {
  const times = { decisionSeconds: 60, taskSeconds: 30, timeScale: 1 };
  return {
    policy: JSON.stringify(new TrainedPolicy(initialNetwork([10, 8, 5], createRng(1)), times)),
    ...{ episodes: 10, takenAfter: 8, seed: 1, weights: trainedScaling.defaultWeights, curve: [] },
    basis: {
      ...{ steps: 100, missing: 0, stepSeconds: 60, tickSeconds: 15, minAgents: 2, maxAgents: 20 },
      ...{ startUpSeconds: 12, fixedAgents: 4, forecasts: { made: 0, ready: 0 } },
    },
    evaluation: { policies: [], beats, fromMs: 1, toMs: 2 },
  };
}

/** The service with a store and a heavy child that the test plays. */
function world(rows = new Map<string, Parameters<ModelStore["save"]>[0]>()) {
  const clock = new ManualClock();
  const requests: TrainPolicyRequest[] = [];
  const logged: string[] = [];
  const state: { settle: (result: TrainPolicyAnswer | Error) => void; tell: (ratio: number) => void } = {
    settle: () => undefined,
    tell: () => undefined,
  };
  const note = (code: string): void => void logged.push(code);
  const policies = new SwarmPolicies({
    series: {
      steps: ({ metric }, _stepMs, count) =>
        metric === "demand"
          ? Float64Array.from({ length: count }, (_, n) => (n < 80 ? Number.NaN : 4))
          : new Float64Array(count).fill(Number.NaN),
    },
    trainer: {
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
  });
  return { policies, requests, rows, logged, state };
}

describe("trained policies of swarms", () => {
  test("are none before a training, and the report says what to do", () => {
    const { policies } = world();
    expect(policies.chooserOf(swarm)).toBeNull();
    expect(policies.report(swarm)).toEqual({
      ...{ swarmId: "docs", timeScale: 1, trained: null, trainingRatio: null, acts: false },
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
    expect(request?.replay.load.length).toBe(7 * 1_440 - 80);
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
