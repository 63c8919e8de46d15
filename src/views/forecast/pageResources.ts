import { PREDICTED_METRICS, type ScalingPrediction } from "../../engine/protocol/forecast.ts";
import type { PageResources } from "../../engine/protocol/forecastParts.ts";
import { coverageOf, wordsOf } from "./pageState.ts";

/** What the resources of a swarm will need, as the page shows it. */
export function resourcesOf(prediction: ScalingPrediction, timeScale: number): PageResources {
  const { swarmId, timeHorizonSeconds, predictions, scalingPlan, confidence } = prediction;
  return {
    swarmId,
    madeAtMs: predictions.demand.forecast.madeAtMs,
    horizonMs: timeHorizonSeconds * 1000,
    timeScale,
    confidence: confidence.asked,
    backTested: confidence.backTested,
    metrics: PREDICTED_METRICS.map((metric) => {
      const { unit, forecast } = predictions[metric];
      const { ready, model, points } = forecast;
      const reason = wordsOf(forecast.reason);
      return { ...{ metric, unit, ready, reason, model }, coverage: coverageOf(forecast), end: points.at(-1) ?? null };
    }),
    plan: { ready: scalingPlan.ready, reason: wordsOf(scalingPlan.reason), steps: scalingPlan.steps },
  };
}
