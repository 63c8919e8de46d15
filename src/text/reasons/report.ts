import type { ReasonTexts } from "../reasonArgs.ts";

const RESOURCES: Readonly<Record<string, string>> = {
  memory: "memory",
  cpu: "processors",
  disk: "disk space",
};

/** What a performance report recommends, and why something of it is not known. */
export const reportReasons: ReasonTexts = {
  "report.noLoad": (a) =>
    `Nothing of the load of ${a.quoted("swarmId")} was measured in the last ${a.duration("windowMs")}.`,
  "report.apply": (a) => `Apply the recommendation that waits: ${a.number("current")} → ${a.count("target", "agent")}.`,
  "report.auto": () => "Set the mode to 'auto', so that the swarm is sized without waiting for somebody.",
  "report.policy": (a) => `Set 'scaling.policy' to ${a.quoted("policy")}.`,
  "report.capacity": (a) =>
    a.text("resource") === "agents"
      ? "Raise 'maxAgents' before the limit is reached, if the machine has room."
      : `Add ${RESOURCES[a.text("resource")] ?? a.text("resource")} to the machine, or run fewer agents, before it runs out.`,
  "report.gainNoLoad": () => "The load was not measured when it was recommended.",
  "report.gainUntried": () => "Nothing was measured without this bottleneck.",
  "report.gainUnsized": () => "It depends on how much is added.",
};
