import type { ForecastOutput } from "../../engine/protocol/cli.ts";
import { countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import type { SeriesAnswer } from "../tableForecaster.ts";
import { thinned } from "../thinned.ts";
import { localTime } from "../times.ts";
import { predictionLines } from "./predictions.ts";

/** A forecast as it is printed, and what people are told beside it. */
export interface Forecasted {
  readonly origin: "engine" | "file";
  /** The swarm, or the column of the file. */
  readonly subject: string;
  readonly output: ForecastOutput;
  readonly answer: SeriesAnswer;
}

const MAX_ROWS = 12;

const COLUMNS: readonly Column[] = [
  { title: "TIME", align: "left" },
  { title: "STEP", align: "right" },
  { title: "MEAN", align: "right" },
  { title: "LOW", align: "right" },
  { title: "HIGH", align: "right" },
];

export function forecastLines({ origin, subject, output, answer }: Forecasted, width: number | null): Line[] {
  const { points, reason, stepSeconds } = output;
  const readiness: Span = output.ready ? { text: "ready", tone: "good" } : { text: "not ready", tone: "warn" };
  const step = stepSeconds === null ? "" : ` of ${durationText(stepSeconds * 1000)}`;
  const shown = thinned(points.length, MAX_ROWS);
  const rows = shown.flatMap((index): Span[][] => {
    const point = points[index];
    if (point === undefined) return [];
    const time = timeText(point.t, origin);
    return [[time, String(index + 1), numberText(point.mean), numberText(point.lo), numberText(point.hi)]];
  });
  return [
    [
      { text: subject, tone: "strong" },
      "  ",
      readiness,
      ...(output.model === "none" ? [] : [` · ${output.model}`]),
      ` · ${points.length === 0 ? "nothing can be said yet" : `${countText(points.length, "step")}${step}`}`,
    ],
    ...(reason === undefined ? [] : [[`  ${reason.message}`] satisfies Line]),
    ...backTestLines(answer),
    ...(points.length > 0 && !output.ready
      ? [[{ text: "  The points are shown for comparison; nothing acts on them.", tone: "faint" }] satisfies Line]
      : []),
    ...predictionLines(output),
    ...(points.length > 0 ? [[], ...table(COLUMNS, rows, width)] : []),
    ...(shown.length < points.length
      ? [[{ text: `${shown.length} of ${points.length} points; all with --json`, tone: "faint" }] satisfies Line]
      : []),
  ];
}

/** What the back-test says of the model that was used. */
function backTestLines({ confidence, model, historySteps, seasonSteps, scores }: SeriesAnswer): Line[] {
  if (model === "none") return [];
  const score = scores.find((each) => each.model === model);
  const history = `rests on ${countText(historySteps, "step")}${seasonSteps === null ? "" : `, season of ${seasonSteps}`}`;
  const coverage = score?.coverage ?? null;
  const error = score?.mae ?? null;
  return [
    [
      `  interval of ${ratioText(confidence)}`,
      coverage === null ? ", not tested" : `, held ${ratioText(coverage)} of values not seen`,
      error === null ? "" : ` · mean error ${numberText(error, 3)}`,
      score?.mase === null || score === undefined ? "" : ` (MASE ${numberText(score.mase)})`,
      ` · ${history}`,
    ],
  ];
}

/** A file's times stand as they stand in files; those of the engine as the reader's clock shows them. */
function timeText(t: string | number, origin: Forecasted["origin"]): string {
  if (typeof t === "number") return "";
  return origin === "file" ? t : localTime(Date.parse(t));
}
