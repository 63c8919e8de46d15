import type { ImportMetric, ImportResult, ImportShift, ImportSummary } from "../../engine/protocol/imports.ts";
import { countText, durationText, numberText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";

/** `2026-01-05 08:15 UTC`: a file without a zone is read as UTC, and so it is shown. */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export interface ColumnChoice {
  readonly label: string;
  readonly description: string;
  readonly column: string;
}

/** The one that is meant first, then as in the file; those that cannot be imported are not offered. */
export function columnChoices({ columns, meant }: ImportSummary): readonly ColumnChoice[] {
  return columns
    .filter(({ problem, least }) => problem === null && least !== null)
    .toSorted((a, b) => Number(b.name === meant) - Number(a.name === meant))
    .map(({ name, steps, missing, least, greatest }) => ({
      label: name,
      description: `${numberText(least)} to ${numberText(greatest)} · ${countText(steps, "step")}${missing > 0 ? `, ${missing} missing` : ""}`,
      column: name,
    }));
}

export interface ShiftChoice {
  readonly label: string;
  readonly description: string;
  readonly shiftToNow: boolean;
}

export function shiftChoices({ fromMs, lastMs, shiftToNow }: ImportSummary): readonly ShiftChoice[] {
  return [
    { label: "Move it to end now", description: shiftText(shiftToNow), shiftToNow: true },
    { label: "Leave it where it is", description: `${utcText(fromMs)} to ${utcText(lastMs)}`, shiftToNow: false },
  ];
}

function shiftText({ ms, unit }: ImportShift): string {
  const by = durationText(ms);
  if (unit === "week") return `by ${by}, whole weeks: weekdays and times of day stay`;
  return unit === "day" ? `by ${by}, whole days: times of day stay` : `by ${by}`;
}

/** What is about to be done, as a question and its details. */
export function previewText(
  summary: ImportSummary,
  choice: {
    readonly file: string;
    readonly column: string;
    readonly metric: ImportMetric;
    readonly swarm: string;
    readonly shiftToNow: boolean;
  },
): { readonly question: string; readonly detail: readonly string[] } {
  const { fromMs, lastMs, stepMs, rows, isResampled, columns, shiftToNow } = summary;
  const column = columns.find(({ name }) => name === choice.column);
  const ms = choice.shiftToNow ? shiftToNow.ms : 0;
  return {
    question: `Import '${choice.column}' of ${choice.file} as the past ${choice.metric} of ${choice.swarm}?`,
    detail: [
      `${countText(rows, "row")}, from ${utcText(fromMs + ms)} to ${utcText(lastMs + ms)}`,
      `Step ${durationText(stepMs)}${isResampled ? ", resampled: the rows have no even step" : ""}`,
      ...(column === undefined
        ? []
        : column.problem === null
          ? [
              `${countText(column.steps, "step")}, ${column.missing} missing; ${numberText(column.least)} to ${numberText(column.greatest)}`,
            ]
          : [reasonText(column.problem)]),
      choice.shiftToNow && ms !== 0 ? `Moved ${shiftText(shiftToNow)}` : "Not moved in time",
      "What was measured here stays as it is; what lies after it is left out. The import can be undone.",
    ],
  };
}

export function resultText({ file, series, shift }: ImportResult, swarm: string): string {
  return series
    .map(({ metric, fromMs, toMs, steps, missing, leftOut }) => {
      const moved = shift.unit === "none" ? "" : `, moved by ${durationText(shift.ms)}`;
      const left = leftOut.measured + leftOut.future + leftOut.tooOld;
      const without = left === 0 ? "" : `; ${countText(left, "step")} left out`;
      return `Imported ${countText(steps, "step")} of ${file} as ${metric} of ${swarm}, ${utcText(fromMs)} to ${utcText(toMs)}${moved} (${missing} missing${without}).`;
    })
    .join(" ");
}
