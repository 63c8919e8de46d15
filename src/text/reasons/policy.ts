import type { ReasonText, ReasonTexts } from "../reasonArgs.ts";

const chosen: ReasonText = (a) =>
  `The trained network wants ${a.count("to", "agent")}, where the adaptive rule would have ${a.number("rule")}.`;

/** Trained networks that size swarms. Short: the editor loads every one of them. */
export const policyReasons: ReasonTexts = {
  "dqn.up": chosen,
  "dqn.down": chosen,
  "dqn.hold": chosen,
  "dqn.unfit": (a) => `The trained network cannot be asked about this: ${a.text("detail")}. The rule decides alone.`,
  "training.none": () => "No network was trained for this swarm. Train one with 'policy-train'.",
  "training.progress": (a) => `Training: ${a.number("percent")}%`,
  "training.busy": (a) => `A network for ${a.quoted("swarmId")} is being trained already. Wait for it, or cancel it.`,
  "training.short": (a) =>
    `${a.count("steps", "step")} were measured in the part to learn on; ${a.number("least")} are needed. Let the swarm run longer, or import its past.`,
  "training.otherClock": () => "It was trained when the swarm's time ran at another speed. Train it again.",
  "event.policyTrained": (a) =>
    `${a.text("by")} trained a network for ${a.count("episodes", "episode")}; it was ${a.text("beats") === "true" ? "better" : "no better"} than the adaptive rule.`,
};
