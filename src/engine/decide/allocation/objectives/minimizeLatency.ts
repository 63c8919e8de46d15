import type { Objective } from "./objective.ts";

/** Mean time from the arrival of a task to its end: waiting and running, over the tasks of all lanes. */
export const minimizeLatency: Objective = {
  id: "minimizeLatency",
  unit: "s",
  better: "lower",
  // Without arrivals and service times no setting is made at all.
  missing: () => null,
  value: ({ setting: { lanes }, waitMeanSec, serviceSec }) => {
    let sum = 0;
    let arrivals = 0;
    for (let lane = 0; lane < lanes.length; lane++) {
      const rate = lanes[lane]?.arrivalRate ?? 0;
      if (rate === 0) continue;
      arrivals += rate;
      sum += rate * ((waitMeanSec[lane] as number) + (serviceSec[lane] as number));
    }
    return sum / arrivals;
  },
};
