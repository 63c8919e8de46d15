import type { Forecaster } from "./forecaster.ts";

/** Every step is like the same step of the last season. */
export const seasonalNaive: Forecaster = {
  id: "seasonalNaive",
  role: "baseline",
  least: (season) => season ?? Number.POSITIVE_INFINITY,
  forecast: ({ values, season }, horizon) => {
    if (season === null) throw new Error("seasonalNaive: no season");
    const start = values.length - season;
    return Float64Array.from({ length: horizon }, (_, h) => values[start + (h % season)] as number);
  },
};
