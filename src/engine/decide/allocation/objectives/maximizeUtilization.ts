import type { Objective } from "./objective.ts";

/**
 * Work that arrives ÷ agents. What contention or a repeat adds to a task is not counted as work: it would make an
 * allocation look better for wasting time.
 */
export const maximizeUtilization: Objective = {
  id: "maximizeUtilization",
  unit: "ratio",
  better: "higher",
  missing: () => null,
  value: ({ usefulLoad, totalAgents }) => {
    let load = 0;
    for (const own of usefulLoad) load += own;
    return load / totalAgents;
  },
};
