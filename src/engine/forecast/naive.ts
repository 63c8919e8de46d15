import type { Forecaster } from "./forecaster.ts";

/** Tomorrow is like the last value. */
export const naive: Forecaster = {
  id: "naive",
  role: "baseline",
  least: () => 1,
  forecast: ({ values }, horizon) => new Float64Array(horizon).fill(values.at(-1) as number),
};
