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
};
