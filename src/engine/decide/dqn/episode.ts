import { createRng } from "../../common/rng.ts";
import type { LoadReading, ScalerView } from "../../ports.ts";
import type { ScalingPolicy } from "../../protocol/config.ts";
import type { RewardWeights } from "../../protocol/dqn.ts";
import type { Forecast } from "../../protocol/model.ts";
import { AdaptiveScaler } from "../adaptiveScaler.ts";
import { SimulatedSwarm, type SwarmPhysics } from "../simulatedSwarm.ts";
import { DqnScaler } from "./dqnScaler.ts";
import type { Learner } from "./learner.ts";
import { INPUTS } from "./observation.ts";
import { costOf, rewardOf } from "./reward.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Decisions of one episode. */
export const EPISODE_STEPS = 288;

/** What a network learns in: one swarm's load of the past, and the swarm that meets it. A decision is due at each step of it. */
export interface TrainingWorld {
  /** Agents' worth of work in each step, ≥ 0; NaN where it was not measured: no work and no reading then. */
  readonly load: Float64Array;
  readonly stepsPerLoad: number;
  readonly physics: SwarmPhysics;
  readonly timeScale: number;
  readonly scaling: ScalingPolicy;
  readonly taskSeconds: number;
  /** Wall clock at the begin of the load, epoch ms. */
  readonly startMs: number;
  /** The newest forecast made from nothing after the begin of a step of the load; `null` for none. */
  readonly forecastAt: (loadStep: number) => Forecast | null;
  /** Measured with the load, 0..1; NaN where it was not; `null`: never. */
  readonly pressure: Float64Array | null;
  readonly weights: RewardWeights;
  /** Mean of the load, at least 1: the unit of the reward. */
  readonly meanAgents: number;
}

export function decisionSecondsOf({ stepsPerLoad, physics }: Pick<TrainingWorld, "stepsPerLoad" | "physics">): number {
  return stepsPerLoad * physics.stepSeconds;
}

/** How an episode went: mean reward of a decision, and what it cost in agent-seconds. */
export interface EpisodeResult {
  readonly reward: number;
  readonly cost: number;
  readonly loss: number | null;
}

/**
 * One episode: the scaler that would run the swarm, with the learner in the network's place, over `steps` steps of the load
 * from `from` on. The swarm begins at a size drawn at random, so that every size is learned about. The end of an episode is
 * only where watching ends, not the end of the swarm: its last decision is valued by what comes after it like any other.
 */
export function runEpisode(
  world: TrainingWorld,
  learner: Learner,
  { from, steps, seed }: { readonly from: number; readonly steps: number; readonly seed: number },
): EpisodeResult {
  const { load, stepsPerLoad, physics, timeScale, scaling, taskSeconds, startMs, pressure, weights } = world;
  const { minAgents, maxAgents, stepSeconds } = physics;
  const stepMs = stepSeconds * 1_000;
  const decisionSeconds = decisionSecondsOf(world);
  const initialAgents = minAgents + Math.floor(createRng(seed)() * (maxAgents - minAgents + 1));
  const swarm = new SimulatedSwarm({ ...physics, initialAgents });

  // 1. A decision is remembered when the next one is due, with all that it has cost by then.
  const seen = new Float64Array(INPUTS);
  let action: number | null = null;
  let cost = 0;
  let decidedAt = 0;
  let now = 0;
  let rewards = 0;
  let decisions = 0;
  let losses = 0;
  let learned = 0;
  const choose = (observation: Float64Array, allowed: number): number => {
    if (action !== null) {
      // Where nothing was measured in between no decision was due; the mean keeps the scale.
      const reward = rewardOf(cost / Math.max(1, now - decidedAt), world.meanAgents, decisionSeconds);
      const loss = learner.remember(seen, action, reward, observation, allowed, false);
      rewards += reward;
      decisions++;
      if (loss !== null) {
        losses += loss;
        learned++;
      }
    }
    cost = 0;
    decidedAt = now;
    seen.set(observation);
    action = learner.choose(observation, allowed);
    return action;
  };
  const chooser = { choose, decisionMs: decisionSeconds * 1_000, taskSeconds, beats: true };
  const scaler = new DqnScaler(new AdaptiveScaler(), () => chooser);
  const policy: ScalingPolicy = { ...scaling, policy: "dqn" };

  // 2. The swarm, as the simulator runs it. What the scaler looks at is one object, used again at every step.
  const reading: Mutable<LoadReading> = { monotonicMs: 0, low: 0, high: 0, waiting: 0, source: "measured" };
  const view: Mutable<ScalerView> = {
    swarmId: "training",
    ...{ nowMonotonicMs: 0, nowWallMs: 0, live: 0, target: 0, minAgents, maxAgents, reading: null },
    ...{ tickIntervalMs: stepMs, forecast: null, startUpMs: physics.startUpSteps * stepMs, taskSeconds, pending: 0 },
    ...{ pressureRatio: null, policy, timeScale },
  };
  const beginMs = startMs + from * decisionSeconds * 1_000;
  let known = Number.NaN;
  let total = 0;
  for (; now < steps; now++) {
    const measured = load[from + now] as number;
    const isKnown = !Number.isNaN(measured);
    const told = pressure?.[from + now] ?? Number.NaN;
    view.pressureRatio = Number.isNaN(told) ? null : told;
    view.forecast = world.forecastAt(from + now);
    for (let part = 0; part < stepsPerLoad; part++) {
      const nowMs = (now * stepsPerLoad + part) * stepMs;
      const { target } = swarm;
      reading.monotonicMs = nowMs;
      reading.low = known;
      reading.high = known;
      reading.waiting = swarm.backlog / taskSeconds;
      view.reading = Number.isNaN(known) ? null : reading;
      view.nowMonotonicMs = nowMs;
      view.nowWallMs = beginMs + nowMs;
      view.live = target;
      view.target = target;
      view.pending = swarm.starting;
      const { to } = scaler.judge(view);
      // In an engine the rule would decide alone; a training that goes on would have learned nothing.
      if (scaler.failure !== null) throw new RangeError(String(scaler.failure.args["detail"]));
      // One action in flight.
      const wanted = swarm.ready === target ? to : target;
      if (wanted !== target) scaler.acted(target, wanted, nowMs);
      swarm.step(isKnown ? measured : 0, wanted);
      const { unmet, paid, backlog } = swarm;
      const changed = Math.abs(swarm.target - target);
      const spent = costOf(
        { unmet, waiting: backlog * stepSeconds, paid: paid * stepSeconds, changed },
        weights,
        timeScale,
      );
      cost += spent;
      total += spent;
      known = isKnown ? swarm.served / stepSeconds + backlog / taskSeconds : Number.NaN;
    }
  }
  return {
    reward: decisions === 0 ? 0 : rewards / decisions,
    cost: total,
    loss: learned === 0 ? null : losses / learned,
  };
}
