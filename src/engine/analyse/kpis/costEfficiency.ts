import { type KpiDefinition, ratioMeasure } from "./kpi.ts";
import { eachMeasured } from "./steps.ts";

/** Finished tasks ÷ cost, over the steps at which both are known. */
export const costEfficiency: KpiDefinition = {
  id: "costEfficiency",
  unit: "tasksPerCost",
  better: "higher",
  target: null,
  source: "derived",
  measure: ({ totals: { series }, costReason }) => {
    let tasks = 0;
    let cost = 0;
    const steps = eachMeasured([series.done, series.cost], ([doneNow = 0, costNow = 0]) => {
      tasks += doneNow;
      cost += costNow;
    });
    const measure = ratioMeasure(tasks, cost, { observations: steps, unit: "cost", empty: "kpi.noCost" });
    if (costReason === null) return { ...measure, observations: tasks };
    return { ...measure, value: null, reason: costReason, observations: tasks };
  },
};
