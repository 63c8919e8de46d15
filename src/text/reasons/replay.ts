import type { ReasonText, ReasonTexts } from "../reasonArgs.ts";

const load: ReasonText = (a) => `The load is ${a.number("ratio")} times what the agents are to carry.`;

/** Comparisons of policies, and the reactive scaler with Kubernetes' rules. Short: the editor loads every one of them. */
export const replayReasons: ReasonTexts = {
  "replay.empty": (a) => `Nothing was measured in ${a.count("steps", "step")}: there is no load to compare on.`,
  "replay.policy": (a) => `There is no policy ${a.quoted("policy")}. Known: ${a.text("known")}.`,
  "hpa.aboveMax": (a) => `More agents than the maximum of ${a.number("max")}.`,
  "hpa.noRoom": () => "The machine has no room for more agents. Free memory first.",
  "hpa.steady": () => "The size is what the load of the last minutes asks for.",
  "hpa.wait": (a) => `Changes to ${a.number("to")} in ${a.duration("waitMs")}, after the cooldown.`,
  "hpa.up": load,
  "hpa.down": load,
};
