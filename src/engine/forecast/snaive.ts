import { rule } from "./rules.ts";

/** Seasonal naive: every step is like the same step of the last season. */
export const snaive = rule(
  "snaive",
  (season) => season ?? Number.POSITIVE_INFINITY,
  ({ values, season }, horizon) => {
    if (season === null) throw new Error("snaive: no season");
    const start = values.length - season;
    return Float64Array.from({ length: horizon }, (_, h) => values[start + (h % season)] as number);
  },
);
