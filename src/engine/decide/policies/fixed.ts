import type { PolicyKind } from "./policy.ts";

export const fixed: PolicyKind = {
  name: "fixed",
  summary: "One size for all of the time",
  sees: "past",
  create: ({ fixedAgents }) => {
    if (!(Number.isInteger(fixedAgents) && fixedAgents >= 0))
      throw new RangeError(`fixedAgents must be a count, got ${fixedAgents}`);
    return { decide: () => fixedAgents };
  },
};
