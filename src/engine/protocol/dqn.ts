import type { Coded } from "../common/errors.ts";
import type { PolicyRow, ReplayBasis } from "./replay.ts";

// A network that has learned to size one swarm, and what it was worth.

export const DEFAULT_EPISODES = 1_000;
/** For a file, whose comparison somebody waits for: see `npm run bench dqn`. */
export const FILE_EPISODES = 300;
export const MAX_EPISODES = 20_000;
/** The network learns on the earlier part of the history and is judged on the rest. */
export const TRAINED_SHARE = 0.7;

/** Costs in agent-seconds: see the settings `scaling.reward`. */
export interface RewardWeights {
  /** An agent-second of work that came while no ready agent was free for it. */
  readonly unmet: number;
  /** An agent-second of work that waits, for each minute of own time. */
  readonly waiting: number;
  /** A second of an agent that is ready, starting or leaving. */
  readonly agents: number;
  /** An agent more or less, in seconds of own time: what starting and ending one is worth avoiding. */
  readonly changes: number;
}

/** One point of the learning curve: the mean of the episodes since the point before. */
export interface CurvePoint {
  readonly episode: number;
  /** Share of random actions. */
  readonly epsilon: number;
  /** Mean reward of a decision. */
  readonly reward: number;
  /** Mean loss of a step of gradient; `null` before the first. */
  readonly loss: number | null;
}

/** What one policy cost on the part that the network has not seen. */
export interface JudgedPolicy extends PolicyRow {
  /** By the weights of the reward, in agent-hours; the lower the better. */
  readonly costAgentHours: number;
}

export interface PolicyEvaluation {
  readonly policies: readonly JudgedPolicy[];
  /** The network cost less than the adaptive rule. */
  readonly beats: boolean;
  /** The history that it was judged on. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The schedule's last training of a swarm, and what became of it. */
export interface ScheduledTraining {
  readonly atMs: number;
  readonly tookMs: number;
  /** Measured steps of the history that it was trained on and judged by. */
  readonly steps: number;
  readonly outcome:
    | { readonly kind: "first" }
    /** Costs on the history that the new one has not learned on, agent-hours by the weights of the reward. */
    | { readonly kind: "replaced" | "stays"; readonly newCost: number; readonly keptCost: number }
    | { readonly kind: "failed"; readonly reason: Coded };
}

/** Training without anybody asking. */
export interface Retraining {
  /** The next one, unless the history has grown by half before; `null` when none is to come, for `reason`. */
  readonly dueAtMs: number | null;
  /** Why none is to come, or why one that is due has not begun; `null` when there is nothing in the way. */
  readonly reason: Coded | null;
  readonly last: ScheduledTraining | null;
}

/** Answer of `trainPolicy` and `policyReport`. */
export interface PolicyReport {
  readonly swarmId: string;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
  /** `null`: none was trained, for `reason`. */
  readonly trained: TrainedReport | null;
  readonly reason: Coded | null;
  /** The share of a training under way that is done; `null` when there is none. */
  readonly trainingRatio: number | null;
  /** The configuration lets it act, and it acts: see `beats`. */
  readonly acts: boolean;
  readonly retraining: Retraining;
}

export interface TrainedReport {
  readonly trainedAtMs: number;
  readonly by: "operator" | "schedule";
  readonly tookMs: number;
  readonly episodes: number;
  /** After which of them the network was taken: the one that cost least on the part that it learned on. */
  readonly takenAfter: number;
  readonly seed: number;
  readonly weights: RewardWeights;
  readonly basis: ReplayBasis;
  readonly curve: readonly CurvePoint[];
  readonly evaluation: PolicyEvaluation;
}
