import { rule } from "./rules.ts";

/** Tomorrow is like the last value. */
export const naive = rule(
  "naive",
  () => 1,
  ({ values }, horizon) => new Float64Array(horizon).fill(values.at(-1) as number),
);
