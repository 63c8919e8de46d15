import { median as middle } from "../common/statistics.ts";
import { newest } from "./forecaster.ts";
import { rule } from "./rules.ts";

export const MEDIAN_WINDOW = 36;

/** The median of the last 36 values: what to expect of a series that has spikes and no shape. */
export const median = rule(
  "median",
  () => 3,
  ({ values }, horizon) => new Float64Array(horizon).fill(middle(newest(values, MEDIAN_WINDOW))),
);
