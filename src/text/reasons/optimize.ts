import type { ReasonArgs, ReasonText, ReasonTexts } from "../reasonArgs.ts";

/** What was not measured, and how it comes to be known. A `Map`: a name from elsewhere is no member of an object. */
const DATA: ReadonlyMap<string, ReasonText> = new Map<string, ReasonText>([
  ["machineMemory", () => "The memory of this machine was not measured. Try again in a few seconds."],
  ["machineCpu", () => "The cores of this machine were not measured. Try again in a few seconds."],
  [
    "arrivals",
    (a) =>
      `Lane ${a.quoted("lane")} had ${a.count("observations", "task")} at different moments; ${a.number("least")} are needed. Let more tasks come, or ask again later.`,
  ],
  [
    "service",
    (a) =>
      a.positive("unfinished")
        ? `Of lane ${a.quoted("lane")} ${a.count("observations", "task")} ended well and ${a.number("unfinished")} still run: those that ended are the short ones and do not tell how long one takes. Ask again when more have ended.`
        : `Of lane ${a.quoted("lane")} ${a.count("observations", "task")} ended well; ${a.number("least")} are needed to know how long one takes. Let more of them run.`,
  ],
  [
    "memory",
    (a) =>
      `The memory of ${a.count("observations", "agent")} of ${a.quoted("kind")} was measured; ${a.number("least")} are needed. Start more of them, and let them run for a minute.`,
  ],
  [
    "cpu",
    (a) => `How many cores an agent of ${a.quoted("kind")} uses is not known yet. Let three of them work for a minute.`,
  ],
  [
    "residentMemory",
    (a) =>
      `How much memory an agent of ${a.quoted("kind")} keeps is not known yet, and it has a price: what one costs cannot be told. Let three of them work for a minute.`,
  ],
  [
    "price",
    (a) => `What an agent of ${a.quoted("kind")} costs is not known, so cost is no aim. Leave it out of the weights.`,
  ],
]);

/** Limits of an allocation, by their names in answers. */
export const LIMITS: ReadonlyMap<string, string> = new Map([
  ["unstable", "as much work done as comes"],
  ["memory", "the machine's memory"],
  ["cpu", "the machine's cores"],
  ["agents", "the most agents of all"],
  ["agentsOfKind", "the most agents that the swarm may have"],
  ["budget", "the budget for an hour"],
  ["laneAgents", "the agents that a lane has at least"],
]);

function limits(a: ReasonArgs): string {
  return a
    .text("binding")
    .split(", ")
    .map((id) => LIMITS.get(id) ?? id)
    .join("; ");
}

/** Searches for better allocations. */
export const optimizeReasons: ReasonTexts = {
  "optimize.unmeasured": (a) =>
    DATA.get(a.text("datum"))?.(a) ?? `${a.quoted("datum")} was not measured. Let the swarm run longer.`,
  "optimize.noArrivals": (a) =>
    `No task came to any of ${a.count("lanes", "lane")} in the time that was looked at: there is nothing to allocate agents for. Ask again when tasks come.`,
  "optimize.limitBelowNeed": (a) =>
    `An agent of ${a.quoted("kind")} needs ${a.bytes("needBytes")}, and ${a.bytes("limitBytes")} are the most it may have. Free memory, or stop other agents.`,
  "optimize.weightsZero": (a) =>
    `All of ${a.count("weights", "weight")} are 0. Give at least one aim a weight above 0.`,
  "optimize.infeasible": (a) =>
    a.flag("alone")
      ? `No allocation keeps every limit. Without one of these there would be one: ${limits(a)}. Change it, or let fewer tasks come.`
      : `No allocation keeps every limit. These are missed by most: ${limits(a)}. Change them, or let fewer tasks come.`,
  "optimize.modelUnstable": (a) =>
    `How far the model is from the waits that were measured cannot be said: by it ${a.count("agents", "agent")} could not have done what came to lane ${a.quoted("lane")}, and waits would have grown without end. Ask again after a steadier hour.`,
  "optimize.unstable": () => "More work comes than this can do: waits grow without end. Choose one with more agents.",
  "optimize.othersBusy": (a) =>
    `Others kept ${a.number("cores")} of ${a.number("ofCores")} cores busy meanwhile. The model gives them to the swarm: tasks take longer where both want them.`,
  "optimize.strategyAsked": (a) => `The strategy ${a.text("strategy")}, as asked for.`,
  "optimize.strategyBalanced": () => "Nothing holds the swarm back much: the aims are balanced.",
  "optimize.strategyFound": (a) =>
    `${a.text("component")} ${a.text("kind")} is ${a.text("severity")}: the strategy ${a.text("strategy")}.`,
};
