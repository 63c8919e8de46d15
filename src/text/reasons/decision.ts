import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** What the scaler thinks, what was decided, undone or refused. */
export const decisionReasons: ReasonTexts = {
  "hold.operator": (a) =>
    `An operator put it on hold${a.until("untilMs")}. Lift the hold to let it grow and be sized again${a.has("untilMs") ? " sooner" : ""}.`,
  "scale.onHold": (a) =>
    `${a.quoted("swarmId")} is on hold, so it does not grow to ${a.count("target", "agent")}. Lift the hold first.`,

  "scaling.up": (a) => `Load is ${a.number("current")}, above ${a.number("threshold")}${ahead(a)}.`,
  "scaling.upAhead": (a) =>
    `Load is ${a.number("current")} and will be ${a.number("predicted")} in ${a.duration("inMs")}: combined ${a.number("combined")}, above ${a.number("threshold")}.`,
  "scaling.down": (a) => `Load is ${a.number("current")}, below ${a.number("threshold")}${ahead(a)}.`,
  "scaling.belowMin": (a) => `Fewer agents than the minimum of ${a.number("min")}.`,
  "scaling.aboveMax": (a) => `More agents than the maximum of ${a.number("max")}.`,
  "scaling.inBand": (a) => `Load is ${a.number("current")}, within its band${ahead(a)}.`,
  "scaling.atMax": (a) =>
    `Load is ${a.number("current")}${ahead(a)}, and the maximum of ${a.number("max")} agents is reached. Raise 'maxAgents' to allow more.`,
  "scaling.shortQueue": (a) =>
    `Load is ${a.number("current")}, but what waits (${a.count("waiting", "task")}) is done in ${a.duration("doneInMs")} by the agents there are, and a new one needs ${a.duration("startUpMs")} to start.`,
  "scaling.memory": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("wanted", "agent")} wanted, ${a.number("fits")} more fit into ${a.bytes("roomBytes")} (one needs up to ${a.bytes("eachBytes")}${a.positive("promisedBytes") ? `; ${a.bytes("promisedBytes")} are promised to agents just started` : ""}).`,
  "scaling.learning": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("wanted", "agent")} wanted. What one needs is not known yet, so it grows by one at a time.`,
  "scaling.noRoom": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("wanted", "agent")} wanted, and ${a.bytes("roomBytes")} of memory are left. Free memory first.`,
  "scaling.memoryUnknown": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("wanted", "agent")} wanted, but memory was not measured, so nothing is started.`,
  "scaling.pressure": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("wanted", "agent")} wanted, but processes waited for ${a.text("resource") === "cpu" ? "a processor" : "memory"} ${a.ratio("pressure")} of the last 10 s; above ${a.ratio("most")} nothing is added.`,
  "scaling.atMin": (a) =>
    `Load is ${a.number("current")}, and there are no agents to spare above the minimum of ${a.number("min")}.`,
  "scaling.waitUp": (a) =>
    `Load is ${a.number("current")}${ahead(a)}: ${a.count("to", "agent")} wanted, in ${a.duration("waitMs")} at the earliest, after the last change.`,
  "scaling.waitDown": (a) =>
    `Load is ${a.number("current")}: ${a.count("to", "agent")} would do, in ${a.duration("waitMs")} at the earliest, after the last change.`,
  "scaling.recentPeak": (a) =>
    `Load is ${a.number("current")}, but was ${a.number("recent")} within the last ${a.duration("windowMs")}.`,
  "scaling.partial": (a) =>
    `The load of some agents is not known: between ${a.number("current")} and ${a.number("highest")}. Nothing is taken away on that.`,
  "scaling.heldBack": (a) =>
    `Load is ${a.number("current")}, but ${a.count("waiting", "task")} wait behind a full lane or an open breaker. Nothing is taken away meanwhile.`,
  "scaling.missing": () => "The load was not measured, so nothing is decided.",
  "scaling.stale": (a) => `The newest measurement is ${a.duration("ageMs")} old, so nothing is decided.`,
  "scaling.unsettled": (a) =>
    `${a.number("live")} of ${a.count("target", "agent")} are alive; it is sized again when all are.`,
  "scaling.starting": (a) =>
    `${a.number("pending")} of ${a.count("target", "agent")} ${a.figure("pending") === 1 ? "is" : "are"} still starting; it is sized again when all are ready.`,
  "scaling.warmingUp": () => "Only just measured: it is sized after a few more readings.",
  "forecast.invalid": (a) => `The forecast of ${a.text("model")} holds something that is no load; it takes no part.`,
  "scaling.stopped": () => "It is stopped, and is never started automatically.",
  "scaling.held": (a) => `It is on hold${a.until("untilMs")}, so nothing is changed automatically.`,
  "scaling.busy": (a) => `A change is under way: ${a.number("live")} of ${a.count("target", "agent")} alive.`,
  "scaling.unconfirmed": (a) =>
    `The last change is not confirmed: ${a.number("live")} of ${a.count("target", "agent")} alive. It is sized again when they are.`,

  "plan.rolledBack": (a) =>
    `At ${a.count("at", "agent")} ${worse(a.text("worse"), a)}, so it went back to ${a.number("to")}.`,
  "plan.errors": (a) => `After the step ${worse("plan.errors", a)}.`,
  "plan.waiting": (a) => `After the step ${worse("plan.waiting", a)}.`,
  "plan.pressure": (a) => `After the step ${worse("plan.pressure", a)}.`,
  "plan.underWay": (a) =>
    `It goes in steps and is at ${a.number("at")} of ${a.count("to", "agent")} now. The engine goes on; 'decisions' shows how far it is.`,
  "plan.modeChanged": (a) =>
    `The mode was changed to ${a.text("mode")} between its steps, so it stays at ${a.count("at", "agent")}.`,
  "plan.noRoom": (a) =>
    `The machine has no room for ${a.count("to", "agent")} any more, so it stays at ${a.number("at")}. 'status' shows what is left.`,
  "plan.interrupted": (a) =>
    `The engine was restarted between its steps. It stays at ${a.count("at", "agent")} of ${a.number("to")}; what is still needed is decided anew.`,

  "operator.scale": (a) => `Asked for by ${a.text("by")}.`,
  "operator.start": (a) => `Started by ${a.text("by")}.`,
  "operator.stop": (a) => `Stopped by ${a.text("by")}.`,
  "operator.stoppedAgent": (a) => `${a.text("by")} stopped one agent; nothing takes its place.`,
  "undo.of": (a) => `${a.text("by")} undid ${a.number("from")} → ${a.number("to")}.`,

  "decision.unknown": (a) => `There is no decision ${a.quoted("id")}. List them with 'decisions'.`,
  "decision.over": (a) => `This recommendation no longer waits: it is ${a.text("state")}.`,
  "decision.noLonger": () => "It is no longer needed.",
  "decision.replaced": (a) => `Replaced by a recommendation of ${a.count("to", "agent")}.`,
  "decision.overtaken": () => "The size was changed otherwise meanwhile.",
  "decision.dismissed": (a) => `Dismissed by ${a.text("by")}.`,
  "decision.restarted": () => "The engine was restarted; what is needed is recommended anew.",
  "decision.interrupted": () => "The engine ended between plan and action. Nothing was done.",
  "undo.newAgents": (a) =>
    `${a.count("count", "agent")} that ended ${a.figure("count") === 1 ? "is" : "are"} not brought back: new ones take their places, without what those had in memory.`,
  "undo.requeued": (a) =>
    `${a.count("count", "task")} cut off with their agents ${a.figure("count") === 1 ? "waits" : "wait"} again and ${a.figure("count") === 1 ? "runs" : "run"} from the beginning, under their retry rules.`,
  "undo.underWay": () => "It is still under way. Wait until it is confirmed, or ask for another size.",
  "undo.nothingDone": () => "Nothing was done, so there is nothing to undo.",
  "undo.done": () => "It has been undone already.",
  "undo.swarmGone": (a) => `${a.quoted("swarmId")} is no longer configured.`,
  "undo.superseded": (a) =>
    `Something else was decided since; the target is ${a.number("target")} now. Undo the newest decision, or ask for a size.`,
};

/** What got worse after a step of a plan, by the code of the judgement. */
function worse(code: string, a: ReasonArgs): string {
  switch (code) {
    case "plan.errors":
      return `${a.ratio("after")} of the runs failed (${a.ratio("before")} before)`;
    case "plan.waiting":
      return `tasks waited ${a.duration("afterMs")} (95th percentile; ${a.duration("beforeMs")} before)`;
    case "plan.pressure":
      return `the pressure on ${a.text("resource")} was ${a.ratio("after")} (${a.ratio("before")} before)`;
    default:
      return "it got worse";
  }
}

/** What the forecast adds, when it takes part, or that it does not because the load is unlike the usual. */
function ahead(a: ReasonArgs): string {
  if (a.figure("predicted") === null && a.flag("unusual")) return ", unlike the usual, so no forecast takes part";
  return a.has("predicted")
    ? `; ${a.number("predicted")} is forecast in ${a.duration("inMs")}, combined ${a.number("combined")}`
    : "";
}
