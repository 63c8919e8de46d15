import type { ReasonTexts } from "../reasonArgs.ts";

/** What the scaler thinks, what was decided, undone or refused. */
export const decisionReasons: ReasonTexts = {
  "hold.operator": () => "An operator put it on hold. Lift the hold to let it grow and be sized again.",
  "scale.onHold": (a) =>
    `${a.quoted("swarmId")} is on hold, so it does not grow to ${a.count("target", "agent")}. Lift the hold first.`,
};
