import type { ReasonTexts } from "../reasonArgs.ts";

/** Why a question about patterns has no answer on this history. */
export const patternReasons: ReasonTexts = {
  "patterns.constant": () => "All values are the same, so there is nothing to compare.",
  "patterns.holes": () => "Too much of the history was not measured to say.",
  "patterns.noPeriod": () => "Nothing repeats clearly.",
  "patterns.longSteps": () => "The steps are too long to tell the parts of this cycle apart.",
  "patterns.zeroMean": () => "The values vary around 0, and a share of 0 says nothing.",
  "patterns.onlyDaily": () => "Without its daily curve one of the series does not change.",
  "patterns.fewDays": () => "Too few days were measured for at least half of their time.",
  "patterns.noTimes": (a) =>
    `${a.quoted("path")} has no column of times, and patterns are about the time of day. Add one, such as 'time' in ISO 8601.`,
  "patterns.fewRows": (a) => `${a.quoted("path")} has ${a.count("rows", "row")}; patterns take at least 2.`,
  "patterns.noSwarm": () => "No swarm is managed or seen. Name a file with --input FILE, or start a swarm first.",
  "patterns.whichSwarm": (a) => `There is more than one swarm. Name one with --swarm-id: ${a.text("known")}.`,
  "patterns.metric": (a) => `There is no series ${a.quoted("metric")}. Known: ${a.text("known")}.`,
};
