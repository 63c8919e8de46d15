import type { Coded } from "../common/errors.ts";
import type { ImportedSpan } from "./imports.ts";
import type { TopologyResult } from "./orchestrators.ts";
import type { Anomaly } from "./anomalies.ts";
import type { SourceTag, SwarmMode } from "./model.ts";

// ---------------------------------------------------------------------------------------------------------------
// History

/** What a series belongs to: the machine, one swarm or one agent. Lanes come with bulkheads. */
export type SeriesScope = "machine" | "swarm" | "lane" | "agent";

/** `key`: empty for the machine, else the id of the swarm, lane or agent. */
export interface SeriesKey {
  readonly scope: SeriesScope;
  readonly key: string;
  readonly metric: string;
}

/**
 * One series over a range in equal buckets of `bucketMs` from `fromMs` on. All arrays have one entry a bucket; `null`
 * where nothing was measured. `mean` is weighted by the number of samples; `min` and `max` are kept at every width.
 */
export interface SeriesRange {
  readonly scope: SeriesScope;
  readonly key: string;
  readonly metric: string;
  readonly source: SourceTag;
  readonly fromMs: number;
  readonly bucketMs: number;
  /** What it was read from: samples, or roll-ups of a minute or an hour. */
  readonly resolution: "sample" | "minute" | "hour";
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** Parts of it that were imported, not measured here; oldest first. */
  readonly imported: readonly ImportedSpan[];
}

// ---------------------------------------------------------------------------------------------------------------
// Decisions

/** Longest hold that ends by itself: a week. Who wants more lifts it himself. */
export const MAX_HOLD_SECONDS = 7 * 86_400;

/** A swarm that an operator put on hold. */
export interface SwarmHold {
  readonly swarmId: string;
  readonly label: string;
  /** When it ends by itself, epoch ms; `null`: when an operator lifts it. */
  readonly untilMs: number | null;
}

/** What one agent of a swarm needs: 95th percentiles of what was measured; `null` before enough was. */
export interface Footprint {
  /** Peak of its process tree. */
  readonly rssBytes: number | null;
  readonly cpuCores: number | null;
  /** Seconds that one run of a task takes. */
  readonly taskSeconds: number | null;
  /** Agents and runs of tasks that this rests on. */
  readonly agents: number;
  readonly tasks: number;
}

/** Share of the last ten seconds in which some process waited (Linux PSI `some avg10`), 0..1; `null` where it is not told. */
export interface MachinePressure {
  readonly memory: number | null;
  readonly cpu: number | null;
}

/**
 * How many agents more the machine has room for. `footprint`: by what an agent is known to need · `learning`: that is not
 * known yet, so one at a time · `unmeasured`: memory was not measured, so none.
 */
export interface GrowthRoom {
  readonly agents: number;
  readonly basis: "footprint" | "learning" | "unmeasured";
  readonly footprint: Footprint;
  /** Available − reserve − promised. */
  readonly leftBytes: number | null;
  readonly availableBytes: number | null;
  /** Kept free in any case. */
  readonly reserveBytes: number | null;
  /** Of agents that were started and do not show their real size yet. */
  readonly promisedBytes: number;
  /** Agents more that idle cores would do for; limits nothing. */
  readonly cpuAgents: number | null;
  /** Absent in decisions of older versions. */
  readonly pressure?: MachinePressure;
}

/** What `auto` would have meant beside what was done; everything derived. */
export interface ShadowReport {
  /** The size it would have now. */
  readonly target: number;
  /** What this is over, and how much of it the load was measured. At most a day; begins anew with the engine. */
  readonly spanMs: number;
  readonly observedMs: number;
  /** Waiting of all tasks together, as it was less as it would have been; `null` before enough tasks were seen to end. */
  readonly waitAvoidedSeconds: number | null;
  /** More than there were; negative: fewer. */
  readonly agentHours: number;
  readonly changes: number;
}

/** What the rules of a Kubernetes autoscaler go by. */
export interface HpaInputs {
  /** The metric that asks for most; `null`, as all figures here, when none is known. */
  readonly metric: "utilisation" | "queue" | null;
  /** Of it, for each agent, and what each is meant to have. */
  readonly perAgent: number | null;
  readonly targetPerAgent: number | null;
  /** The size that follows, before bounds, windows and rules. */
  readonly desired: number | null;
}

/** Everything a decision rests on. Utilisation figures are ratios and may exceed 1. */
export interface ScalingInputs {
  readonly live: number;
  readonly target: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Mean over the scaler's window; `null` when missing or stale. */
  readonly demand: number | null;
  readonly demandSource: SourceTag;
  /** Tasks beside that demand which wait behind a full lane or an open breaker, where more agents would not help. */
  readonly heldBack?: number;
  /** What was unusual about the swarm's load then; absent when nothing was. */
  readonly anomaly?: Anomaly;
  /** Room on the machine when a growth was asked for; absent when none was. */
  readonly room?: GrowthRoom;
  /** Only under the policy `hpa`. */
  readonly hpa?: HpaInputs;
  /** Only in `recommend`: what `auto` would have done so far. */
  readonly shadow?: ShadowReport;
  /** Demand ÷ live agents. */
  readonly currentRatio: number | null;
  /** Highest forecast mean within the lead time ÷ live agents; `null` without a ready forecast. */
  readonly predictedRatio: number | null;
  /** From now to that highest mean. */
  readonly predictedInMs: number | null;
  /** `weight · predicted + (1 − weight) · current`; equals current without a ready forecast. */
  readonly combinedRatio: number | null;
  readonly forecastModel: string | null;
  /** Why the forecast takes no part; `null` when it does. */
  readonly forecastReason: Coded | null;
  readonly scaleUpAbove: number;
  readonly scaleDownBelow: number;
}

/** What the trained network would do beside the rule, at its last decision; counts are since the engine started. */
export interface DqnAdvice {
  /** `null`: it could not be asked, for `reason`. */
  readonly to: number | null;
  readonly atMs: number;
  readonly decisions: number;
  /** The same size as the rule's, and more agents than the rule's. */
  readonly agreed: number;
  readonly more: number;
  /** It decides: the swarm is set to it, and it was better than the rule on this swarm's own history. */
  readonly acts: boolean;
  readonly reason: Coded | null;
}

/** `to === from` means "leave it", with the reason why. */
export interface ScalingStatus {
  readonly from: number;
  readonly to: number;
  readonly reason: Coded;
  readonly inputs: ScalingInputs;
  /** The recommendation that waits for the operator, if one does. */
  readonly recommendationId: string | null;
  /** Absent where no network was trained. */
  readonly dqn?: DqnAdvice;
}

/** Who decided: the scaler, an operator (scale, start, stop), an undo of another decision, or an agent that asked for it. */
export type DecisionOrigin = "scaler" | "operator" | "undo" | "agent";

/** What was seen of an action, or not by its deadline. `claimed`: only of the records of an orchestrator. */
export type SeenOutcome =
  | { readonly kind: "confirmed"; readonly live: number; readonly elapsedMs: number; readonly claimed?: ClaimedSize }
  | {
      readonly kind: "unconfirmed";
      readonly live: number;
      readonly elapsedMs: number;
      readonly reason: Coded;
      readonly claimed?: ClaimedSize;
    };

/**
 * `recommended` waits for the operator · `withdrawn` no longer holds, was replaced or dismissed · `acting` under way ·
 * `confirmed` the world was re-read and shows it · `unconfirmed` not seen by the deadline · `refused` nothing was done ·
 * `rolledBack` a step made the swarm worse, and it went back to the last size that did no harm · `interrupted` the engine
 * ended between plan and action: nothing was done, or of a plan no further step.
 */
export type DecisionState =
  | { readonly kind: "recommended" }
  | { readonly kind: "withdrawn"; readonly reason: Coded; readonly atMs: number }
  | { readonly kind: "acting"; readonly sinceMs: number }
  | SeenOutcome
  | {
      readonly kind: "rolledBack";
      readonly to: number;
      readonly live: number;
      readonly elapsedMs: number;
      readonly reason: Coded;
    }
  | { readonly kind: "refused"; readonly reason: Coded }
  | { readonly kind: "interrupted"; readonly reason: Coded };

/**
 * Of a swarm of an orchestrator: `live` are the processes seen, and this is what its records say. "Confirmed" means that
 * those were read back, no more.
 */
export interface ClaimedSize {
  /** `null`: they could not be read. */
  readonly records: number | null;
  /** By which ways it came about, and which did nothing. */
  readonly notes: readonly Coded[];
  /** What became of the topology once the size was confirmed; absent where it was not. */
  readonly topology?: TopologyResult;
}

/** A change in several steps, and how far it has come. */
export interface DecisionPlan {
  /** Sizes to go through; the last is where it goes to. */
  readonly steps: readonly number[];
  /** The size asked for now, or at last. */
  readonly at: number;
}

/** How a swarm's tasks and the machine fared over a while; `null` = too few tasks, or not measured. */
export interface SwarmFigures {
  readonly begun: number;
  readonly waitedP95Ms: number | null;
  /** Means, of real time; absent in what an older version has kept. */
  readonly waitedMeanMs?: number | null | undefined;
  readonly ranMeanMs?: number | null | undefined;
  readonly runs: number;
  readonly errorRatio: number | null;
  readonly demand: number | null;
  /** PSI `some` of the last 10 s. */
  readonly cpuPressure: number | null;
  readonly memoryPressure: number | null;
  readonly ioPressure: number | null;
}

/** What a change has brought: the same length of time before it began and after it was seen. */
export interface DecisionImpact {
  readonly windowMs: number;
  readonly before: SwarmFigures;
  readonly after: SwarmFigures;
}

/** One decision with everything that explains it. */
export interface Decision {
  /** UUIDv7: sorts by time. */
  readonly id: string;
  readonly swarmId: string;
  readonly swarmLabel: string;
  readonly wallMs: number;
  readonly origin: DecisionOrigin;
  /** The client that asked; `null` for the scaler. */
  readonly by: string | null;
  readonly mode: SwarmMode;
  readonly from: number;
  readonly to: number;
  readonly reason: Coded;
  /** `null` when an operator decided. */
  readonly inputs: ScalingInputs | null;
  readonly state: DecisionState;
  readonly undoOf: string | null;
  /** What an undo could not bring back, and what it brought back otherwise; absent when there is nothing to say. */
  readonly notes?: readonly Coded[];
  readonly undoneBy: string | null;
  /** Absent when it is done in one step. */
  readonly plan?: DecisionPlan;
  /** Absent before it was measured. */
  readonly impact?: DecisionImpact;
}
