import type { Objective } from "./objective.ts";

/** What all agents cost for an hour: each for being there, and on top the busy ones for the cores that they use. */
export const minimizeCost: Objective = {
  id: "minimizeCost",
  unit: "perHour",
  better: "lower",
  missing: ({ kinds }) => {
    for (const { id, price } of kinds)
      if (price.kind === "unknown") return { code: "optimize.unmeasured", args: { datum: price.datum, kind: id } };
    return null;
  },
  value: ({ costPerHour }) => costPerHour,
};
