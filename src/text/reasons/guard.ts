import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** Breakers and bulkheads. */
export const guardReasons: ReasonTexts = {
  "breaker.open": (a) => `The breaker ${a.text("breaker")} is ${openness(a)}`,
  "breaker.consecutive": (a) => `${a.count("failures", "failure")} in a row.`,
  "breaker.failureRate": (a) => `${a.number("failures")} of the last ${a.count("calls", "call")} failed.`,
  "breaker.slowRate": (a) => `${a.number("slow")} of the last ${a.count("calls", "call")} were too slow.`,
  "breaker.probeFailed": () => "A call failed while it was half-open.",
  "breaker.probeSlow": () => "A call was too slow while it was half-open.",
  "breaker.probeHung": () => "A call did not end in time while it was half-open.",
  "breaker.probeDeadline": (a) =>
    `The call did not end in time while ${a.text("breaker")} was half-open, so ${a.text("breaker")} is open again. Ask again when it has tried once more.`,
  "breaker.restored": () => "It was open when the engine was restarted.",
  "breaker.due": () => "Its recovery time is over.",
  "breaker.tried": () => "An operator asked for a try.",
  "breaker.recovered": () => "Enough calls succeeded.",
  "breaker.forced": () => "An operator opened it.",
  "breaker.metricsOnly": () => "An operator lets everything through; it only counts.",
  "breaker.reset": () => "An operator reset it.",
  "breaker.illegal": (a) => `The breaker ${a.text("breaker")} cannot go from ${a.text("from")} to ${a.text("to")}.`,
  "breaker.unknown": (a) => `There is no breaker ${a.quoted("breakerId")}. There are: ${a.text("known")}.`,
  "breaker.changed": (a) =>
    `${a.text("breakerId")} has changed since you looked: it is ${a.text("state")} now. Look again, then act.`,
  "bulkhead.full": (a) =>
    `The lane ${a.text("lane")} is full: ${a.number("queued")} wait, and ${a.number("limit")} may. Try later, take another lane, or give it more room.`,
  "bulkhead.deadline": (a) => `It waited longer than it may for a place in ${a.text("lane")}.`,
};

/** How it refuses, and what to do about that. */
function openness(a: ReasonArgs): string {
  switch (a.text("state")) {
    case "halfOpen":
      return "half-open: it tries a few calls before it closes. Ask again in a moment.";
    case "forcedOpen":
      return "held open by an operator. Reset it, or wait until it is.";
    default:
      return `open, because calls failed or were too slow${a.has("retryAfterMs") ? `; it tries again in ${a.duration("retryAfterMs")}. Ask again after that.` : ". Ask again later."}`;
  }
}
