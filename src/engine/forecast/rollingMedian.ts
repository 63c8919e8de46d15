import { type Forecaster, newest } from "./forecaster.ts";

const WINDOW = 36;

/** The median of the last 36 values: what to expect of a series that has spikes and no shape. */
export const rollingMedian: Forecaster = {
  id: "rollingMedian",
  role: "baseline",
  least: () => 3,
  forecast: ({ values }, horizon) => {
    const sorted = newest(values, WINDOW).toSorted();
    const middle = sorted.length >> 1;
    const upper = sorted[middle] as number;
    const median = sorted.length % 2 === 1 ? upper : 0.5 * (sorted[middle - 1] as number) + 0.5 * upper;
    return new Float64Array(horizon).fill(median);
  },
};
