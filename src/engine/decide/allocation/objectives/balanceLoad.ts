import type { Objective } from "./objective.ts";

/** Standard deviation of the utilisation of the lanes in which tasks arrive: 0 when all are equally busy. */
export const balanceLoad: Objective = {
  id: "balanceLoad",
  unit: "ratio",
  better: "lower",
  missing: () => null,
  value: ({ setting: { lanes }, utilisation }) => {
    let count = 0;
    let mean = 0;
    let squares = 0;
    for (let lane = 0; lane < lanes.length; lane++) {
      if (lanes[lane]?.arrivalRate === 0) continue;
      // Welford's update: no difference of large sums.
      const delta = (utilisation[lane] as number) - mean;
      mean += delta / ++count;
      squares += delta * ((utilisation[lane] as number) - mean);
    }
    return Math.sqrt(squares / count);
  },
};
