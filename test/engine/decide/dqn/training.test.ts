import { describe, expect, test } from "vitest";
import { comparePolicies, NO_FORECASTS, planReplay } from "../../../../src/engine/decide/comparePolicies.ts";
import { DqnScaler } from "../../../../src/engine/decide/dqn/dqnScaler.ts";
import { DEFAULT_REWARD } from "../../../../src/engine/decide/dqn/reward.ts";
import {
  revived,
  revivedPolicy,
  TrainedPolicy,
  type TrainedPolicyJson,
} from "../../../../src/engine/decide/dqn/trainedPolicy.ts";
import { decimatedCurve, train } from "../../../../src/engine/decide/dqn/training.ts";
import { trainPolicy } from "../../../../src/engine/decide/dqn/trainPolicy.ts";
import { AdaptiveScaler } from "../../../../src/engine/decide/adaptiveScaler.ts";
import { initialNetwork } from "../../../../src/engine/decide/dqn/network.ts";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import type { ReplayRequest, TrainPolicyRequest } from "../../../../src/engine/ports.ts";
import { scalingPolicy } from "../../../../src/engine/protocol/config.ts";
import { REPLAY_POLICIES, UNTRAINED_POLICIES } from "../../../../src/engine/protocol/replay.ts";

/** Waves of an hour, of up to 12 agents; some minutes were not measured. */
function load(steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, step) =>
    step % 97 === 50 ? Number.NaN : 6 + 5 * Math.sin((2 * Math.PI * step) / 60) + (step % 7) / 7,
  );
}

function replayRequest(over: Partial<ReplayRequest> = {}): ReplayRequest {
  return {
    load: load(900),
    ...{ stepSeconds: 60, startMs: 1_700_000_000_000, dayMs: 86_400_000, season: null, timeScale: 1 },
    ...{ minAgents: 2, maxAgents: 20, scaling: scalingPolicy.parse({}), startUpSeconds: 20, drainSeconds: 0 },
    ...{ taskSeconds: 30, fixedAgents: null, warmUpRatio: 0.7, policies: UNTRAINED_POLICIES, network: null, seed: 3 },
    ...over,
  };
}

function request(episodes: number, over: Partial<ReplayRequest> = {}): TrainPolicyRequest {
  return { replay: replayRequest(over), pressure: null, weights: DEFAULT_REWARD, episodes, kept: null };
}

const trained = (asked: TrainPolicyRequest, signal?: AbortSignal) =>
  trainPolicy(asked, planReplay(asked.replay), NO_FORECASTS, {
    tell: () => undefined,
    ...(signal === undefined ? {} : { signal }),
  });

describe("a training", () => {
  test("judges a kept network on the same part: the same one is worth the same, another what it is worth alone", async () => {
    const first = await trained(request(3));
    expect(first.kept).toBeNull();
    const again = await trained({ ...request(3), kept: first.policy });
    expect(again.kept).toEqual(again.evaluation.policies.find(({ name }) => name === "dqn"));
    const other = await trained({ ...request(3, { seed: 9 }), kept: first.policy });
    expect(other.policy).not.toBe(first.policy);
    expect(other.kept).toEqual(again.kept);
    await expect(trained({ ...request(1), kept: "{}" })).rejects.toMatchObject({ code: "model.version" });
  });

  test("is the same with the same seed and history, to the last figure, and another with another", async () => {
    const [one, again, other] = [
      await trained(request(4)),
      await trained(request(4)),
      await trained(request(4, { seed: 4 })),
    ];
    expect(one).toEqual(again);
    expect(one.policy).not.toBe(other.policy);
  });

  test("is judged beside every other policy, which score as they do in a comparison of their own", async () => {
    const asked = request(3);
    const { policy, evaluation, basis, curve, takenAfter } = await trained(asked);
    const network = { policy, pressure: null };
    const compare = { ...asked.replay, policies: REPLAY_POLICIES, network };
    const compared = comparePolicies(compare, planReplay(compare), NO_FORECASTS);
    expect(evaluation.policies.map(({ name }) => name)).toEqual([...UNTRAINED_POLICIES, "dqn"]);
    expect(compared.policies.map(({ name }) => name)).toEqual(REPLAY_POLICIES);
    expect(compared.basis.scoredFrom).toBe(630);
    for (const row of compared.policies)
      expect(evaluation.policies.find(({ name }) => name === row.name)).toMatchObject(row);
    const cost = (name: string) => evaluation.policies.find((row) => row.name === name)?.costAgentHours ?? Number.NaN;
    expect(evaluation.beats).toBe(cost("dqn") < cost("adaptive"));
    expect(cost("clairvoyant")).toBeLessThan(cost("dqn"));
    expect(evaluation.fromMs).toBe(1_700_000_000_000 + 630 * 60_000);
    expect(evaluation.toMs).toBe(1_700_000_000_000 + 900 * 60_000);
    expect(basis).toMatchObject({ steps: 900, minAgents: 2, maxAgents: 20 });
    expect(curve.map(({ episode }) => episode)).toEqual([0, 1, 2]);
    expect(takenAfter).toBeGreaterThanOrEqual(1);
  });

  test("never sees what it is judged on", async () => {
    const later = load(900).map((value, step) => (step < 630 ? value : 19));
    expect((await trained(request(3, { load: later }))).policy).toBe((await trained(request(3))).policy);
  });

  test("of weights that make unmet work dear leaves less of it than one of those that count agents alone", async () => {
    const of = async (unmet: number) => {
      const asked = { ...request(20), weights: { unmet, waiting: 0, agents: 1, changes: 0 } };
      const { evaluation } = await trained(asked);
      return evaluation.policies.find(({ name }) => name === "dqn")?.unmet ?? Number.NaN;
    };
    expect(await of(1_000)).toBeLessThan(await of(0));
  });

  test("sees the pressure of the machine where it was measured", async () => {
    const pressure = load(900).map((value) => value / 20);
    const [pressed, without] = [await trained({ ...request(3), pressure }), await trained(request(3))];
    expect(pressed.policy).not.toBe(without.policy);
    const unknown = new Float64Array(900).fill(Number.NaN);
    expect((await trained({ ...request(3), pressure: unknown })).policy).toBe(without.policy);
  });

  test("is given up between two episodes when it is cancelled", async () => {
    const abort = new AbortController();
    let episodes = 0;
    const asked = request(1_000);
    const { replay } = planReplay(asked.replay);
    const world = { ...replay, pressure: null, weights: DEFAULT_REWARD, meanAgents: 6, forecastAt: () => null };
    const pause = (): Promise<void> => {
      if (++episodes === 3) abort.abort();
      return Promise.resolve();
    };
    await expect(train(world, { episodes: 1_000, seed: 1, signal: abort.signal, pause })).rejects.toThrow(
      new CodedError("aborted", {}).message,
    );
    expect(episodes).toBe(3);
  });

  test("of too little is refused, with how much is there; options that cannot be by name", async () => {
    await expect(trained(request(2, { load: load(100) }))).rejects.toMatchObject({
      code: "training.short",
      args: { steps: 69, least: 100 },
    });
    await expect(trained(request(0))).rejects.toThrow("episodes must be a count > 0, got 0");
    await expect(trained({ ...request(2), weights: { ...DEFAULT_REWARD, agents: Number.NaN } })).rejects.toThrow(
      "reward weight agents must be finite",
    );
  });

  test("has a curve of at most as many points as are wanted, each the mean of its episodes", () => {
    const curve = Array.from({ length: 10 }, (_, episode) => ({
      ...{ episode, epsilon: 1 - episode / 10, reward: -episode },
      loss: episode < 2 ? null : episode,
    }));
    expect(decimatedCurve(curve, 4)).toEqual([
      { episode: 2, epsilon: 0.8, reward: -1, loss: 2 },
      { episode: 5, epsilon: 0.5, reward: -4, loss: 4 },
      { episode: 8, epsilon: expect.closeTo(0.2, 12) as number, reward: -7, loss: 7 },
      { episode: 9, epsilon: expect.closeTo(0.1, 12) as number, reward: -9, loss: 9 },
    ]);
  });
});

describe("a trained policy", () => {
  const times = { decisionSeconds: 60, taskSeconds: 30, timeScale: 1 };
  const policy = new TrainedPolicy(initialNetwork([10, 64, 64, 5], createRng(2)), times);

  test("comes back from its text and chooses the same", () => {
    const back = revivedPolicy(JSON.parse(JSON.stringify(policy)) as TrainedPolicyJson);
    expect(JSON.stringify(back)).toBe(JSON.stringify(policy));
    const rng = createRng(9);
    for (let n = 0; n < 500; n++) {
      const seen = new Float64Array(10).map(() => rng());
      const allowed = 4 | Math.floor(rng() * 32);
      expect(back.choose(seen, allowed)).toBe(policy.choose(seen, allowed));
    }
  });

  test("of another version is refused by a code; one that is broken by the field", () => {
    const json = policy.toJSON();
    expect(() => revivedPolicy({ ...json, version: 2 })).toThrow(
      new CodedError("model.version", { model: "dqn", version: 2, known: 1 }).message,
    );
    expect(() => revivedPolicy({ ...json, model: "ppo" })).toThrow(CodedError);
    expect(() => revivedPolicy({ ...json, parameters: json.parameters.slice(1) })).toThrow("parameters must be");
    expect(() => revivedPolicy({ ...json, sizes: [9, 64, 64, 5] })).toThrow(RangeError);
    expect(() => revivedPolicy({ ...json, decisionSeconds: 0 })).toThrow("decisionSeconds must be > 0, got 0");
    expect(() => revived("{", true)).toThrow(SyntaxError);
  });

  test("refuses to choose on what is no number", () => {
    expect(() => policy.choose(new Float64Array(10).fill(Number.NaN), 31)).toThrow(
      "observation[0] must be finite, got NaN",
    );
    expect(() => policy.choose(new Float64Array(9), 31)).toThrow("observation must be 10 long, got 9");
  });

  test("is what the scaler takes", () => {
    const { chooser } = revived(JSON.stringify(policy), true);
    expect(chooser).toMatchObject({ decisionMs: 60_000, taskSeconds: 30, beats: true });
    expect(new DqnScaler(new AdaptiveScaler(), () => chooser).advice()).toBeNull();
  });
});
