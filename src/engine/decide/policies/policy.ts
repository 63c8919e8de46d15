import type { Rng } from "../../common/rng.ts";
import type { Forecast } from "../../protocol/model.ts";
import type { ScalingPolicy } from "../../protocol/config.ts";
import type { SwarmPhysics } from "../simulatedSwarm.ts";

/** What a policy is told once, before the first step. */
export interface ReplayWorld {
  readonly physics: SwarmPhysics;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
  /** Thresholds, target, cooldown of the swarm. */
  readonly scaling: ScalingPolicy;
  /** Mean length of a task, seconds: so much work makes one waiting task. */
  readonly taskSeconds: number;
  /** The size of `fixed`. */
  readonly fixedAgents: number;
  /** Wall clock at the begin of the first step. */
  readonly startMs: number;
  /** The newest forecast that was made from what had been measured before the step; `null` for none. */
  readonly forecastAt: (step: number) => Forecast | null;
  readonly rng: Rng;
}

/** What a policy sees at the begin of a step: nothing of it, everything of the steps before. One object, used again. */
export interface ReplayView {
  step: number;
  /** Since the begin of the first step. */
  nowMs: number;
  /**
   * Busy agents + waiting tasks at the end of the step before, as the engine measures demand (a task to an agent); NaN when
   * it was not measured.
   */
  demand: number;
  /** Waiting tasks of it. */
  waiting: number;
  ready: number;
  /** Ready and starting agents. */
  target: number;
}

export interface ReplayPolicy {
  /** The size that is wanted from this step on, whole; it is brought within the bounds. */
  decide(view: ReplayView): number;
}

/** A way to size a swarm, for comparisons. Deterministic: the same world and views give the same sizes. */
export type PolicyKind = {
  readonly name: string;
  /** One line for help and tables. */
  readonly summary: string;
} & (
  | { readonly sees: "past"; readonly create: (world: ReplayWorld) => ReplayPolicy }
  /** Not a policy anybody could run: what those that are, are measured by. `demand`: of every step. */
  | { readonly sees: "future"; readonly create: (world: ReplayWorld, demand: Float64Array) => ReplayPolicy }
);
