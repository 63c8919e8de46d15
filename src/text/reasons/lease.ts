import type { ReasonTexts } from "../reasonArgs.ts";

/** Capacity that somebody outside asks for. */
export const leaseReasons: ReasonTexts = {
  "lease.laneFull": (a) =>
    `The lane ${a.text("lane")} lets ${a.number("limit")} work at once: ${a.number("inUse")} run${a.positive("leased") ? `, ${a.number("leased")} are leased` : ""}${a.positive("queued") ? `, ${a.number("queued")} wait` : ""}. You asked for ${a.number("units")}; ${a.number("fits")} would fit now. Ask for fewer, take another lane, or try again later.`,
  "lease.laneClosed": (a) =>
    `The lane ${a.text("lane")} is ${a.text("gate")}: an operator lets nothing new in. Take another lane, or wait until it is resumed.`,
  "lease.breakerOpen": (a) =>
    `The breaker of the lane ${a.text("lane")} is open, because its tasks fail${a.has("retryAfterMs") ? `; it tries again in ${a.duration("retryAfterMs")}` : ""}.`,
  "lease.breakerTrying": (a) =>
    `The breaker of the lane ${a.text("lane")} tries a few tasks before it closes. Ask again in a moment.`,
  "lease.breakerForced": (a) =>
    `An operator holds the breaker of the lane ${a.text("lane")} open. Take another lane, or wait until it is reset.`,
  "lease.memory": (a) =>
    `${a.number("units")} would need ${a.bytes("neededBytes")}, and ${a.bytes("leftBytes")} are left: ${a.number("fits")} would fit. Ask for fewer, or try again when memory is free.`,
  "lease.memoryUnknown": () =>
    "The machine's free memory is not known yet, so nothing is given away. Ask again in a moment.",
  "lease.learning": (a) =>
    `What one takes of memory is not known, so ${a.number("fits")} is given at a time, and you asked for ${a.number("units")}. Say memoryBytesEach, name a swarm whose agents are known, or ask for one.`,
  "lease.pressure": (a) =>
    `Processes waited for ${a.text("resource") === "cpu" ? "a processor" : "memory"} during ${a.ratio("pressure")} of the last ten seconds, more than ${a.ratio("most")}: nothing is given away meanwhile. Try again when the machine is quieter.`,
  "lease.held": (a) =>
    `The swarm ${a.quoted("swarmId")} is on hold by an operator${a.until("untilMs")}: it does not grow. Ask without naming it, or wait.`,
  "lease.holderUnseen": (a) =>
    a.has("pid")
      ? `The process ${a.number("pid")} that asks is not to be seen on this machine, or is not the one that started this server. A lease ends with its holder, so there is none without one.`
      : "Who asks is no process that could hold a lease, and a lease ends with its holder. Ask through an MCP client that starts 'mcp' itself.",
  "lease.tooMany": (a) =>
    `${a.count("most", "lease")} are under way, and no more are kept. Give back what you do not use.`,
  "lease.unknown": (a) =>
    `There is no lease ${a.quoted("leaseId")}, or it has been over for long. Ask for a new one with request_capacity.`,
  "lease.foreign": (a) =>
    `The lease ${a.quoted("leaseId")} is another process's. Only who asked for it, or an operator, can end or renew it.`,
  "lease.over": (a) => `The lease ${a.quoted("leaseId")} is over. Ask for a new one with request_capacity.`,
  "lease.overLimit": (a) =>
    `The lane ${a.text("lane")} has ${a.number("inUse")} at work and lets only ${a.number("limit")} by now: a lease is not renewed until there are fewer. Finish what you have and give it back.`,
};
