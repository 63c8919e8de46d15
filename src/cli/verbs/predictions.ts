import type { ForecastOutput } from "../../engine/protocol/cli.ts";
import type { MetricPrediction, PredictedMetric, ScalingPrediction } from "../../engine/protocol/forecast.ts";
import { PREDICTED_METRICS } from "../../engine/protocol/forecast.ts";
import type { Coded, ForecastPoint } from "../../engine/protocol/model.ts";
import { bytesText, countText, numberText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line } from "../lines.ts";
import { localTime } from "../times.ts";

type Predictions = NonNullable<ForecastOutput["predictions"]>;

/** A reason as it is printed. */
export function worded({ code, args }: Coded) {
  return { code, args: { ...args }, message: reasonText({ code, args }) };
}

/** What resources a swarm will need, as the contract has it. */
export function predictionOutput({
  predictions,
  scalingPlan,
  confidence,
}: ScalingPrediction): Pick<ForecastOutput, "predictions" | "scalingPlan" | "backTested"> {
  const all = PREDICTED_METRICS.map((metric) => [metric, metricOutput(predictions[metric])] as const);
  return {
    predictions: Object.fromEntries(all) as Predictions,
    scalingPlan: {
      ready: scalingPlan.ready,
      reason: scalingPlan.reason === null ? null : worded(scalingPlan.reason),
      steps: scalingPlan.steps.map(({ atMs, ...step }) => ({ t: new Date(atMs).toISOString(), ...step })),
    },
    backTested: confidence.backTested,
  };
}

function metricOutput({ unit, forecast, byModel }: MetricPrediction): Predictions[PredictedMetric] {
  const { ready, reason, model, points, scores } = forecast;
  return {
    ...{ unit, ready, model },
    reason: reason === null ? null : worded(reason),
    coverage: scores.find((score) => score.model === model)?.coverage ?? null,
    points: points.map(pointOutput),
    byModel: byModel.map((one) => ({
      model: one.model,
      reason: one.reason === null ? null : worded(one.reason),
      points: one.points.map(pointOutput),
    })),
  };
}

function pointOutput({ atMs, mean, lo, hi }: ForecastPoint) {
  return { t: new Date(atMs).toISOString(), mean, lo, hi };
}

/** In words: what each metric will be at the end of the horizon, and the sizes that follow from the demand. */
export function predictionLines({ predictions, scalingPlan }: ForecastOutput): Line[] {
  if (predictions === undefined || scalingPlan === undefined) return [];
  const figures = PREDICTED_METRICS.map((metric): Line => {
    const { unit, ready, points, model } = predictions[metric];
    const last = points.at(-1);
    if (last === undefined) return [`  ${metric.padEnd(8)} nothing can be said yet`];
    const figure = (value: number): string => figureText(value, unit);
    const range = `${figure(last.mean)} (${figure(last.lo)} to ${figure(last.hi)})`;
    return [`  ${metric.padEnd(8)} ${range} at the end · ${model}${ready ? "" : " · not ready"}`];
  });
  const sizes = scalingPlan.steps.map(({ t, agents }) => `${localTime(Date.parse(t))} ${countText(agents, "agent")}`);
  const plan =
    scalingPlan.reason === null
      ? `  sizes that meet it: ${sizes.join(", ")}`
      : "  no sizes follow from what is not ready";
  return [[], ...figures, [plan]];
}

function figureText(value: number, unit: Predictions[PredictedMetric]["unit"]): string {
  switch (unit) {
    case "bytes":
      return bytesText(value);
    case "bytesPerSecond":
      return `${bytesText(value)}/s`;
    case "cores":
      return `${numberText(value)} cores`;
    case "agents":
      return numberText(value);
  }
}
