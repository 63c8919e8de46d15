import type { ScalingPolicy } from "../protocol/config.ts";
import type { PolicyReport, RewardWeights, TrainedReport } from "../protocol/dqn.ts";
import type { ReplayRequest } from "./replay.ts";

/** A swarm's past that a network is to learn on and to be judged on. */
export interface TrainPolicyRequest {
  /** `warmUpRatio` is the share that is learned on; the rest is judged. */
  readonly replay: ReplayRequest;
  /** Of the machine in each step of the load, 0..1; NaN where it was not measured; `null`: never. */
  readonly pressure: Float64Array | null;
  readonly weights: RewardWeights;
  readonly episodes: number;
}

export interface TrainPolicyAnswer extends Omit<TrainedReport, "trainedAtMs" | "tookMs"> {
  /** The decide stage alone reads it. */
  readonly policy: string;
}

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

/** Networks that size swarms: trained when somebody asks, kept, and asked for advice at each decision. */
export interface PolicyTrainingPort {
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
