import type { Coded } from "../common/errors.ts";
import type { ImportedSpan } from "./imports.ts";
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

/** Who decided: the scaler, an operator (scale, start, stop), or an undo of another decision. */
export type DecisionOrigin = "scaler" | "operator" | "undo";

/**
 * `recommended` waits for the operator · `withdrawn` no longer holds, was replaced or dismissed · `acting` under way ·
 * `confirmed` the world was re-read and shows it · `unconfirmed` not seen by the deadline · `refused` nothing was done ·
 * `interrupted` the engine ended between plan and action, and nothing was done.
 */
export type DecisionState =
  | { readonly kind: "recommended" }
  | { readonly kind: "withdrawn"; readonly reason: Coded; readonly atMs: number }
  | { readonly kind: "acting"; readonly sinceMs: number }
  | { readonly kind: "confirmed"; readonly live: number; readonly elapsedMs: number }
  | { readonly kind: "unconfirmed"; readonly live: number; readonly elapsedMs: number; readonly reason: Coded }
  | { readonly kind: "refused"; readonly reason: Coded }
  | { readonly kind: "interrupted"; readonly reason: Coded };

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
  readonly undoneBy: string | null;
}
