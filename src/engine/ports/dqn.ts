import type { Coded } from "../common/errors.ts";
import type { ScalingPolicy } from "../protocol/config.ts";
import type { JudgedPolicy, PolicyReport, RewardWeights, TrainedReport } from "../protocol/dqn.ts";
import type { ReplayRequest } from "./replay.ts";

/** A swarm's past that a network is to learn on and to be judged on. */
export interface TrainPolicyRequest {
  /** `warmUpRatio` is the share that is learned on; the rest is judged. */
  readonly replay: ReplayRequest;
  /** Of the machine in each step of the load, 0..1; NaN where it was not measured; `null`: never. */
  readonly pressure: Float64Array | null;
  readonly weights: RewardWeights;
  readonly episodes: number;
  /** A kept network to be judged beside the new one, on the same part; `null` for none. */
  readonly kept: string | null;
}

export interface TrainPolicyAnswer extends Omit<TrainedReport, "trainedAtMs" | "tookMs" | "by"> {
  /** The decide stage alone reads it. */
  readonly policy: string;
  /** The kept network on the part that was judged. */
  readonly kept: JudgedPolicy | null;
}

/** What decides whether a network is to be trained without anybody asking. Times are wall clock, in real ms. */
export interface RetrainingFacts {
  readonly nowMs: number;
  /** A day of the swarm's own time, and a step of its history. */
  readonly dayMs: number;
  readonly stepMs: number;
  /** The swarm is set to a network, or one was trained for it. */
  readonly wanted: boolean;
  /** Measured steps of its history. */
  readonly steps: number;
  /** The last training, whoever asked for it and whatever became of it; `steps`: of the history then. */
  readonly last: { readonly atMs: number; readonly tookMs: number; readonly steps: number } | null;
}

export type NextTraining =
  | { readonly kind: "never"; readonly reason: Coded }
  | { readonly kind: "waits"; readonly dueAtMs: number }
  | { readonly kind: "due" };

/** Who chooses among the actions that are allowed: a trained network, or one that learns. */
export interface PolicyChooser {
  /** Bit a of `allowed`: action a may be taken. The observation is used again afterwards. */
  readonly choose: (observation: Float64Array, allowed: number) => number;
  /** Time between two decisions. */
  readonly decisionMs: number;
  /** Mean length of a task: how long the one waits that is next but as many as there are agents. */
  readonly taskSeconds: number;
  /** It has shown on this swarm's own history that it is better than the rule. */
  readonly beats: boolean;
}

/** What the training needs to know of a swarm. */
export interface TrainableSwarm {
  readonly id: string;
  readonly timeScale: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly scaling: ScalingPolicy;
  startUpMs(): number | null;
}

/** Networks that size swarms: trained when somebody asks or when it is time, kept, and asked for advice at each decision. */
export interface PolicyTrainingPort {
  /** Once a tick; synchronous and bounded. Begins a training that is due, of one of the running swarms. */
  look(running: readonly TrainableSwarm[]): void;
  /**
   * @throws CodedError `aborted`, `heavy.*`, `store.*`, `replay.empty`, `training.*`
   */
  train(
    swarm: TrainableSwarm,
    asked: { readonly episodes: number; readonly seed: number; readonly days: number },
    signal: AbortSignal,
  ): Promise<PolicyReport>;
  report(swarm: TrainableSwarm): PolicyReport;
}
