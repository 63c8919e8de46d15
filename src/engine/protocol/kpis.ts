import type { Coded, SourceTag } from "./model.ts";
import type { Lane } from "./lanes.ts";

// Key figures of a managed swarm over a window of wall-clock time, each with what it rests on.

export const TIMEFRAMES = ["1h", "24h", "7d", "30d"] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

export const TIMEFRAME_MS: Readonly<Record<Timeframe, number>> = {
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 7 * 86_400_000,
  "30d": 30 * 86_400_000,
};

export const KPI_IDS = [
  "utilisation",
  "waste",
  "allocationAccuracy",
  "predictionAccuracy",
  "allocationLatency",
  "scalingResponse",
  "optimisationImpact",
  "costEfficiency",
  "availability",
  "faultTolerance",
  "recoveryTime",
  "breakerEffectiveness",
] as const;
export type KpiId = (typeof KPI_IDS)[number];

/** Below this many observations nothing is said. */
export const LEAST_OBSERVATIONS = 30;

/** From a decision for more agents to these being seen it is meant to take no longer. */
export const SCALING_RESPONSE_MS = 30_000;

/** A task that is submitted is meant to start within so many seconds of real time. */
export const LANE_START_SECONDS: Readonly<Record<Lane, number>> = { critical: 5, standard: 60, background: 600 };

/** `ratio`: 0..1 · `percent`: 100 is all · `tasksPerCost`: tasks for one unit of the currency. */
export type KpiUnit = "ratio" | "percent" | "ms" | "tasksPerCost";

export interface KpiTarget {
  readonly op: "above" | "below";
  readonly value: number;
}

/** What a figure is divided by, or counted over. */
export interface KpiDenominator {
  /** `null`: nothing of it was measured. */
  readonly value: number | null;
  readonly unit:
    | "agentSeconds"
    | "byteSeconds"
    | "seconds"
    | "steps"
    | "decisions"
    | "tasks"
    | "faults"
    | "calls"
    | "cost";
}

export type KpiFigure =
  | { readonly kind: "known"; readonly value: number; readonly source: Exclude<SourceTag, "unknown"> }
  | { readonly kind: "unknown"; readonly reason: Coded };

/**
 * The second half of the window beside the first. `steady`: they differ by less than a fiftieth of the larger. Unknown where
 * one of the halves alone has too few observations.
 */
export type KpiTrend =
  | {
      readonly kind: "known";
      readonly earlier: number;
      readonly later: number;
      readonly direction: "better" | "worse" | "steady";
    }
  | { readonly kind: "unknown"; readonly reason: Coded };

export interface Kpi {
  readonly id: KpiId;
  readonly unit: KpiUnit;
  readonly better: "higher" | "lower";
  /** `null`: there is none, only the trend. */
  readonly target: KpiTarget | null;
  /** `null` without a target or a figure. */
  readonly met: boolean | null;
  readonly figure: KpiFigure;
  /** Of the kind that the definition counts; `neededObservations` for anything to be said. */
  readonly observations: number;
  readonly neededObservations: number;
  readonly denominator: KpiDenominator;
  readonly trend: KpiTrend;
}

export interface KpiReport {
  readonly swarmId: string;
  readonly madeAtMs: number;
  readonly timeframe: Timeframe;
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the window in which the swarm was measured, 0..1. */
  readonly coverageRatio: number;
  /** `null`: no prices are configured. */
  readonly currency: string | null;
  readonly kpis: readonly Kpi[];
}
