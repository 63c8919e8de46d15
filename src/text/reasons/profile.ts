import type { ReasonTexts } from "../reasonArgs.ts";

/** Profiles of running processes: why one cannot be had, what was found, and what to do about it. */
export const profileReasons: ReasonTexts = {
  "profile.linuxOnly": () => "Running processes can be profiled on Linux only.",
  "profile.noProcess": (a) => `There is no process ${a.number("pid")}.`,
  "profile.changed": (a) =>
    `The process ${a.number("pid")} is another one by now than the one that was agreed to. Look again.`,
  "profile.ended": (a) => `The process ${a.number("pid")} ended while it was profiled.`,
  "profile.own": (a) =>
    `The process ${a.number("pid")} is the engine's own or its keeper's: it is not profiled this way.`,
  "profile.permission": (a) => `You may not look into the process ${a.number("pid")}: it is another user's.`,
  "profile.busy": () => "Another profile is being made. Wait until it is done, or cancel it.",
  "profile.noAgents": (a) => `The swarm ${a.quoted("swarmId")} has no agents now.`,
  "profile.consent": (a) =>
    `Nobody has agreed to an inspector being opened in the process ${a.number("pid")}; with --yes it is.`,
  "profile.noInspector": () => "It is told only through an inspector, and there was none.",
  "profile.idle": (a) => `No JavaScript runs in the process ${a.number("pid")} now.`,
  "profile.notKept": (a) => `A file of a profile could not be written: ${a.text("reason")}.`,
  "inspector.notNode": (a) => `The process ${a.number("pid")} does not run Node, so it has no inspector to open.`,
  "inspector.inUse": (a) =>
    `The process ${a.number("pid")} is already being debugged, at port ${a.text("port")}. Close that debugger first.`,
  "inspector.noSignal": (a) =>
    `The process ${a.number("pid")} does not catch SIGUSR1, which would end it. It has just begun, or was started with --disable-sigusr1.`,
  "inspector.stopped": (a) =>
    `The process ${a.number("pid")} is stopped, so it opens no inspector. Let it go on first.`,
  "inspector.otherNetwork": (a) =>
    `The process ${a.number("pid")} has a network of its own (a container's), so its inspector cannot be reached from here.`,
  "inspector.notLoopback": (a) =>
    `The inspector of the process ${a.number("pid")} is set to listen to other machines too, so it is not opened.`,
  "inspector.portTaken": (a) =>
    `The port ${a.text("port")}, where the inspector of the process ${a.number("pid")} would listen, is taken by another program.`,
  "inspector.notOpened": (a) =>
    `The process ${a.number("pid")} opened no inspector within ${a.duration("ms")}: it waits outside JavaScript, or keeps the signal for itself. Should it open one later, it stays open until it ends.`,
  "inspector.lost": (a) => `The connection to the inspector of the process ${a.number("pid")} was lost.`,
  "inspector.silent": (a) =>
    `The inspector of the process ${a.number("pid")} did not answer in time${a.optional("method", " (", ")")}.`,
  "inspector.refused": (a) =>
    `The inspector of the process ${a.number("pid")} refused a request${a.optional("message", ": ")}.`,
  "inspector.garbled": (a) =>
    `The inspector answered with something else than was asked${a.optional("method", " (", ")")}.`,
  "inspector.foreign": (a) =>
    `What listens at port ${a.text("port")} of the process ${a.number("pid")} is no inspector.`,
  "inspector.leftOpen": (a) =>
    `The inspector of the process ${a.number("pid")} could not be closed: it still listens at port ${a.text("port")} of this machine, until the process ends.`,
  "inspector.shared": (a) =>
    `Somebody else has connected a debugger to the process ${a.number("pid")} meanwhile, so its inspector stays open at port ${a.text("port")}.`,
  "perf.missing": () => "The program 'perf', which samples native code, is not installed.",
  "perf.refused": (a) => `'perf' could not sample the process${a.optional("reason", ": ")}.`,
  "waiting.profile": (a) => `The profile of process ${a.number("pid")} was given up; nothing of it is left there.`,
  "profileAdvice.hot": (a) => `Look at ${a.quoted("name")} first: most of what can be saved is there.`,
  "profileAdvice.collector": () => "Allocate less in what runs often: the collector takes a large share of its time.",
  "profileAdvice.leak": () => "Its memory grows and does not come back. Take a heap snapshot and look what holds it.",
  "profileAdvice.leakSite": (a) =>
    `What ${a.quoted("name")} allocates is kept: ${a.bytes("bytes")} more in this time. Look what holds it.`,
  "profileAdvice.swap": () => "A part of it was moved to disk. Give the machine memory, or run fewer agents.",
  "profileAdvice.writes": () => "It writes much to disk. Write less often, or less each time.",
  "profileAdvice.smallCalls": () => "It reads or writes in very small pieces. Gather them into larger ones.",
  "profileAdvice.disk": (a) => `The disk ${a.quoted("disk")} is hardly ever idle. Spread what uses it.`,
  "profileAdvice.loop": () => "Something holds its event loop for long. Break that up, or move it to a worker thread.",
  "profileEvidence.self": (a) => `${a.ratio("ratio")} of its busy time, in ${a.count("samples", "sample")}`,
  "profileEvidence.collector": (a) => `${a.ratio("ratio")} of its busy time is garbage collection`,
  "profileEvidence.growth": (a) => `${a.bytes("bytes")} more each second over ${a.count("points", "look")}`,
  "profileEvidence.looks": (a) => `its living bytes had grown in ${a.number("count")} of ${a.count("points", "look")}`,
  "profileEvidence.swap": (a) => `${a.bytes("bytes")} of it are swapped out`,
  "profileEvidence.writes": (a) => `${a.bytes("bytes")} to disk each second`,
  "profileEvidence.calls": (a) => `${a.number("rate")} calls a second, of ${a.bytes("bytes")} each`,
  "profileEvidence.disk": (a) => `busy ${a.ratio("ratio")} of the time; a request takes ${a.duration("ms")}`,
  "profileEvidence.loop": (a) => `one timer in a hundred comes ${a.duration("ms")} late or more`,
  "profile.malformed": (a) => `${a.quoted("file")} is no profile that can be read: ${a.text("reason")}.`,
  "profile.readerEnded": (a) =>
    `${a.quoted("file")} could not be read: what read it ended${a.optional("reason", " (", ")")}. Record for a shorter time, and open that.`,
  "profile.gone": () =>
    "This profile was not kept over the reload of the window. Record it again, or open the file it was saved to.",
};
