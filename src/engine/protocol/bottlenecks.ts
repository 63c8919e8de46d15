import type { Coded, SourceTag } from "./model.ts";

// Bottlenecks by the USE method (Gregg, "Thinking Methodically about Performance", CACM 56(2), 2013): of every resource its
// utilisation, its saturation (work it cannot take yet) and its errors.

export const BOTTLENECK_COMPONENTS = [
  "cpu",
  "memory",
  "disk",
  "network",
  "lanes",
  "breakers",
  "providers",
  "swarm-coordination",
] as const;
export type BottleneckComponent = (typeof BOTTLENECK_COMPONENTS)[number];

export const BOTTLENECK_KINDS = ["utilisation", "saturation", "errors"] as const;
export type BottleneckKind = (typeof BOTTLENECK_KINDS)[number];

export const SEVERITIES = ["critical", "major", "minor", "none", "unknown"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const EVIDENCE_METRICS = [
  "cpuBusyRatio",
  "cpuPressureRatio",
  "loadPerCore",
  "memoryUsedRatio",
  "memoryPressureRatio",
  "swapUsedRatio",
  "diskUsedRatio",
  "ioPressureRatio",
  "networkBytesPerSecond",
  "placesInUseRatio",
  "waitToDeadlineRatio",
  "queuedTasks",
  "shedTasks",
  "breakerShutRatio",
  "failureRate",
  "agentsToMostRatio",
  "missingAgentsRatio",
  "swarmsInTroubleRatio",
  "demandToAgentsRatio",
  "waitingPerAgent",
  "tickToIntervalRatio",
  "lateTicks",
  "failedDecisionsRatio",
] as const;
export type EvidenceMetric = (typeof EVIDENCE_METRICS)[number];

/**
 * `window`: mean over the last `windowMs` · `now`: at this moment · `recent`: of the last tasks of a lane, or calls of a
 * breaker, that it keeps · `engine`: counted since the engine started.
 */
export const EVIDENCE_SPANS = ["window", "now", "recent", "engine"] as const;
export type EvidenceSpan = (typeof EVIDENCE_SPANS)[number];

export interface Evidence {
  readonly metric: EvidenceMetric;
  /** `null`: not measured. */
  readonly value: number | null;
  readonly unit: "ratio" | "count" | "bytesPerSecond";
  readonly source: SourceTag;
  readonly span: EvidenceSpan;
  readonly windowMs: number | null;
}

/** From each of these on it is that severe. */
export interface Thresholds {
  readonly minor: number;
  readonly major: number;
  readonly critical: number;
}

export interface Bottleneck {
  readonly component: BottleneckComponent;
  readonly kind: BottleneckKind;
  /** The lane, breaker, provider or swarm it is about; `null` for the machine and the engine. */
  readonly subject: string | null;
  readonly severity: Severity;
  /** Why it is unknown; `null` when it is not. */
  readonly reason: Coded | null;
  /** The first figure is the one that is judged. */
  readonly evidence: readonly Evidence[];
  /** `null` where nothing can be judged. */
  readonly thresholds: Thresholds | null;
  /** The one sensible thing to do; `null` where nothing is wrong or nothing is known. */
  readonly suggestion: Coded | null;
}

export interface BottleneckReport {
  /** `null`: of all swarms. */
  readonly swarmId: string | null;
  readonly madeAtMs: number;
  readonly windowMs: number;
  /** The worst first; what is not known last. */
  readonly findings: readonly Bottleneck[];
}
