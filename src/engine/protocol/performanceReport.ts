import type { AnomalyMetric } from "./anomalies.ts";
import type { AllocationExpected, AllocationRecord, changesOf } from "./allocators.ts";
import type { Bottleneck, BottleneckComponent, BottleneckKind, Evidence } from "./bottlenecks.ts";
import type { CapacityPlan } from "./capacity.ts";
import type { JudgedPolicy } from "./dqn.ts";
import type { ImportedSpan } from "./imports.ts";
import { type Kpi, TIMEFRAMES } from "./kpis.ts";
import type { Coded, Decision, DecisionImpact, DecisionState, ShadowReport, SourceTag, SwarmMode } from "./model.ts";
import type { BreakerStateRow } from "./tasks.ts";

// The performance report: what a managed swarm was like over a window of wall-clock time, on one page.

export const REPORT_TIMEFRAMES = TIMEFRAMES.filter((timeframe) => timeframe !== "1h");
export type ReportTimeframe = (typeof REPORT_TIMEFRAMES)[number];
export const DEFAULT_REPORT_TIMEFRAME = "24h" satisfies ReportTimeframe;

export const REPORT_LOAD_METRICS = ["demand", "agents", "waitingTasks", "cpuCores", "rssBytes"] as const;
export type ReportLoadMetric = (typeof REPORT_LOAD_METRICS)[number];

/** A part of the report, or why it cannot be told. A part that cannot be told takes no other with it. */
export type Told<T> =
  | { readonly kind: "known"; readonly value: T }
  | { readonly kind: "unknown"; readonly reason: Coded };

export interface ReportKpis {
  /** Share of the window in which the swarm was measured, 0..1. */
  readonly coverageRatio: number;
  readonly kpis: readonly Kpi[];
}

/** One series of the load, in equal buckets; `null` where nothing was measured. */
export interface ReportSeries {
  readonly metric: ReportLoadMetric;
  readonly unit: "number" | "agents" | "cores" | "bytes";
  readonly source: SourceTag;
  readonly mean: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** Means over `spreadStepMs` that were measured; below `LEAST_OBSERVATIONS` their percentiles are not told. */
  readonly steps: number;
  readonly p50: number | null;
  readonly p95: number | null;
  /** The greatest of all samples; `null`: nothing was measured. */
  readonly greatest: number | null;
  /** Parts of it that were imported, not measured here. */
  readonly imported: readonly ImportedSpan[];
}

export interface ReportLoad {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly spreadStepMs: number;
  readonly series: readonly ReportSeries[];
}

/** Counted in the window; `null`: not measured in it. */
export interface ReportTasks {
  readonly done: number | null;
  readonly failed: number | null;
  /** Of all swarms, since the engine started: lanes are shared, and what they shed is not kept longer. */
  readonly shed: { readonly count: number; readonly sinceMs: number } | null;
}

/** One decision as the report shows it. */
export interface ReportDecision extends Pick<
  Decision,
  "id" | "wallMs" | "origin" | "by" | "from" | "to" | "reason" | "undoneBy"
> {
  readonly state: DecisionState["kind"];
  /** `null` before it was measured. */
  readonly impact: DecisionImpact | null;
}

export interface ReportDecisions {
  readonly total: number;
  readonly byState: Readonly<Partial<Record<DecisionState["kind"], number>>>;
  readonly undone: number;
  /**
   * The 95th percentile of the tasks' waiting before and after, of those decisions for which both were measured: how many
   * became shorter or longer, and the medians. `null` when there are none.
   */
  readonly effect: {
    readonly measured: number;
    readonly shorter: number;
    readonly longer: number;
    readonly medianBeforeMs: number;
    readonly medianAfterMs: number;
  } | null;
  /** Newest first; of a long list only the newest, see `total`. */
  readonly newest: readonly ReportDecision[];
}

export interface ReportAllocation extends Pick<AllocationRecord, "id" | "wallMs" | "by" | "undoneBy" | "state"> {
  /** Of each place, from what to what. */
  readonly changes: ReturnType<typeof changesOf>;
  /** Of this swarm; `null` where nobody has calculated it. */
  readonly expected: Pick<AllocationExpected, "now" | "chosen"> | null;
  /** Measured for this swarm; `null` where it was not. */
  readonly impact: DecisionImpact | null;
}

export interface ReportAllocations {
  readonly total: number;
  /** Newest first; of a long list only the newest, see `total`. */
  readonly newest: readonly ReportAllocation[];
}

/** Something unusual. Figures in the unit of the metric. */
export interface ReportAnomaly {
  readonly metric: AnomalyMetric;
  readonly sinceMs: number;
  /** `null`: goes on, or (with `ended` unknown) nobody noted when it ended. */
  readonly toMs: number | null;
  /** `noted`: only that it began is kept, for it was before the engine's last start or is long ago. */
  readonly end: "ended" | "goesOn" | "noted";
  readonly value: number;
  readonly usualLow: number;
  readonly usualHigh: number;
}

export interface ReportAnomalies {
  readonly total: number;
  /** Newest first; of a long list only the newest, see `total`. */
  readonly newest: readonly ReportAnomaly[];
}

/** A time in which the swarm's own breaker let nothing or only probes through. */
export interface ReportOutage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly heldBack: number;
  readonly failed: number;
}

export interface ReportBreakers {
  /** Newest first, by when they ended; of a long list only the newest, see `outageCount`. */
  readonly outages: readonly ReportOutage[];
  readonly outageCount: number;
  readonly outageMs: number;
  /** Faults after which a run succeeded again: how many, and how long that took at most. */
  readonly recoveries: number;
  readonly longestRecoveryMs: number | null;
  /** The swarm's own, and those of the lanes, which all swarms share. `opens` since the engine started. */
  readonly now: readonly {
    readonly id: string;
    readonly label: string;
    readonly of: "swarm" | "lane";
    readonly state: BreakerStateRow["kind"];
    readonly opens: number;
  }[];
}

export interface ReportBottlenecks {
  /** They are about the last minutes, not about the whole window. */
  readonly windowMs: number;
  readonly findings: readonly Bottleneck[];
}

export interface ReportCapacity extends Pick<CapacityPlan, "horizonDays" | "basis" | "reason" | "first" | "rows"> {
  /** Agents more of this swarm that fit now; `null` where that is not known. */
  readonly fits: number | null;
}

/** The last judgement of a trained network beside the other policies, on history that it has not learned on. Simulated. */
export interface ReportPolicies {
  readonly fromMs: number;
  readonly toMs: number;
  readonly inUse: string;
  readonly policies: readonly JudgedPolicy[];
}

/** What a recommendation is made for. */
export type ReportEvidence =
  /** A recommendation of the scaler waits for the operator. */
  | {
      readonly kind: "decision";
      readonly decisionId: string;
      readonly from: number;
      readonly to: number;
      readonly reason: Coded;
    }
  | {
      readonly kind: "bottleneck";
      readonly component: BottleneckComponent;
      readonly of: BottleneckKind;
      readonly subject: string | null;
      readonly severity: Bottleneck["severity"];
      readonly evidence: Evidence | null;
    }
  | { readonly kind: "shadow"; readonly shadow: ShadowReport }
  | { readonly kind: "policies"; readonly inUse: string; readonly better: string; readonly spanMs: number }
  | { readonly kind: "capacity"; readonly first: NonNullable<CapacityPlan["first"]> };

/** What following it is expected to bring: derived from what was measured, or why that cannot be said. */
export type ExpectedGain =
  /** Demand ÷ agents: now, and with the same demand and so many agents. */
  | { readonly kind: "load"; readonly fromRatio: number; readonly toRatio: number; readonly inMs: number | null }
  /** Agents fewer for the same demand. */
  | { readonly kind: "agents"; readonly fewer: number; readonly toRatio: number }
  /** Over the time that the evidence is over; agents more, or (negative) fewer. */
  | { readonly kind: "waiting"; readonly avoidedSeconds: number; readonly agentHours: number; readonly spanMs: number }
  /** By the simulation: costs in agent-hours, by the weights of the reward. */
  | { readonly kind: "cost"; readonly fromAgentHours: number; readonly toAgentHours: number };

export interface ReportRecommendation {
  readonly action: Coded;
  readonly evidence: ReportEvidence;
  /** Known ones are derived. */
  readonly gain: Told<ExpectedGain>;
}

/** Answer of `performanceReport`. */
export interface PerformanceReport {
  readonly swarmId: string;
  readonly swarmLabel: string;
  readonly madeAtMs: number;
  readonly timeframe: ReportTimeframe;
  readonly fromMs: number;
  readonly toMs: number;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
  readonly mode: SwarmMode;
  /** Longer lists, a finer picture. */
  readonly detailed: boolean;
  readonly currency: string | null;
  readonly kpis: Told<ReportKpis>;
  readonly load: Told<ReportLoad>;
  readonly tasks: Told<ReportTasks>;
  /** Of the window, in `currency`. */
  readonly cost: Told<number>;
  readonly decisions: Told<ReportDecisions>;
  readonly allocations: Told<ReportAllocations>;
  readonly anomalies: Told<ReportAnomalies>;
  readonly breakers: Told<ReportBreakers>;
  readonly bottlenecks: Told<ReportBottlenecks>;
  readonly capacity: Told<ReportCapacity>;
  readonly policies: Told<ReportPolicies>;
  /** The most pressing first. */
  readonly recommendations: Told<readonly ReportRecommendation[]>;
}
