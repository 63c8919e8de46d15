import { numberText } from "../figures.ts";
import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** A call of a disk takes parts of a millisecond, which whole ones would round away. */
function shortMs(args: ReasonArgs, key: string): string {
  const ms = args.figure(key);
  return ms !== null && ms < 10 ? `${numberText(ms)} ms` : args.duration(key);
}

/** Profiles of running processes: why one cannot be had, what was found, and what to do about it. */
export const profileReasons: ReasonTexts = {
  "profile.linuxOnly": () => "Running processes can be profiled on Linux only.",
  "profile.noProcess": (a) => `There is no process ${a.number("pid")}.`,
  "profile.changed": (a) =>
    `The process ${a.number("pid")} is another one by now than the one that was agreed to. Look again.`,
  "profile.ended": (a) => `The process ${a.number("pid")} ended while it was profiled.`,
  "profile.own": (a) =>
    `The process ${a.number("pid")} is the engine's own or its keeper's: it is not profiled this way. With --engine the engine is.`,
  "profile.permission": (a) => `You may not look into the process ${a.number("pid")}: it is another user's.`,
  "profile.busy": () => "Another profile is being made. Wait until it is done, or cancel it.",
  "profile.noAgents": (a) => `The swarm ${a.quoted("swarmId")} has no agents now.`,
  "profile.consent": (a) =>
    `Nobody has agreed to an inspector being opened in the process ${a.number("pid")}. Agree when you are asked, or with --yes.`,
  "profile.noInspector": () => "It is told only through an inspector, and there was none.",
  "profile.idle": (a) => `No JavaScript runs in the process ${a.number("pid")} now.`,
  "profile.leakShort": (a) =>
    `It rose for ${a.number("seconds")} s, which is too short to tell a leak from a program that warms up. Profile it for longer.`,
  "profile.leakLooks": (a) =>
    `There were ${a.count("looks", "look")} at what is alive, and a leak takes ${a.number("least")}. Profile it for longer.`,
  "profile.notKept": (a) => `A file of a profile could not be written: ${a.text("reason")}.`,
  "profile.noRecording": () => "Nothing was recorded that could be opened.",
  "profile.fileGone": (a) =>
    `The file ${a.quoted("path")} is not there any more: the newest 50 files of profiles are kept. Record it again.`,
  "profile.engineGone": (a) =>
    `The engine ended while the process ${a.number("pid")} was profiled. It closes the inspector as it ends, or the next one does as it starts; then profile again.`,
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
  "inspector.notAvailable": (a) => `This Node has no inspector${a.optional("reason", ": ")}.`,
  "inspector.foreign": (a) =>
    `What listens at port ${a.text("port")} of the process ${a.number("pid")} is no inspector.`,
  "inspector.leftOpen": (a) =>
    `The inspector of the process ${a.number("pid")} could not be closed: it still listens at port ${a.text("port")} of this machine, until the process ends.`,
  "inspector.shared": (a) =>
    `Somebody else has connected a debugger to the process ${a.number("pid")} meanwhile, so its inspector stays open at port ${a.text("port")}.`,
  "perf.missing": () => "The program 'perf', which samples native code, is not installed.",
  "perf.refused": (a) => `'perf' could not sample the process${a.optional("reason", ": ")}.`,
  "waiting.profileEngine": () => "The profile of the engine was given up; nothing of it is left.",
  "waiting.profile": (a) => `The profile of process ${a.number("pid")} was given up; nothing of it is left there.`,
  "profileProgress.opening": (a) => `Opening the inspector of process ${a.number("pid")}.`,
  "profileProgress.sampling": (a) => `${a.duration("elapsedMs")} of ${a.duration("durationMs")} sampled.`,
  "profileProgress.finishing": () => "Reading what was sampled.",
  "profileProgress.snapshot": (a) => `Taking a heap snapshot; process ${a.number("pid")} stands still meanwhile.`,
  "profileProgress.closing": (a) => `Closing the inspector of process ${a.number("pid")}.`,
  "profileAdvice.hot": (a) => `Look at ${a.quoted("name")} first: most of what can be saved is there.`,
  "profileAdvice.collector": () => "Allocate less in what runs often: the collector takes a large share of its time.",
  "profileAdvice.leak": () => "Its memory grows and does not come back. Take a heap snapshot and look what holds it.",
  "profileAdvice.leakSite": (a) =>
    `What ${a.quoted("name")} allocates is kept: ${a.bytes("bytes")} more in this time. Look what holds it.`,
  "profileAdvice.swap": () => "A part of it was moved to disk. Give the machine memory, or run fewer agents.",
  "profileAdvice.writes": () => "It writes much to disk. Write less often, or less each time.",
  "profileAdvice.smallCalls": () => "It reads or writes in very small pieces. Gather them into larger ones.",
  "profileAdvice.disk": (a) =>
    `The machine's disk ${a.quoted("disk")} has more to do than it can. Spread what uses it.`,
  "profileAdvice.blocks": (a) =>
    `${a.quoted("name")} waits in ${a.text("operation")}, and nothing else runs meanwhile. Do it less often, gather it, or use the call that does not block.`,
  "profileAdvice.fileWaits": (a) =>
    `It waits for ${a.text("operation")}${a.optional("path", " of ")}. Do it less often, or gather it.`,
  "profileAdvice.slowHost": (a) => `It waits for ${a.quoted("host")}. Ask less of it, at once, or keep its answers.`,
  "profileAdvice.slowNames": () => "Looking up names is slow. Keep connections open, or look at the resolver.",
  "profileAdvice.unread": () => "It does not read what has come for it in time: something else keeps it.",
  "profileAdvice.unsent": () => "What it sends is not taken: the other side or the network between is slower than it.",
  "profileAdvice.writesFile": (a) => `It writes much to ${a.quoted("path")}. Write less often, or less each time.`,
  "profileAdvice.link": (a) =>
    `The machine's link ${a.quoted("link")} loses packets. Look at it and its cable or tunnel.`,
  "profileAdvice.retransmits": () =>
    "The network it is in sends much again, whoever sent it: it is lossy or too full somewhere.",
  "profileAdvice.loop": () => "Something holds its event loop for long. Break that up, or move it to a worker thread.",
  "profileAdvice.moreAgents": () => "Its tasks stood in line for agents. More agents would end such a batch sooner.",
  "profileAdvice.morePlaces": () =>
    "Its tasks stood in line for a place while agents were idle. Raise the limit of the lane or of the swarm.",
  "profileEvidence.path": (a) =>
    `of a batch of ${a.count("tasks", "task")} in ${a.duration("ms")}, ${a.number("behind")} on the critical path began only when another had ended`,
  "profileEvidence.self": (a) => `${a.ratio("ratio")} of its busy time, in ${a.count("samples", "sample")}`,
  "profileEvidence.collector": (a) => `${a.ratio("ratio")} of its busy time is garbage collection`,
  "profileEvidence.growth": (a) =>
    `${a.bytes("bytes")} more each second over ${a.count("points", "look")}${a.text("series") === "retained" ? ", after full collections" : ""}`,
  "profileEvidence.swap": (a) => `${a.bytes("bytes")} of it are swapped out`,
  "profileEvidence.writes": (a) => `${a.bytes("bytes")} to disk each second`,
  "profileEvidence.calls": (a) => `${a.number("rate")} calls a second, of ${a.bytes("bytes")} each`,
  "profileEvidence.disk": (a) =>
    `busy ${a.ratio("ratio")} of the time, by whomever; a request takes ${shortMs(a, "ms")}${a.has("own") ? `; ${a.ratio("own")} of its bytes are this process's` : ""}`,
  "profileEvidence.blocks": (a) =>
    `${a.ratio("ratio")} of its busy time, in ${a.count("samples", "sample")}${a.has("p95Ms") ? `; ${a.text("operation")} takes ${shortMs(a, "p50Ms")}, one in twenty ${shortMs(a, "p95Ms")} or more` : ""}${a.optional("path", "; ")}`,
  "profileEvidence.fileWaits": (a) =>
    `${a.number("ratio")} under way at any time; ${a.text("operation")} takes ${shortMs(a, "p50Ms")}, one in twenty ${shortMs(a, "p95Ms")} or more${a.has("callerRatio") ? `; ${a.ratio("callerRatio")} of the time from here` : ""}`,
  "profileEvidence.calls95": (a) =>
    `${a.count("count", "call")}, ${shortMs(a, "p50Ms")} each, one in twenty ${shortMs(a, "p95Ms")} or more; ${a.number("ratio")} under way at any time`,
  "profileEvidence.unread": (a) => `${a.bytes("bytes")} waited at once, in ${a.count("looks", "look")}`,
  "profileEvidence.unsent": (a) => `${a.bytes("bytes")} were not confirmed at once, in ${a.count("looks", "look")}`,
  "profileEvidence.writesFile": (a) =>
    `${a.bytes("bytes")} to disk each second, ${a.bytes("fileBytes")} of them into it; it moved in ${a.number("moved")} of ${a.count("looks", "look")}`,
  "profileEvidence.link": (a) =>
    `${a.number("count")} lost or wrong, of ${a.count("packets", "packet")}, whoever they were for`,
  "profileEvidence.retransmits": (a) =>
    `${a.ratio("ratio")} of ${a.count("segments", "segment")}${a.positive("own") ? `, ${a.count("own", "connection")} of its own among them` : ", none seen of its own"}`,
  "profileEvidence.loop": (a) => `one timer in a hundred comes ${a.duration("ms")} late or more`,
  "profile.malformed": (a) => `${a.quoted("file")} is no profile that can be read: ${a.text("reason")}.`,
  "profile.readerEnded": (a) =>
    `${a.quoted("file")} could not be read: what read it ended${a.optional("reason", " (", ")")}. Record for a shorter time, and open that.`,
  "profile.gone": () =>
    "This profile was not kept over the reload of the window. Record it again, or open the file it was saved to.",
};
