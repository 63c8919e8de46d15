import type { Kpi, KpiId, KpiTrend, KpiUnit } from "../engine/protocol/kpis.ts";
import { bytesText, countText, durationText, numberText, ratioText, UNKNOWN } from "./figures.ts";

/** Key figures in words, in one way for views, report and command line. Loaded where they are shown, never at the start. */

export interface KpiWords {
  readonly name: string;
  /** What it is, with what it is divided by. */
  readonly definition: string;
}

export const KPI_WORDS: Readonly<Record<KpiId, KpiWords>> = {
  utilisation: { name: "Utilisation", definition: "busy ÷ live agent-seconds" },
  waste: { name: "Waste", definition: "reserved but unused ÷ reserved, of agents' time or memory, whichever is worse" },
  allocationAccuracy: {
    name: "Allocation accuracy",
    definition: "1 − mean |live − needed| ÷ needed, needed by one who knew the demand to come",
  },
  predictionAccuracy: {
    name: "Prediction accuracy",
    definition: "100 · (1 − WAPE) of the forecasts that were in force",
  },
  allocationLatency: {
    name: "Allocation latency",
    definition: "a whole tick: reading, deciding, keeping, publishing; 95% of the steps' longest took no longer",
  },
  scalingResponse: {
    name: "Scaling response",
    definition: "from a decision for more agents to these being seen; 95% took no longer",
  },
  optimisationImpact: {
    name: "Optimisation impact",
    definition: "mean change of the tasks' waiting (95th percentile) for each applied plan; above 0 they wait less",
  },
  costEfficiency: { name: "Cost efficiency", definition: "finished tasks for one unit of the currency" },
  availability: {
    name: "Availability",
    definition: "share of seconds in which a submitted task could start within its lane's deadline",
  },
  faultTolerance: { name: "Fault tolerance", definition: "finished ÷ ended tasks, of those that met a fault" },
  recoveryTime: { name: "Recovery time", definition: "from a fault to the first success; 95% took no longer" },
  breakerEffectiveness: {
    name: "Breaker effectiveness",
    definition: "held back ÷ (held back + failed) while a breaker of the swarm was open",
  },
};

export function kpiValueText(value: number, unit: KpiUnit, currency: string | null): string {
  switch (unit) {
    case "ratio":
      // 99.95% beside a target of 99.9% must not read as 100%.
      return Math.abs(value) > 0.99 && Math.abs(value) < 1 ? `${numberText(100 * value, 3)}%` : ratioText(value);
    case "percent":
      return `${numberText(value, 1)}%`;
    case "ms":
      return durationText(value);
    case "tasksPerCost":
      return `${numberText(value)} tasks per ${currency ?? UNKNOWN}`;
  }
}

export function kpiFigureText({ figure, unit }: Pick<Kpi, "figure" | "unit">, currency: string | null): string {
  return figure.kind === "known" ? kpiValueText(figure.value, unit, currency) : UNKNOWN;
}

/** `goal > 70%`; empty without one. */
export function kpiTargetText({ target, unit }: Pick<Kpi, "target" | "unit">): string {
  return target === null ? "" : `${target.op === "above" ? ">" : "<"} ${kpiValueText(target.value, unit, null)}`;
}

export function kpiTrendText(trend: KpiTrend, unit: KpiUnit, currency: string | null): string {
  if (trend.kind === "unknown") return "";
  return trend.direction === "steady"
    ? "steady"
    : `${trend.direction}, from ${kpiValueText(trend.earlier, unit, currency)}`;
}

/** What it rests on: `2,400 agent-seconds`. */
export function kpiDenominatorText({ value, unit }: Kpi["denominator"], currency: string | null): string {
  if (value === null) return UNKNOWN;
  switch (unit) {
    case "agentSeconds":
      return `${numberText(value / 3_600)} agent-hours`;
    case "byteSeconds":
      return `${bytesText(value / 3_600)} · h`;
    case "seconds":
      return durationText(value * 1_000);
    case "cost":
      return `${numberText(value)} ${currency ?? UNKNOWN}`;
    case "steps":
      return countText(value, "step");
    case "decisions":
      return countText(value, "decision");
    case "tasks":
      return countText(value, "task");
    case "faults":
      return countText(value, "fault");
    case "calls":
      return countText(value, "call");
  }
}
