import type { RollingForecasts, TrainPolicyAnswer, TrainPolicyRequest } from "../../ports.ts";
import type { JudgedPolicy, PolicyEvaluation, RewardWeights } from "../../protocol/dqn.ts";
import type { PlannedReplay } from "../comparePolicies.ts";
import { adaptive } from "../policies/adaptive.ts";
import { POLICIES } from "../policies/all.ts";
import type { PolicyKind } from "../policies/policy.ts";
import { type Replay, type ReplayRun, simulate } from "../simulator.ts";
import type { TrainingWorld } from "./episode.ts";
import { DQN, dqnPolicy, pressureOf } from "./replayPolicy.ts";
import { costOf } from "./reward.ts";
import { revivedPolicy, type TrainedPolicy, type TrainedPolicyJson } from "./trainedPolicy.ts";
import { decimatedCurve, train, type TrainingOptions } from "./training.ts";

const MOST_POINTS = 100;
const MOST_LOOKS = 4;
const HOUR_SECONDS = 3_600;

/**
 * Trains a network on the earlier part of a past load and judges it on the rest, beside all other policies: the same
 * simulated swarm, the same forecasts from what was known by then, the same weights. The rest is run after the earlier part
 * and not from a begin of its own, so that every policy comes to it with the size that it would have had.
 * A kept network is judged there as well.
 * @throws as `train`, and for a kept network as `revived`
 */
export async function trainPolicy(
  request: TrainPolicyRequest,
  { replay, basis }: PlannedReplay,
  forecasts: RollingForecasts,
  { signal, tell, pause }: Pick<TrainingOptions, "signal" | "pause"> & { readonly tell: (doneRatio: number) => void },
): Promise<TrainPolicyAnswer> {
  const { weights, episodes, pressure } = request;
  const { load, scoreFrom, stepsPerLoad, physics, seed } = replay;
  const early = load.subarray(0, scoreFrom);
  const measured = early.filter((value) => !Number.isNaN(value));
  const world: TrainingWorld = {
    ...coarse(replay),
    load: early,
    pressure,
    weights,
    forecastAt: forecasts.at,
    meanAgents: Math.max(1, measured.reduce((sum, value) => sum + value, 0) / Math.max(1, measured.length)),
  };
  const kindOf = (policy: TrainedPolicy, judgedOn: Replay): PolicyKind =>
    dqnPolicy(policy.chooser(true), pressureOf(pressure, judgedOn));
  const learned: Replay = { ...coarse(replay), load: early, scoreFrom: 0 };
  const { policy, takenAfter, curve } = await train(world, {
    ...{ episodes, seed },
    signal,
    ...(pause === undefined ? {} : { pause }),
    onProgress: tell,
    costOf: (one) => runCost(simulate(learned, kindOf(one, learned), forecasts.at), learned, weights),
  });
  const policies: JudgedPolicy[] = [...POLICIES, kindOf(policy, replay)].map((kind) =>
    judged(simulate(replay, kind, forecasts.at), replay, weights),
  );
  const kept =
    request.kept === null
      ? null
      : judged(
          simulate(replay, kindOf(revivedPolicy(JSON.parse(request.kept) as TrainedPolicyJson), replay), forecasts.at),
          replay,
          weights,
        );
  const stepMs = stepsPerLoad * physics.stepSeconds * 1_000;
  const evaluation: PolicyEvaluation = {
    policies,
    beats: costIn(policies, DQN) < costIn(policies, adaptive.name),
    fromMs: replay.startMs + scoreFrom * stepMs,
    toMs: replay.startMs + load.length * stepMs,
  };
  return {
    policy: JSON.stringify(policy),
    kept,
    ...{ episodes, takenAfter, seed, weights, evaluation },
    basis: { ...basis, forecasts: { made: forecasts.made, ready: forecasts.ready } },
    curve: decimatedCurve(curve, MOST_POINTS),
  };
}

/**
 * The same swarm in no more than four looks a decision: the network chooses once in them, and what it learns of a start that
 * takes a second longer is lost in the noise. It is judged with as many looks as all others.
 */
function coarse(replay: Replay): Replay {
  const { stepsPerLoad, physics } = replay;
  const stride = stepsPerLoad / MOST_LOOKS;
  if (stride <= 1) return replay;
  const { startUpSteps, drainSteps, stepSeconds } = physics;
  return {
    ...replay,
    stepsPerLoad: MOST_LOOKS,
    physics: {
      ...physics,
      stepSeconds: stepSeconds * stride,
      startUpSteps: Math.ceil(startUpSteps / stride),
      drainSteps: Math.ceil(drainSteps / stride),
    },
  };
}

/** Cost of the scored steps, in agent-seconds: what the reward of the training is made of. */
export function runCost({ score, trace }: ReplayRun, replay: Replay, weights: RewardWeights): number {
  const { scoreFrom, stepsPerLoad, physics, timeScale } = replay;
  let waiting = 0;
  let changed = 0;
  for (let step = scoreFrom * stepsPerLoad; step < trace.target.length; step++) {
    waiting += (trace.backlog[step] as number) * physics.stepSeconds;
    if (step > 0) changed += Math.abs((trace.target[step] as number) - (trace.target[step - 1] as number));
  }
  return costOf({ unmet: score.unmet, waiting, paid: score.agentHours * HOUR_SECONDS, changed }, weights, timeScale);
}

function judged(run: ReplayRun, replay: Replay, weights: RewardWeights): JudgedPolicy {
  const { unmet, arrived, backlog, waitP95Sec, agentHours, actions, reversals, utilisation } = run.score;
  return {
    name: run.name,
    ...{ unmet, backlog, waitP95Sec, agentHours, actions, reversals, utilisation },
    unmetRatio: arrived > 0 ? unmet / arrived : null,
    costAgentHours: runCost(run, replay, weights) / HOUR_SECONDS,
  };
}

function costIn(policies: readonly JudgedPolicy[], name: string): number {
  return policies.find((row) => row.name === name)?.costAgentHours ?? Number.NaN;
}
