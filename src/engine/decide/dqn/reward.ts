import type { RewardWeights } from "../../protocol/dqn.ts";

/**
 * Unmet work costs ten times what serving it costs, so that a tenth of a percent of it is worth a percent of the agents;
 * work that waits costs again for each minute that it does; a change costs half a minute of an agent.
 */
export const DEFAULT_REWARD: RewardWeights = { unmet: 10, waiting: 1, agents: 1, changes: 30 };

/** Of one decision, until the next. */
export interface Outcome {
  /** Agent-seconds. */
  readonly unmet: number;
  /** Agent-seconds of waiting work × seconds. */
  readonly waiting: number;
  /** Agent-seconds. */
  readonly paid: number;
  /** Agents by which the size changed, in either direction. */
  readonly changed: number;
}

/** @throws RangeError for a weight that is no finite number ≥ 0, by its name */
export function checkWeights(weights: RewardWeights): void {
  for (const [name, value] of Object.entries(weights) as [string, number][])
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`reward weight ${name} must be finite and ≥ 0, got ${value}`);
}

/** In agent-seconds of real time. @param timeScale 240: a day passes in six minutes */
export function costOf({ unmet, waiting, paid, changed }: Outcome, weights: RewardWeights, timeScale: number): number {
  const waitingMinutes = (waiting * timeScale) / 60;
  return (
    weights.unmet * unmet +
    weights.waiting * waitingMinutes +
    weights.agents * paid +
    (weights.changes * changed) / timeScale
  );
}

/** Of the mean cost of serving the load: rewards are then a few tenths, with room for what is rare and bad. */
const UNIT = 10;
const LEAST_REWARD = -5;

/**
 * −cost ÷ (ten times what serving the mean load costs in the time of a decision): the same size whatever the swarm's size
 * and clock, so that one learning rate fits all. In this unit the errors of rare bursts stay within the quadratic part of
 * the Huber loss: in its straight part a network learns what is usual and not what it costs on average, and takes unmet
 * work for cheaper than it is. No lower than −5: a backlog of hours teaches no more than one of minutes.
 * @param meanAgents agents' worth of work, mean of the training's load, at least 1
 */
export function rewardOf(cost: number, meanAgents: number, decisionSeconds: number): number {
  return Math.max(LEAST_REWARD, -cost / (UNIT * meanAgents * decisionSeconds));
}
