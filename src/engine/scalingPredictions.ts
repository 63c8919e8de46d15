import type { ForecastsPort, ScalingPredictionsPort, SwarmView } from "./ports.ts";
import {
  type Forecast,
  type MetricPrediction,
  PREDICTED_METRICS,
  type PredictedMetric,
  type PredictedPlan,
  type ScalingPrediction,
} from "./protocol/forecast.ts";
import type { SeriesKey } from "./protocol/model.ts";
import { forecastShape } from "./forecastShape.ts";

export interface ScalingPredictionsParts {
  readonly forecasts: Pick<ForecastsPort, "forecastOf">;
  readonly plan: (forecast: Forecast, swarm: SwarmView) => PredictedPlan;
}

const UNITS: { readonly [M in PredictedMetric]: MetricPrediction["unit"] } = {
  demand: "agents",
  cpu: "cores",
  memory: "bytes",
  network: "bytesPerSecond",
  agents: "agents",
};

/** Demand, CPU, memory, network and agents of one swarm to come: each series tested and forecast by itself. */
export class ScalingPredictions implements ScalingPredictionsPort {
  readonly #parts: ScalingPredictionsParts;

  constructor(parts: ScalingPredictionsParts) {
    this.#parts = parts;
  }

  async predict(
    swarm: SwarmView,
    request: Parameters<ScalingPredictionsPort["predict"]>[1],
    signal: AbortSignal,
  ): Promise<ScalingPrediction> {
    const { timeHorizonSeconds, confidence, models } = request;
    const { stepMs } = forecastShape(swarm.timeScale);
    const horizonSteps = Math.max(1, Math.ceil((timeHorizonSeconds * 1000) / swarm.timeScale / stepMs - 1e-9));
    const predict = async (metric: PredictedMetric): Promise<MetricPrediction> => {
      const keys = keysOf(metric, swarm.id);
      const asked = { keys, horizonSteps, confidence, models };
      const { forecast, byModel } = await this.#parts.forecasts.forecastOf(swarm, asked, signal);
      return { unit: UNITS[metric], forecast, byModel };
    };
    // One after the other: they share one child.
    const predictions = {} as Record<PredictedMetric, MetricPrediction>;
    for (const metric of PREDICTED_METRICS) predictions[metric] = await predict(metric);
    const { forecast } = predictions.demand;
    return {
      swarmId: swarm.id,
      timeHorizonSeconds,
      predictions,
      scalingPlan: this.#parts.plan(forecast, swarm),
      confidence: {
        asked: confidence,
        backTested: forecast.scores.find(({ model }) => model === forecast.model)?.coverage ?? null,
      },
    };
  }
}

/** Series that are added up to the metric. The network is the machine's: no system tells it by process. */
function keysOf(metric: PredictedMetric, swarmId: string): readonly SeriesKey[] {
  const ofSwarm = (name: string): SeriesKey => ({ scope: "swarm", key: swarmId, metric: name });
  const ofMachine = (name: string): SeriesKey => ({ scope: "machine", key: "", metric: name });
  switch (metric) {
    case "demand":
      return [ofSwarm("demand")];
    case "cpu":
      return [ofSwarm("cpuCores")];
    case "memory":
      return [ofSwarm("rssBytes")];
    case "network":
      return [ofMachine("networkReceiveBytesPerSecond"), ofMachine("networkTransmitBytesPerSecond")];
    case "agents":
      return [ofSwarm("live")];
  }
}
