import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/** Of the tasks that met a fault and are over, the share that was finished. Cancelled ones do not count. */
export const faultTolerance: KpiDefinition = {
  id: "faultTolerance",
  unit: "ratio",
  better: "higher",
  target: null,
  source: "measured",
  measure: ({ totals: { series } }) => {
    let finished = 0;
    let over = 0;
    eachMeasured([series.faultDone, series.faultFailed], ([done = 0, failed = 0]) => {
      finished += done;
      over += done + failed;
    });
    return ratioMeasure(finished, over, { observations: over, unit: "tasks", empty: "kpi.noData" });
  },
};
