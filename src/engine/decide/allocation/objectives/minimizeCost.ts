import type { Objective } from "./objective.ts";

/** Price of all agents for an hour, busy or not. */
export const minimizeCost: Objective = {
  id: "minimizeCost",
  unit: "perHour",
  better: "lower",
  missing: ({ kinds }) => {
    const kind = kinds.find(({ pricePerHour }) => pricePerHour === null);
    return kind === undefined ? null : { code: "optimize.unmeasured", args: { datum: "price", kind: kind.id } };
  },
  value: ({ costPerHour }) => costPerHour,
};
