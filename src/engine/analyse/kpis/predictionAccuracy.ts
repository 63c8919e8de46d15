import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/** 100 · (1 − WAPE) of what the forecasts in force said for each step, WAPE = Σ |said − came| ÷ Σ |came|. */
export const predictionAccuracy: KpiDefinition = {
  id: "predictionAccuracy",
  unit: "percent",
  better: "higher",
  target: null,
  source: "derived",
  measure: ({ means: { series, stepMs } }) => {
    let missed = 0;
    let came = 0;
    const observations = eachMeasured([series.forecast, series.demand], ([said = 0, demand = 0]) => {
      missed += Math.abs(said - demand);
      came += Math.abs(demand);
    });
    const seconds = stepMs / 1_000;
    const wape = ratioMeasure(missed * seconds, came * seconds, {
      observations,
      unit: "agentSeconds",
      empty: "kpi.noDemand",
    });
    return { ...wape, value: wape.value === null ? null : 100 * (1 - wape.value) };
  },
};
