import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/** Share of the seconds in which a task that was submitted could have started within its lane's deadline. */
export const availability: KpiDefinition = {
  id: "availability",
  unit: "ratio",
  better: "higher",
  target: { op: "above", value: 0.999 },
  source: "derived",
  measure: ({ means: { series, stepMs } }) => {
    let available = 0;
    const observations = eachMeasured([series.startable], ([share = 0]) => void (available += share));
    const seconds = stepMs / 1_000;
    return ratioMeasure(available * seconds, observations * seconds, {
      observations,
      unit: "seconds",
      empty: "kpi.noData",
    });
  },
};
