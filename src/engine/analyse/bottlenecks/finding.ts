import type { Coded } from "../../common/errors.ts";
import type { BottleneckInputs } from "../../ports/bottlenecks.ts";
import { eachMeasured } from "../kpis/steps.ts";
import type {
  Bottleneck,
  BottleneckComponent,
  BottleneckKind,
  Evidence,
  EvidenceMetric,
  Severity,
  Thresholds,
} from "../../protocol/bottlenecks.ts";

/** Fewer measured steps of the window say nothing. */
export const LEAST_STEPS = 10;

/** Looks at one component: one file and one line in `findBottlenecks.ts`. Never throws, whatever was not measured. */
export type Look = (inputs: BottleneckInputs) => readonly Bottleneck[];

interface Place {
  readonly component: BottleneckComponent;
  readonly kind: BottleneckKind;
  readonly subject?: string;
}

/** The first figure of `evidence` judged by `thresholds`; unknown, for `missing`, when it was not measured. */
export function judged(
  { component, kind, subject }: Place,
  evidence: readonly [Evidence, ...Evidence[]],
  thresholds: Thresholds,
  say: { readonly suggestion: Coded; readonly missing: Coded },
): Bottleneck {
  const [{ value }] = evidence;
  const severity = severityOf(value, thresholds);
  return {
    ...{ component, kind, subject: subject ?? null, severity, evidence, thresholds },
    reason: severity === "unknown" ? say.missing : null,
    suggestion: severity === "unknown" || severity === "none" ? null : say.suggestion,
  };
}

/** The system does not tell this at all. */
export function untold(
  { component, kind, subject }: Place,
  reason: Coded,
  evidence: readonly Evidence[] = [],
): Bottleneck {
  return {
    ...{ component, kind, subject: subject ?? null, severity: "unknown", reason, evidence },
    thresholds: null,
    suggestion: null,
  };
}

export function severityOf(value: number | null, { minor, major, critical }: Thresholds): Severity {
  if (value === null || Number.isNaN(value)) return "unknown";
  return value >= critical ? "critical" : value >= major ? "major" : value >= minor ? "minor" : "none";
}

/** Mean of the measured steps; `null` of too few. */
export function meanOf(steps: Float64Array): number | null {
  const known = steps.filter((value) => Number.isFinite(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return known.length < LEAST_STEPS || !Number.isFinite(mean) ? null : mean;
}

/** A share of something; `null` where either is not known, or there is nothing to share. */
export function shareOf(part: number | null, whole: number | null | undefined): number | null {
  if (part === null || whole === null || whole === undefined || !(whole > 0)) return null;
  const share = part / whole;
  return Number.isFinite(share) ? share : null;
}

/**
 * Σ part ÷ Σ whole over the steps in which both were measured and there was a whole: a swarm that was stopped for a while is
 * judged by when it was not. `null` of too few.
 */
export function shareOfSteps(part: Float64Array, whole: Float64Array): number | null {
  let parts = 0;
  let wholes = 0;
  let count = 0;
  eachMeasured([part, whole], ([partNow = 0, wholeNow = 0]) => {
    if (wholeNow <= 0) return;
    count++;
    parts += partNow;
    wholes += wholeNow;
  });
  return count < LEAST_STEPS ? null : shareOf(parts, wholes);
}

const COUNTS: ReadonlySet<EvidenceMetric> = new Set(["queuedTasks", "shedTasks", "lateTicks"]);

export function evidence(
  metric: EvidenceMetric,
  value: number | null,
  span: Evidence["span"],
  { windowMs, source = "derived" }: { readonly windowMs: number; readonly source?: "measured" | "derived" },
): Evidence {
  const unit = metric === "networkBytesPerSecond" ? "bytesPerSecond" : COUNTS.has(metric) ? "count" : "ratio";
  const tag = value === null ? "unknown" : source;
  return { metric, value, unit, source: tag, span, windowMs: span === "window" ? windowMs : null };
}

export const NOT_TOLD: Coded = { code: "bottleneck.notTold", args: {} };
export const NOT_DEFINED: Coded = { code: "bottleneck.notDefined", args: {} };
export const NOT_MEASURED: Coded = { code: "bottleneck.notMeasured", args: { needed: LEAST_STEPS } };

export function advice(code: string, args: Coded["args"] = {}): Coded {
  return { code, args };
}
