import type { ForecastRequest } from "./loop.ts";
import type { ScalingPolicy } from "../protocol/config.ts";
import type { Forecast } from "../protocol/model.ts";
import type { PolicyComparison, PolicyRow, ReplayBasis, ReplaySeries } from "../protocol/replay.ts";

/** A past load and the swarm that is to meet it. */
export interface ReplayRequest {
  /** Agents' worth of work in each step, oldest first; NaN where it was not measured. */
  readonly load: Float64Array;
  readonly stepSeconds: number;
  /** Wall clock at the begin of the first step, epoch ms. */
  readonly startMs: number;
  /** Length of a day in the load's own time; `null` when it is not known when the load was measured. */
  readonly dayMs: number | null;
  /** Steps of a season, when it is known; else it is looked for in what had been measured by then. */
  readonly season: number | null | "detect";
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly scaling: ScalingPolicy;
  readonly startUpSeconds: number;
  readonly drainSeconds: number;
  /** Mean length of a task. */
  readonly taskSeconds: number;
  /** Size of `fixed`; `null`: the 95th percentile of the first three tenths of the load. */
  readonly fixedAgents: number | null;
  /** Share of the load, from its begin, that is run but not scored: 0 scores all of it. */
  readonly warmUpRatio: number;
  /** Names of policies, in the order of the answer. */
  readonly policies: readonly string[];
  /** What `dqn` goes by; `null` when it is not among them. */
  readonly network: ReplayedNetwork | null;
  readonly seed: number;
}

/** A trained network that meets a past load. */
export interface ReplayedNetwork {
  /** As its training has answered; the decide stage alone reads it. */
  readonly policy: string;
  /** Of the machine in each step of the load, 0..1; NaN where it was not measured; `null`: never. */
  readonly pressure: Float64Array | null;
}

/** Forecasts that would have been there at each step of a past series. */
export interface RollingRequest extends Omit<ForecastRequest, "endMs" | "horizonSteps" | "seasonSteps"> {
  readonly swarmId: string;
  /** Wall clock at the begin of the first step. */
  readonly startMs: number;
  /** Steps ahead that somebody will look at, besides those until the next forecast. */
  readonly leadSteps: number;
  /** Length of the season, when it is known; `detect`: looked for in what is known at the time. */
  readonly season: number | null | "detect";
  /** No forecast is needed before this step. */
  readonly fromStep: number;
}

export interface RollingForecasts {
  /** The newest one that was made from nothing but the values before this step; `null` before the first. */
  at(step: number): Forecast | null;
  /** Forecasts that were made, and those that the gate let through. */
  readonly made: number;
  readonly ready: number;
}

export interface ReplayAnswer {
  readonly basis: ReplayBasis;
  readonly policies: readonly PolicyRow[];
  readonly series: ReplaySeries;
}

/** Comparisons of policies over the stored load of a swarm, made when they are asked for. */
export interface ReplaysPort {
  /** @throws CodedError `aborted`, `heavy.*`, `store.read`, `replay.*`; `training.*`, `model.version` for a network that is none */
  compare(
    swarm: {
      readonly id: string;
      readonly timeScale: number;
      readonly minAgents: number;
      readonly maxAgents: number;
      readonly scaling: ScalingPolicy;
      readonly startUpMs: number | null;
    },
    /** `policies`: `null` for all that can be compared, which is the trained network too where there is one. */
    asked: { readonly days: number; readonly policies: readonly string[] | null },
    signal: AbortSignal,
  ): Promise<PolicyComparison>;
}
