import type { PolicyComparison, PolicyRow, ReplayBasis } from "../../src/engine/protocol/replay.ts";
import { countText, numberText } from "../../src/text/figures.ts";
import { costText, isBound, policyName, policyTexts } from "../../src/text/replay.ts";
import { clean } from "../shared/elements.ts";

/** A figure of a policy: as the table has it, as the file has it, and which of two is better. */
export interface CostColumn {
  readonly head: string;
  /** In a file: with its unit, without blanks. */
  readonly name: string;
  readonly value: (row: PolicyRow, bound: PolicyRow | null) => number | null;
  readonly text: (row: PolicyRow, bound: PolicyRow | null) => string;
  readonly better: "less" | "more";
}

export const COST_COLUMNS: readonly CostColumn[] = [
  {
    ...{ head: "Unmet", name: "unmet_ratio", better: "less" },
    value: ({ unmetRatio }) => unmetRatio,
    text: (row) => policyTexts(row).unmetRatio,
  },
  {
    ...{ head: "Unmet, agent·s", name: "unmet_agent_seconds", better: "less" },
    value: ({ unmet }) => unmet,
    text: (row) => policyTexts(row).unmet,
  },
  {
    ...{ head: "Wait p95", name: "wait_p95_seconds", better: "less" },
    value: ({ waitP95Sec }) => waitP95Sec,
    text: (row) => policyTexts(row).waitP95Sec,
  },
  {
    ...{ head: "Agent-hours", name: "agent_hours", better: "less" },
    value: ({ agentHours }) => agentHours,
    text: (row) => policyTexts(row).agentHours,
  },
  {
    ...{ head: "Above the bound", name: "agent_hours_above_bound", better: "less" },
    value: (row, bound) => (bound === null ? null : row.agentHours - bound.agentHours),
    text: (row, bound) => (bound === null ? "–" : aboveText(row.agentHours, bound.agentHours)),
  },
  {
    ...{ head: "Actions", name: "actions", better: "less" },
    value: ({ actions }) => actions,
    text: (row) => policyTexts(row).actions,
  },
  {
    ...{ head: "Reversals", name: "reversals", better: "less" },
    value: ({ reversals }) => reversals,
    text: (row) => policyTexts(row).reversals,
  },
  {
    ...{ head: "Utilisation", name: "utilisation", better: "more" },
    value: ({ utilisation }) => utilisation,
    text: (row) => policyTexts(row).utilisation,
  },
];

/** `+2.3 (23%)`; below the bound is who leaves more undone. */
function aboveText(agentHours: number, bound: number): string {
  const above = agentHours - bound;
  const sign = above < 0 ? "−" : "+";
  const share = bound > 0 ? ` (${sign}${numberText((100 * Math.abs(above)) / bound, 0)}%)` : "";
  return `${sign}${costText(Math.abs(above))}${share}`;
}

export interface CostRow {
  readonly name: string;
  readonly isBound: boolean;
  readonly cells: readonly { readonly text: string; readonly isBest: boolean }[];
}

/** Policies in the order of the answer, the bound last. Best is who has the best figure as it is written. */
export function costRows({ policies }: Pick<PolicyComparison, "policies">): readonly CostRow[] {
  const bound = boundOf(policies);
  const real = policies.filter((row) => !isBound(row));
  const bests = COST_COLUMNS.map((column) => bestText(column, real, bound));
  return [...real, ...policies.filter(isBound)].map((row) => ({
    name: clean(policyName(row), 60),
    isBound: isBound(row),
    cells: COST_COLUMNS.map((column, index) => {
      // The bound lies no hours above itself.
      const text = isBound(row) && column.name === "agent_hours_above_bound" ? "–" : column.text(row, bound);
      return { text, isBest: !isBound(row) && text === bests[index] };
    }),
  }));
}

export function boundOf(policies: readonly PolicyRow[]): PolicyRow | null {
  return policies.find(isBound) ?? null;
}

/** `null` where there is nothing to choose from, or all are alike. */
function bestText(column: CostColumn, rows: readonly PolicyRow[], bound: PolicyRow | null): string | null {
  const known = rows.flatMap((row) => {
    const value = column.value(row, bound);
    return value === null ? [] : [{ value, text: column.text(row, bound) }];
  });
  if (known.length < 2 || new Set(known.map(({ text }) => text)).size === 1) return null;
  const sign = column.better === "less" ? 1 : -1;
  return known.reduce((best, one) => (sign * one.value < sign * best.value ? one : best)).text;
}

/** Those that the figures are of: what a network has learned on is run and not counted. */
export function scoredSteps({ steps, scoredFrom = 0 }: ReplayBasis): number {
  return steps - scoredFrom;
}

/** The table as a file: figures as they are, each with what it rests on. */
export function csvRows(comparison: PolicyComparison): readonly (readonly (number | string | null)[])[] {
  const { swarmId, madeAtMs, timeScale, startUpSource, basis, policies } = comparison;
  const bound = boundOf(policies);
  const heads = ["swarm", "made_at", "source", "policy", "kind", ...COST_COLUMNS.map(({ name }) => name)];
  const tail = ["backlog_agent_seconds", "steps", "missing_steps", "step_seconds", "time_scale", "start_up_seconds"];
  return [
    [...heads, ...tail, "start_up_source", "forecasts_made", "forecasts_ready", "scored_steps"],
    ...policies.map((row) => [
      ...[swarmId, new Date(madeAtMs).toISOString(), "simulated", row.name, isBound(row) ? "bound" : "policy"],
      ...COST_COLUMNS.map(({ value }) => value(row, bound)),
      ...[row.backlog, basis.steps, basis.missing, basis.stepSeconds, timeScale, basis.startUpSeconds, startUpSource],
      ...[basis.forecasts.made, basis.forecasts.ready, scoredSteps(basis)],
    ]),
  ];
}

/** The chart: columns at the same times, in seconds, as uPlot has them. The last values are held to the end of their bucket. */
export function chartColumns({ series }: Pick<PolicyComparison, "series">): readonly (readonly (number | null)[])[] {
  const { fromMs, bucketMs, load, capacity } = series;
  const held = (values: readonly (number | null)[]) => (values.length === 0 ? [] : [...values, values.at(-1) ?? null]);
  const times = Array.from(
    { length: load.length === 0 ? 0 : load.length + 1 },
    (_, at) => (fromMs + at * bucketMs) / 1_000,
  );
  return [times, held(load), ...capacity.map(({ agents }) => held(agents))];
}

/** `5 policies`, for a caption. */
export function policiesText(count: number): string {
  return countText(count, "policy", "policies");
}
