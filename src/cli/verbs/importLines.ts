import type { ImportOutput } from "../../engine/protocol/cli.ts";
import { countText, durationText } from "../../text/figures.ts";
import type { Line } from "../lines.ts";
import { type Column, table } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { title: "METRIC", align: "left" },
  { title: "COLUMN", align: "left" },
  { title: "FROM", align: "left" },
  { title: "TO", align: "left" },
  { title: "STEP", align: "right" },
  { title: "STEPS", align: "right" },
  { title: "MISSING", align: "right" },
];

const WORDS = { imported: "imported", dryRun: "would import", undone: "taken back" } as const;

export function importLines(output: ImportOutput, width: number | null): Line[] {
  const { done, file, swarmId, rows, series, shiftSeconds, shiftUnit } = output;
  const into = swarmId === null ? "" : done === "undone" ? ` from ${swarmId}` : ` into ${swarmId}`;
  const read = rows === null ? "" : ` · ${countText(rows, "row")}`;
  return [
    [{ text: WORDS[done], tone: done === "dryRun" ? "strong" : "good" }, `  ${file}${into}${read}`],
    ...(output.isResampled === true ? [["  The rows had no even step and were resampled to their median one."]] : []),
    ...(shiftUnit === "none" ? [] : [[`  ${shiftText(shiftSeconds, shiftUnit)}`]]),
    ...table(
      COLUMNS,
      series.map(({ metric, column, from, to, stepSeconds, steps, missing }) => [
        metric,
        column ?? "",
        timeText(from),
        timeText(to),
        durationText(stepSeconds * 1000),
        steps === null ? "" : String(steps),
        missing === null ? "" : String(missing),
      ]),
      width,
    ),
    ...series.flatMap(({ metric, leftOut }): Line[] => {
      const text = leftOut === null ? "" : leftOutText(leftOut);
      return text === "" ? [] : [[{ text: `  ${metric}: left out ${text}`, tone: "faint" }]];
    }),
  ];
}

function shiftText(seconds: number, unit: ImportOutput["shiftUnit"]): string {
  const by = durationText(seconds * 1000);
  if (unit === "week") return `Moved by ${by}, whole weeks: weekdays and times of day stay.`;
  return unit === "day"
    ? `Moved by ${by}, whole days: times of day stay.`
    : `Moved by ${by}, so that the last step ends now.`;
}

function leftOutText({ measured, future, tooOld }: { measured: number; future: number; tooOld: number }): string {
  return [
    measured > 0 ? `${countText(measured, "step")} that were measured here` : "",
    future > 0 ? `${countText(future, "step")} after now` : "",
    tooOld > 0 ? `${countText(tooOld, "step")} older than history keeps` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** A file's times stand as they stand in files: UTC. */
function timeText(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")}Z`;
}
