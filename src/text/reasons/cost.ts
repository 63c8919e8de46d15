import type { ReasonTexts } from "../reasonArgs.ts";

const RESOURCES: Readonly<Record<string, string>> = {
  agentHours: "the agents' time",
  cpuHours: "CPU time",
  memoryGigabyteHours: "memory",
};

/** Why a cost is not known. */
export const costReasons: ReasonTexts = {
  "cost.noPrices": () => "No prices are configured. Set 'prices' with config-set to see what things cost.",
  "cost.notMeasured": (a) =>
    `The cost is not known: ${RESOURCES[a.text("resource")] ?? a.text("resource")} has a price and was not measured throughout.`,
};
