import { createRng } from "../common/rng.ts";
import type { ScalingPolicy } from "../protocol/config.ts";
import type { Forecast } from "../protocol/model.ts";
import type { PolicyKind, ReplayView, ReplayWorld } from "./policies/policy.ts";
import { SimulatedSwarm, type SwarmPhysics } from "./simulatedSwarm.ts";
import { waitingQuantile } from "./waitingTimes.ts";

const WAIT_SHARE = 0.95;

/** One load and the swarm that meets it, the same for every policy. */
export interface Replay {
  /**
   * Agents' worth of work in each step of the load, ≥ 0; NaN where it was not measured: such a step brings no work and no
   * reading, and is no part of what is unmet.
   */
  readonly load: Float64Array;
  /** Every step of the load is simulated in so many steps of `physics.stepSeconds`, ≥ 1. */
  readonly stepsPerLoad: number;
  readonly physics: SwarmPhysics;
  readonly timeScale: number;
  readonly scaling: ScalingPolicy;
  readonly taskSeconds: number;
  readonly fixedAgents: number;
  /** Wall clock at the begin of the load, epoch ms. */
  readonly startMs: number;
  /** Steps of the load before this one are run, but not scored. */
  readonly scoreFrom: number;
  readonly seed: number;
}

/** What a policy cost and what it left undone, over the scored steps. */
export interface ReplayScore {
  /**
   * Unmet demand, agent-seconds: Σ over steps of max(0, work that came − what the ready agents can serve in the step). What
   * waited from before does not count again: it is seen in the waiting time.
   */
  readonly unmet: number;
  /** All the work that came, agent-seconds. */
  readonly arrived: number;
  readonly served: number;
  /** Work that still waits at the end. */
  readonly backlog: number;
  /** 95th percentile of how long work waited, by `waitingQuantile`. */
  readonly waitP95Sec: number;
  /** Integral over time of the agents that are ready, starting or leaving. */
  readonly agentHours: number;
  /** Changes of size after the first step, and those of them in the other direction than the change before. */
  readonly actions: number;
  readonly reversals: number;
  /** Mean utilisation: served work ÷ ready agents; `null` when there were none. */
  readonly utilisation: number | null;
}

/** Sizes of every simulated step, for pictures and checks. */
export interface ReplayTrace {
  /** Ready and starting agents. */
  readonly target: Int32Array;
  readonly ready: Int32Array;
  /** Work that waits, agent-seconds. */
  readonly backlog: Float64Array;
}

export interface ReplayRun {
  readonly name: string;
  readonly score: ReplayScore;
  readonly trace: ReplayTrace;
}

/**
 * Runs one policy over the load. Pure and deterministic. A policy sees demand as the engine would measure it: busy agents +
 * waiting tasks at the end of the step before; at the first step, and after a step that was not measured, nothing.
 *
 * @param forecastAt the newest forecast made from nothing after the begin of a step of the load; `null` for none
 * @throws RangeError for a replay that cannot be, or a policy whose size is no whole number
 */
export function simulate(
  replay: Replay,
  kind: PolicyKind,
  forecastAt: (loadStep: number) => Forecast | null = () => null,
): ReplayRun {
  check(replay);
  const { load, stepsPerLoad, physics, taskSeconds, scoreFrom, seed } = replay;
  const { stepSeconds } = physics;
  const stepMs = stepSeconds * 1_000;
  const steps = load.length * stepsPerLoad;
  const swarm = new SimulatedSwarm(physics);
  const world: ReplayWorld = {
    physics,
    timeScale: replay.timeScale,
    scaling: replay.scaling,
    taskSeconds,
    fixedAgents: replay.fixedAgents,
    startMs: replay.startMs,
    forecastAt: (step) => forecastAt(Math.floor(step / stepsPerLoad)),
    rng: createRng(seed),
  };
  const policy = kind.sees === "past" ? kind.create(world) : kind.create(world, fineDemand(load, stepsPerLoad));
  const arrived = new Float64Array(steps);
  const served = new Float64Array(steps);
  const trace: ReplayTrace = {
    target: new Int32Array(steps),
    ready: new Int32Array(steps),
    backlog: new Float64Array(steps),
  };
  const view: ReplayView = {
    step: 0,
    nowMs: 0,
    demand: Number.NaN,
    waiting: 0,
    ready: swarm.ready,
    target: swarm.target,
  };
  const scoredFrom = scoreFrom * stepsPerLoad;
  let unmet = 0;
  let allArrived = 0;
  let allServed = 0;
  let paid = 0;
  let readySteps = 0;
  let actions = 0;
  let reversals = 0;
  let wasUp: boolean | null = null;

  for (let loadStep = 0, step = 0; loadStep < load.length; loadStep++) {
    const measured = load[loadStep] as number;
    const known = !Number.isNaN(measured);
    const demand = known ? measured : 0;
    for (let part = 0; part < stepsPerLoad; part++, step++) {
      view.step = step;
      view.nowMs = step * stepMs;
      view.ready = swarm.ready;
      view.target = swarm.target;
      const before = swarm.target;
      swarm.step(demand, policy.decide(view));
      arrived[step] = swarm.arrived;
      served[step] = swarm.served;
      trace.target[step] = swarm.target;
      trace.ready[step] = swarm.ready;
      trace.backlog[step] = swarm.backlog;
      view.waiting = swarm.backlog / taskSeconds;
      view.demand = known ? swarm.served / stepSeconds + view.waiting : Number.NaN;
      const isUp = swarm.target > before;
      // The size of the first step is where a policy begins, not a change.
      const isChange = step > 0 && swarm.target !== before;
      if (step >= scoredFrom) {
        unmet += swarm.unmet;
        allArrived += swarm.arrived;
        allServed += swarm.served;
        paid += swarm.paid;
        readySteps += swarm.ready;
        if (isChange) {
          actions++;
          if (wasUp !== null && wasUp !== isUp) reversals++;
        }
      }
      if (isChange) wasUp = isUp;
    }
  }
  return {
    name: kind.name,
    score: {
      unmet,
      arrived: allArrived,
      served: allServed,
      backlog: swarm.backlog,
      waitP95Sec: waitingQuantile(arrived, served, stepSeconds, WAIT_SHARE, scoredFrom),
      agentHours: (paid * stepSeconds) / 3_600,
      actions,
      reversals,
      utilisation: readySteps === 0 ? null : allServed / (readySteps * stepSeconds),
    },
    trace,
  };
}

/** Demand of every simulated step; 0 where it was not measured. */
export function fineDemand(load: Float64Array, stepsPerLoad: number): Float64Array {
  const out = new Float64Array(load.length * stepsPerLoad);
  for (let step = 0; step < load.length; step++) {
    const value = load[step] as number;
    out.fill(Number.isNaN(value) ? 0 : value, step * stepsPerLoad, (step + 1) * stepsPerLoad);
  }
  return out;
}

function check({ load, stepsPerLoad, taskSeconds, timeScale, scoreFrom }: Replay): void {
  if (!(Number.isInteger(stepsPerLoad) && stepsPerLoad >= 1))
    throw new RangeError(`stepsPerLoad must be a whole number ≥ 1, got ${stepsPerLoad}`);
  for (const [name, value] of Object.entries({ taskSeconds, timeScale }))
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be > 0, got ${value}`);
  if (!(Number.isInteger(scoreFrom) && scoreFrom >= 0 && scoreFrom <= load.length))
    throw new RangeError(`scoreFrom must be a step of the load, got ${scoreFrom}`);
  for (let step = 0; step < load.length; step++) {
    const value = load[step] as number;
    if (!Number.isNaN(value) && !(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`load must be ≥ 0 and finite, got ${value} at step ${step}`);
  }
}
