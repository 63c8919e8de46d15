import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** What holds an agent back, what it may not ask for, and what cannot be estimated. */
export const agentCallReasons: ReasonTexts = {
  "throttle.laneClosed": (a) =>
    `The lane ${a.text("lane")} is ${a.text("gate")} by an operator: nothing new begins there.`,
  "throttle.laneFull": (a) =>
    `The lane ${a.text("lane")} is full: ${a.number("running")} run${a.positive("leased") ? ` and ${a.number("leased")} are leased` : ""}, of ${a.number("limit")} at once${a.positive("queued") ? `; ${a.number("queued")} wait` : ""}.`,
  "throttle.queueFull": (a) =>
    `The queue of the lane ${a.text("lane")} is full: ${a.number("queued")} wait, and ${a.number("queueLimit")} may. New tasks are refused.`,
  "throttle.breakerOpen": (a) =>
    `The breaker of the ${of(a)} is open${a.has("failures") ? `: ${a.number("failures")} failed${a.has("calls") ? ` of ${a.number("calls")}` : " in a row"}` : ""}.`,
  "throttle.breakerTrying": (a) =>
    `The breaker of the ${of(a)} tries a few tasks: ${a.number("successes")} of ${a.number("needed")} have succeeded.`,
  "throttle.breakerForced": (a) => `The breaker of the ${of(a)} is held open by ${a.text("by")}.`,
  "throttle.held": (a) =>
    `${a.text("label")} is on hold by an operator${a.until("untilMs")}: it does not grow and is not sized automatically.`,
  "throttle.stopped": (a) => `${a.text("label")} is stopped. An operator can start it.`,
  "throttle.agentsBusy": (a) =>
    `${a.count("waiting", "task")} of ${a.text("label")} wait, and none of its ${a.count("live", "agent")} is idle.`,
  "throttle.atMaximum": (a) => `${a.text("label")} has its maximum of ${a.count("maxAgents", "agent")}.`,
  "throttle.memory": (a) =>
    `No memory is left to give away: ${a.bytes("reserveBytes")} are kept for the machine${a.positive("promisedBytes") ? `, ${a.bytes("promisedBytes")} are promised` : ""}.`,
  "throttle.noLease": () => "You hold no lease. Ask with request_capacity before you start heavy work.",

  "agent.asked": (a) => `Asked for by ${a.text("by")}.`,
  "scale.observed": (a) =>
    `The swarm ${a.quoted("swarmId")} is only observed: its size is nobody's but an operator's. An operator can set its mode to recommend or auto.`,
  "scale.operatorOnly": (a) =>
    a.positive("target")
      ? `The swarm ${a.quoted("swarmId")} is stopped, and only an operator starts it.`
      : `To stop the swarm ${a.quoted("swarmId")} is an operator's. Ask for its minimum instead.`,
  "scale.already": (a) => `The swarm ${a.quoted("swarmId")} is already wanted at ${a.count("target", "agent")}.`,
  "scale.notSized": (a) =>
    `The swarm ${a.quoted("swarmId")} has not been looked at yet, so nothing is known of its load. Ask again in a moment.`,
  "decision.unanswered": (a) => `Nobody agreed to it within ${a.duration("afterMs")}.`,

  "estimate.oneOf": () => "Name either agents or tasks.",
  "task.oneOf": () => "Say either a prompt or an input.",
  "estimate.footprint": (a) =>
    `What an agent of ${a.quoted("swarmId")} takes of memory is not known yet. It is learned while agents run.`,
  "estimate.runs": (a) =>
    `How long a task of ${a.quoted("swarmId")} takes is not known: ${a.count("runs", "run")} were seen in the last hour, and ${a.number("needed")} are needed.`,
  "estimate.noAgents": (a) => `The swarm ${a.quoted("swarmId")} has no agents now, so nobody would begin.`,
};

function of(a: ReasonArgs): string {
  return `${a.text("of")} ${a.text("label")}`;
}
