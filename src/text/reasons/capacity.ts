import type { ReasonTexts } from "../reasonArgs.ts";

/** Why something about capacity is not known. */
export const capacityReasons: ReasonTexts = {
  "capacity.notMeasured": () => "It was not measured.",
  "capacity.history": (a) =>
    `Growth takes ${a.duration("neededMs")} of history, and ${a.duration("haveMs")} are there. Name a growth in per cent, or wait.`,
};
