import type { ReasonText, ReasonTexts } from "../reasonArgs.ts";

const chosen: ReasonText = (a) =>
  `The trained network wants ${a.count("to", "agent")}, where the adaptive rule would have ${a.number("rule")}.`;

/** `Load is 0.95, target 0.7` or `3 tasks wait for each agent, target 2`. */
const perAgent: ReasonText = (a) =>
  a.text("metric") === "queue"
    ? `${a.count("perAgent", "task")} wait for each agent, target ${a.number("targetPerAgent")}`
    : `Load is ${a.number("perAgent")} for each agent, target ${a.number("targetPerAgent")}`;

/** The Kubernetes rules, and trained networks that size swarms. Short: the editor loads every one of them. */
export const policyReasons: ReasonTexts = {
  "dqn.up": chosen,
  "dqn.down": chosen,
  "dqn.hold": chosen,
  "dqn.unfit": (a) => `The trained network cannot be asked about this: ${a.text("detail")}. The rule decides alone.`,
  "hpa.up": (a) => `${perAgent(a)}: ${a.count("wanted", "agent")} wanted.`,
  "hpa.down": (a) => `${perAgent(a)}, and no more was needed lately: ${a.count("wanted", "agent")} would do.`,
  "hpa.within": (a) => `${perAgent(a)}: this size fits.`,
  "hpa.heldUp": (a) =>
    `${perAgent(a)}: ${a.count("wanted", "agent")} wanted, which 'hpa.scaleUp' does not let it grow to now.`,
  "hpa.heldDown": (a) =>
    `${perAgent(a)}: ${a.count("wanted", "agent")} would do, which 'hpa.scaleDown' does not let it shrink to now: more were needed lately.`,
  "forecast.notForHpa": () => "The policy 'hpa' goes by the load of this moment.",
  "training.none": () =>
    "No network was trained for this swarm. Train one with 'Swarm: Train Scaling Policy' ('policy-train').",
  "training.progress": (a) => `Training: ${a.number("percent")}%`,
  "training.busy": (a) => `A network for ${a.quoted("swarmId")} is being trained already. Wait for it, or cancel it.`,
  "training.short": (a) =>
    `${a.count("steps", "step")} were measured in the part to learn on; ${a.number("least")} are needed. Let the swarm run longer, import its past, or give a longer file.`,
  "training.otherClock": () => "It was trained when the swarm's time ran at another speed. Train it again.",
  "training.unasked": () =>
    "None is trained without your asking: no network was trained for this swarm, and 'scaling.policy' is not 'dqn'.",
  "training.tooEarly": (a) =>
    `${a.count("steps", "step")} were measured so far; trained without your asking from ${a.number("least")} on, a day of the swarm's time.`,
  "training.stopped": () => "The swarm does not run; it is looked at when it does.",
  "training.waits": () => "Another network is being trained; one at a time.",
  "event.policyStays": (a) =>
    `The schedule trained a network; the kept one is better on the last days (${a.number("keptCost")} against ${a.number("newCost")} agent-hours of cost) and stays.`,
  "event.policyTrained": (a) =>
    `${a.text("by")} trained a network for ${a.count("episodes", "episode")}; it was ${a.text("beats") === "true" ? "better" : "no better"} than the adaptive rule.`,
};
