import { CodedError } from "../common/errors.ts";
import type { ReplayAnswer, ReplayedNetwork, ReplayRequest, RollingForecasts, RollingRequest } from "../ports.ts";
import { type PolicyRow, type ReplayBasis, type ReplaySeries, TRAINED_POLICY } from "../protocol/replay.ts";
import { dqnPolicy, pressureOf } from "./dqn/replayPolicy.ts";
import { revived } from "./dqn/trainedPolicy.ts";
import { POLICIES } from "./policies/all.ts";
import type { PolicyKind } from "./policies/policy.ts";
import { leadMs } from "./scalingTimes.ts";
import { type Replay, type ReplayScore, type ReplayTrace, simulate } from "./simulator.ts";

/** The engine looks every second, or every few; three looks fill the window that its scaler averages over. */
const TICK_SECONDS = 5;
/** Steps of one simulation: a longer load is simulated in longer steps, a step of the load at most. */
const MOST_TICKS = 2_000_000;
/** Where an operator who sizes a swarm once has looked. */
const TRAINING_SHARE = 0.3;
const FIXED_QUANTILE = 0.95;
const MOST_POINTS = 1_000;

/** Everything that one request for a comparison says, brought into the steps of a simulation. */
export interface PlannedReplay {
  readonly replay: Replay;
  readonly basis: Omit<ReplayBasis, "forecasts">;
  /** The forecasts that the adaptive policy and the network need; `null` when neither is among those asked for. */
  readonly rolling: RollingRequest | null;
}

export const NO_FORECASTS: RollingForecasts = { made: 0, ready: 0, at: () => null };

const CONFIDENCE = 0.95;
/** Policies that look at forecasts. */
const FORESEEING: ReadonlySet<string> = new Set(["adaptive", TRAINED_POLICY]);

/**
 * @throws CodedError `replay.empty` when nothing was measured; RangeError for figures that cannot be, a policy that is not
 *   known, or `dqn` without a network
 */
export function planReplay(request: ReplayRequest): PlannedReplay {
  const { load, stepSeconds, timeScale, minAgents, maxAgents, scaling, startUpSeconds, drainSeconds } = request;
  if (!(stepSeconds > 0 && Number.isFinite(stepSeconds)))
    throw new RangeError(`stepSeconds must be > 0, got ${stepSeconds}`);
  for (const [name, value] of Object.entries({ startUpSeconds, drainSeconds }))
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} must be ≥ 0, got ${value}`);
  if (!(request.warmUpRatio >= 0 && request.warmUpRatio < 1))
    throw new RangeError(`warmUpRatio must be from 0 to below 1, got ${request.warmUpRatio}`);
  for (const name of request.policies) {
    if (name === TRAINED_POLICY && request.network === null)
      throw new RangeError(`policies must have a network for ${name}, got none`);
    if (name !== TRAINED_POLICY && !POLICIES.some((kind) => kind.name === name))
      throw new RangeError(`policies must be known, got ${name}`);
  }
  const first = load.find((value) => !Number.isNaN(value));
  if (first === undefined) throw new CodedError("replay.empty", { steps: load.length });

  const wanted = Math.ceil(stepSeconds / (TICK_SECONDS / timeScale) - 1e-9);
  const stepsPerLoad = Math.max(1, Math.min(wanted, Math.floor(MOST_TICKS / load.length)));
  const tickSeconds = stepSeconds / stepsPerLoad;
  const ticks = (seconds: number): number => Math.ceil(seconds / tickSeconds - 1e-9);
  const fixedAgents = request.fixedAgents ?? sizedOnce(load, minAgents, maxAgents);
  const scoreFrom = Math.floor(load.length * request.warmUpRatio);
  return {
    replay: {
      load,
      stepsPerLoad,
      physics: {
        stepSeconds: tickSeconds,
        minAgents,
        maxAgents,
        // As the load of the begin asks for: nobody begins with a lack that another did not have.
        initialAgents: bounded(Math.ceil(first / scaling.targetUtilisation - 1e-9), minAgents, maxAgents),
        startUpSteps: ticks(startUpSeconds),
        drainSteps: ticks(drainSeconds),
      },
      timeScale,
      scaling,
      taskSeconds: request.taskSeconds,
      fixedAgents,
      startMs: request.startMs,
      scoreFrom,
      seed: request.seed,
    },
    basis: {
      steps: load.length,
      missing: load.filter(Number.isNaN).length,
      stepSeconds,
      tickSeconds,
      minAgents,
      maxAgents,
      startUpSeconds,
      fixedAgents,
      ...(scoreFrom === 0 ? {} : { scoredFrom: scoreFrom }),
    },
    rolling: request.policies.some((name) => FORESEEING.has(name)) ? rollingOf(request, scoreFrom) : null,
  };
}

/**
 * Every policy over the same load, in the order of the request.
 * @param forecasts as `simulate` takes them
 * @throws CodedError `model.version`, RangeError, SyntaxError for a network that cannot be used
 */
export function comparePolicies(
  request: ReplayRequest,
  { replay, basis }: PlannedReplay,
  forecasts: RollingForecasts,
  tell: (doneRatio: number) => void = () => undefined,
): ReplayAnswer {
  const policies: PolicyRow[] = [];
  const capacity: ReplaySeries["capacity"][number][] = [];
  const stride = Math.ceil(replay.load.length / MOST_POINTS);
  const { network } = request;
  const kinds: readonly PolicyKind[] = network === null ? POLICIES : [...POLICIES, kindOf(network, replay)];
  for (const [done, name] of request.policies.entries()) {
    const kind = kinds.find((one) => one.name === name);
    if (kind === undefined) throw new RangeError(`policies must be known, got ${name}`);
    const { score, trace } = simulate(replay, kind, forecasts.at);
    policies.push(rowOf(name, score));
    capacity.push({ name, agents: capacityOf(trace, stride * replay.stepsPerLoad) });
    tell((done + 1) / request.policies.length);
  }
  return {
    basis: { ...basis, forecasts: { made: forecasts.made, ready: forecasts.ready } },
    policies,
    series: {
      fromMs: request.startMs,
      bucketMs: stride * request.stepSeconds * 1_000,
      load: means(replay.load, stride),
      capacity,
    },
  };
}

function kindOf({ policy, pressure }: ReplayedNetwork, replay: Replay): PolicyKind {
  return dqnPolicy(revived(policy, true).chooser, pressureOf(pressure, replay));
}

function rollingOf(request: ReplayRequest, fromStep: number): RollingRequest {
  const { load, stepSeconds, startMs, dayMs, season, seed, timeScale, startUpSeconds } = request;
  const stepMs = stepSeconds * 1_000;
  return {
    swarmId: "",
    values: load,
    ...{ stepMs, startMs, dayMs, season, seed, fromStep },
    leadSteps: Math.max(1, Math.ceil(leadMs(timeScale, startUpSeconds * 1_000, stepMs) / stepMs)),
    confidence: CONFIDENCE,
    lowerBound: 0,
  };
}

function rowOf(name: string, score: ReplayScore): PolicyRow {
  const { unmet, arrived, waitP95Sec, agentHours, actions, reversals, utilisation, backlog } = score;
  const unmetRatio = arrived > 0 ? unmet / arrived : null;
  return { name, unmet, unmetRatio, waitP95Sec, agentHours, actions, reversals, utilisation, backlog };
}

/** The size that leaves a twentieth of the first steps to wait. */
function sizedOnce(load: Float64Array, minAgents: number, maxAgents: number): number {
  const seen = load.subarray(0, Math.max(1, Math.floor(load.length * TRAINING_SHARE)));
  const known = seen.filter((value) => !Number.isNaN(value)).toSorted();
  const quantile = known[Math.min(known.length - 1, Math.floor(FIXED_QUANTILE * known.length))] ?? 0;
  return bounded(Math.ceil(quantile - 1e-9), Math.max(1, minAgents), maxAgents);
}

function bounded(agents: number, least: number, most: number): number {
  return Math.max(Math.min(least, most), Math.min(agents, most));
}

function means(values: Float64Array, stride: number): (number | null)[] {
  const out: (number | null)[] = [];
  for (let from = 0; from < values.length; from += stride) {
    let sum = 0;
    let count = 0;
    for (let at = from; at < Math.min(from + stride, values.length); at++) {
      const value = values[at] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    out.push(count === 0 ? null : short(sum / count));
  }
  return out;
}

function capacityOf({ ready }: ReplayTrace, stride: number): number[] {
  const out: number[] = [];
  for (let from = 0; from < ready.length; from += stride) {
    const to = Math.min(from + stride, ready.length);
    let sum = 0;
    for (let at = from; at < to; at++) sum += ready[at] as number;
    out.push(short(sum / (to - from)));
  }
  return out;
}

/** For a picture. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}
