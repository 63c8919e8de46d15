import type { ReasonTexts } from "../reasonArgs.ts";

const CAUSES: Readonly<Record<string, string>> = {
  agentDied: "an agent died",
  breakerOpened: "its breaker opened",
};

/** Faults and how they ended, for the look back; why a key figure is not known. */
export const kpiReasons: ReasonTexts = {
  "event.recovered": (a) =>
    `The first run succeeded ${a.duration("tookMs")} after ${CAUSES[a.text("cause")] ?? a.text("cause")}.`,
  "event.outage": (a) =>
    `Its breaker was open for ${a.duration("tookMs")}: ${a.count("heldBack", "task")} held back, ${a.count("failed", "run")} failed.`,
  "kpi.notReady": (a) =>
    `Nothing of the swarm ${a.quoted("swarmId")} was measured in the last ${a.duration("windowMs")}. Ask for a longer time, or start it.`,
  "kpi.fewObservations": (a) =>
    `${a.count("count", "observation")} so far; ${a.number("needed")} are needed before anything is said.`,
  "kpi.noData": () => "Nothing that this rests on was measured.",
  "kpi.noAgents": () => "No agent was there in this time.",
  "kpi.noDemand": () => "There was no demand in this time.",
  "kpi.noFootprint": () => "What an agent needs is not known yet: too few were seen.",
  "kpi.noCost": () => "Nothing that has a price was used in this time.",
};
