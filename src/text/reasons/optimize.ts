import type { ReasonText, ReasonTexts } from "../reasonArgs.ts";

/** What each missing figure is, and how it comes to be known. */
const DATA: Readonly<Record<string, readonly [string, string]>> = {
  arrivals: ["when tasks come", "Let the swarm work on tasks for a while."],
  service: ["how long tasks take", "Let the swarm finish tasks for a while."],
  memory: ["how much memory an agent needs", "Let an agent of it run for a while."],
  cpu: ["how much of a processor an agent needs", "Let an agent of it run for a while, or leave its processors out."],
  price: ["what an agent costs", "Set its price, or leave 'minimizeCost' out of the weights."],
  machineMemory: ["how much memory the machine has", "It cannot be told here."],
  machineCpu: ["how many processors the machine has", "It cannot be told here."],
};

const unmeasured: ReasonText = (a) => {
  const [what, remedy] = DATA[a.text("datum")] ?? [a.text("datum"), "Let the swarm run for a while."];
  const of = a.has("lane") ? ` in ${a.quoted("lane")}` : a.has("kind") ? ` (${a.quoted("kind")})` : "";
  const seen = a.has("observations") ? `: ${a.number("observations")} of ${a.number("least")} observations` : "";
  return `It is not known ${what}${of}${seen}, and nothing is made up. ${remedy}`;
};

/** Searches for an allocation: why there is none. */
export const optimizeReasons: ReasonTexts = {
  "optimize.unmeasured": unmeasured,
  "optimize.noArrivals": (a) =>
    `No task came in ${a.count("lanes", "lane")} in this time, so there is nothing to allocate for. Choose a longer time, or submit tasks.`,
  "optimize.limitBelowNeed": (a) =>
    `An agent ${a.quoted("kind")} needs ${a.bytes("needBytes")}; the limit of ${a.bytes("limitBytes")} is below that. Raise it.`,
  "optimize.weightsZero": (a) =>
    `All ${a.count("weights", "weight")} are 0, so that no solution is better than another. Give one of them more than 0.`,
  "optimize.infeasible": (a) =>
    `No allocation keeps every limit; what binds: ${a.text("binding")}${a.text("alone") === "true" ? "" : ", not one of them alone"}. Raise it, or ask for less.`,
  "optimize.unstable": () => "More work comes than these agents can do, so that the queue would grow for ever.",
};
