import { backtestFlags, type BacktestOutput, backtestOutput, exitCode } from "../../engine/protocol/cli.ts";
import { MODEL_NAMES, type ModelName } from "../../engine/protocol/forecast.ts";
import { countText, numberText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { CliFailure } from "../failure.ts";
import { progressOf, readFileSeries, requestOf } from "../fileSeries.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

const COLUMNS: readonly Column[] = [
  { title: "MODEL", align: "left" },
  { title: "MAE", align: "right" },
  { title: "MASE", align: "right" },
  { title: "ACCURACY", align: "right" },
  { title: "COVERAGE", align: "right" },
  { title: "INTERVAL", align: "right" },
  { title: "FIT", align: "right" },
  { title: "FORECAST", align: "right" },
];

type Score = NonNullable<BacktestOutput["models"][ModelName]>;

export const backtest = defineVerb({
  name: "backtest",
  summary: "Test every forecaster on a column of a CSV file",
  notes: [
    "Rolling origins over the last 30% of the file, one every --horizon steps; every forecast sees nothing but what was",
    "before its origin. Simple models are fitted anew at each origin, learned ones three times over the window. Exit code",
    "3: not ready, no forecast of this series would be used.",
  ],
  flags: backtestFlags,
  output: backtestOutput,
  run: async (flags, context): Promise<BacktestOutput> => {
    const { horizon, confidence, models: wanted } = flags;
    const read = await readFileSeries(flags, context);
    // What was not measured at the end cannot judge anything.
    const values = withoutTrailingHoles(read.values);
    const times = read.times?.subarray(0, values.length) ?? null;
    const series = { ...read, values, times };
    const only = wanted.includes("ensemble") ? undefined : wanted;
    const request = requestOf(series, horizon, confidence);
    const tested = await read.forecaster.assess(request, { ...progressOf(context), only });
    if (tested.kind === "impossible")
      throw new CliFailure(exitCode.failure, tested.reason.code, { ...tested.reason.args });
    const { history, plan, calibration, series: prepared } = tested.assessment;
    const { ready, reason, baseline } = calibration.gate;
    const scores = new Map(calibration.scores.map(({ model, ...score }) => [model, score]));
    return {
      series: {
        column: read.column,
        steps: history.values.length,
        missing: history.missing,
        trainSteps: plan.trainSteps,
        origins: plan.origins.length - plan.firstTest,
        horizon,
        confidence,
        season: prepared.season,
        stepSeconds: read.stepSeconds,
      },
      models: Object.fromEntries(
        MODEL_NAMES.flatMap((name) => {
          const score = scores.get(name);
          return wanted.includes(name) && score !== undefined ? [[name, score]] : [];
        }),
      ),
      gate: {
        ready,
        reason: reason === null ? null : { code: reason.code, args: { ...reason.args }, message: reasonText(reason) },
        baseline: MODEL_NAMES.find((name) => name === baseline) ?? null,
      },
    };
  },
  render: (output, width) => lines(output, width),
  exit: ({ gate }) => (gate.ready ? exitCode.ok : exitCode.notReady),
});

function withoutTrailingHoles(values: Float64Array): Float64Array {
  const last = values.findLastIndex((value) => Number.isFinite(value));
  return values.subarray(0, last + 1);
}

function lines({ series, models, gate }: BacktestOutput, width: number | null): Line[] {
  const { column, steps, origins, horizon, season } = series;
  const readiness: Span = gate.ready ? { text: "ready", tone: "good" } : { text: "not ready", tone: "warn" };
  const ranked = Object.entries(models).toSorted(([, a], [, b]) => (a.mae ?? Infinity) - (b.mae ?? Infinity));
  return [
    [
      { text: column, tone: "strong" },
      "  ",
      readiness,
      ` · ${countText(origins, "forecast")} of ${countText(horizon, "step")} over the newest of ${countText(steps, "step")}`,
      season === null ? " · no season" : ` · season of ${season}`,
    ],
    ...(gate.reason === null ? [] : [[`  ${gate.reason.message}`] satisfies Line]),
    [],
    ...table(
      COLUMNS,
      ranked.map(([name, score]) => row(name, score, gate.baseline)),
      width,
    ),
  ];
}

function row(name: string, score: Score, baseline: string | null): Span[] {
  const { mae, mase, accuracy, coverage, intervalScore, fitMs, predictMs } = score;
  const figure = (value: number | null, digits?: number): string => (value === null ? "–" : numberText(value, digits));
  const ms = (value: number | null): string => (value === null ? "–" : `${numberText(value)} ms`);
  return [
    name === "ensemble" ? { text: name, tone: "strong" } : name === baseline ? `${name} (to beat)` : name,
    figure(mae, 4),
    figure(mase),
    accuracy === null ? "–" : `${numberText(accuracy)}%`,
    coverage === null ? "–" : ratioText(coverage),
    figure(intervalScore, 4),
    ms(fitMs),
    ms(predictMs),
  ];
}
