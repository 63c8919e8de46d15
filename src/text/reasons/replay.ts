import type { ReasonTexts } from "../reasonArgs.ts";

/** Comparisons of policies over a past load. */
export const replayReasons: ReasonTexts = {
  "replay.empty": (a) => `Nothing was measured in ${a.count("steps", "step")}: there is no load to compare on.`,
};
