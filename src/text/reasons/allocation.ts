import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** What swarms are given of the machine. */
export const allocationReasons: ReasonTexts = {
  "allocation.invalid": (a) => `The allocation is not valid${a.optional("path", " at ")}: ${a.text("problem")}.`,
  "allocation.busy": () => "Another allocation is under way. Wait for its end, then try again.",
  "allocation.unknown": (a) => `There is no allocation ${a.quoted("id")}.`,
  "allocation.undone": (a) => `The allocation ${a.quoted("id")} was undone already.`,
  "allocation.nothingToUndo": (a) => `Nothing of the allocation ${a.quoted("id")} is in force.`,
  "allocation.noneToUndo": () => "There is no allocation that can be taken back.",
  "allocation.overtaken": (a) => `A later allocation, ${a.quoted("by")}, has set the same things. Undo that one first.`,
  "allocation.changedSince": (a) =>
    `Somebody has set ${whatText(a)} to something else since. It stays as it is; set it by hand if it is to change.`,
  "allocation.changedBefore": (a) =>
    `${capital(whatText(a))} has changed since the plan was shown: it would not do what was agreed to. Look at it again.`,
  "allocation.deadline": (a) => `Setting ${a.text("resource")} was not confirmed within ${a.seconds("seconds")}.`,
  "allocation.belowNeed": (a) =>
    `An agent needs ${a.bytes("needBytes")} (95% of those seen needed no more); a limit of ${a.bytes("limitBytes")} is below that.`,
  "allocation.needUnknown": (a) =>
    `What an agent of ${a.quoted("swarmId")} needs is not known yet, so no limit can be called safe. Let at least three of them work first.`,
  "allocation.belowUse": (a) =>
    `${a.bytes("usedBytes")} are in use now; a limit of ${a.bytes("limitBytes")} is below that.`,
  "allocation.noRoom": (a) =>
    a.has("eachBytes")
      ? `${a.count("more", "agent")} more would need ${a.bytes("eachBytes")} each, and ${a.bytes("leftBytes")} are left: ${a.number("fits")} would fit.`
      : `What an agent needs is not known yet: ${a.number("fits")} more may start, not ${a.number("more")}.`,
  "allocation.noIdentity": () =>
    "This system does not tell processes apart well enough to act on them: nothing that runs is limited here.",
  "allocation.agentGone": () => "The agent ended meanwhile.",
  "allocation.agentsGone": (a) => `${a.count("agents", "agent")} ended meanwhile.`,
  "allocation.noAgents": (a) => `${a.quoted("swarmId")} has no agent now; those that start get it.`,
  "allocation.niceOneWay": (a) =>
    `Without a privilege a nice value cannot be lowered below ${a.number("lowest")}: agents that were slowed stay so until they are replaced.`,
  "allocation.niceRefused": (a) =>
    `The system does not let you set the nice value ${a.number("nice")}: without a privilege (CAP_SYS_NICE, RLIMIT_NICE) ${a.number("lowest")} is the lowest, and none below the present one.`,
  "allocation.niceOtherwise": (a) =>
    `Process ${a.number("pid")} was to have the nice value ${a.number("nice")} and has ${a.number("now")}.`,
  "allocation.noIonice": () => "The command 'ionice' is not there (package util-linux): I/O levels cannot be set.",
  "allocation.ioUnreadable": (a) => `'ionice' answered ${a.quoted("line")}, which is no level that is given here.`,
  "allocation.ioOtherwise": (a) =>
    `Process ${a.number("pid")} was to have the I/O level ${a.text("level")} and has ${a.text("now")}.`,
  "allocation.noCgroup": (a) => `${a.text("file")} cannot be set: ${whyNoCgroup(a)}.`,
  "allocation.cgroupRefused": (a) => `${a.text("path")} could not be written: ${a.text("reason")}.`,
  "allocation.cgroupOtherwise": (a) => `${a.text("path")} was to say ${a.text("wanted")} and says ${a.text("now")}.`,
  "allocation.noPrlimit": () =>
    "The command 'prlimit' is not there (package util-linux): limits of processes cannot be set.",
  "allocation.reservesAddressSpace": (a) =>
    `${a.has("program") ? a.quoted("program") : "A program that is not known"} reserves far more address space than it uses, and a limit on that would end it. Limit its data instead (dataBytes).`,
  "allocation.limitOtherwise": (a) =>
    `The limit${a.optional("pid", " of process ")} was to be ${limitText(a, "wantedBytes")} and is ${limitText(a, "nowBytes")}.`,
  "allocation.memoryByRecycling": (a) =>
    `${a.count("agents", "agent")} without a control group: an idle one above the limit is replaced, one with a task is left alone (${a.number("over")} above it now, ${a.number("busy")} of them busy).`,
  "allocation.overQuota": (a) =>
    `The working folders of ${a.quoted("swarmId")} hold ${a.bytes("usedBytes")}, its quota is ${a.bytes("quotaBytes")}: it takes no new tasks. Nothing is removed; make room, or raise the quota.`,
  "allocation.outputFixed": (a) => `How much output of ${a.quoted("swarmId")} is kept cannot be changed.`,
  "allocation.partlyMeasured": (a) =>
    `The working folders are large: at least ${a.bytes("usedBytes")} are in use, the rest was not counted.`,
  "allocation.noWeight": (a) =>
    `A CPU weight of ${a.number("weight")} is left out: without control groups of version 2 there are none.`,
  "allocation.lanesShared": (a) =>
    `Lanes are shared: their capacities count for all of these swarms together: ${a.text("swarms")}.`,
  "allocation.lanesKept": (a) =>
    `${a.text("lanes")}: not made narrower, because ${a.text("swarms")} may use them too. Agents are shared by the lanes then, and waits may differ from what is expected.`,
  "allocation.lanesNarrowed": (a) =>
    `Fewer tasks at once in ${a.text("lanes")}, whatever the load will be: when more comes it waits, and more agents do not help. Undo the allocation, or resize the lane then.`,
  "allocation.endWorking": (a) =>
    `Of the agents of ${a.quoted("swarmId")} that will end, ${a.number("agents")} have a task: it runs to its end first.`,
  "allocation.noBandwidth": () =>
    "Bytes on the wire are not limited, only how many tasks go on at once: a user cannot limit them without a privilege.",
  "allocation.noLane": () => "Name at least one lane.",
  "allocation.laneOtherwise": (a) =>
    `The lane ${a.text("lane")} was to let ${a.number("wanted")} in at once and lets ${a.number("now")}.`,
  "allocation.commandFailed": (a) => `${a.text("command")} failed: ${a.text("reason")}.`,
  "allocation.commandHung": (a) => `${a.text("command")} did not end within ${a.seconds("seconds")} and was ended.`,
  "resources.invalid": (a) =>
    `${a.quoted("file")}${a.optional("path", ", at ")}: ${a.text("problem")} (${a.count("problems", "problem")} in all). The README shows what a resources file may hold.`,
  "agent.busy": (a) =>
    `The agent (pid ${a.number("pid")}) has a task or is not ready: it is not replaced. Wait until it is idle.`,
};

const WHY_NO_CGROUP: Readonly<Record<string, string>> = {
  noVersion2: "there is no control group hierarchy of version 2",
  shared:
    "the agent shares its control group with others. Start it with 'systemd-run --user --scope' to give it its own",
  noController: "its control group does not have that controller",
  notWritable: "its control group may not be written",
  unknown: "its control group cannot be read",
};

function whyNoCgroup(a: ReasonArgs): string {
  const why = a.text("why");
  return Object.hasOwn(WHY_NO_CGROUP, why) ? (WHY_NO_CGROUP[why] ?? why) : why;
}

/** `agents docs` is how a place is named: the agents of 'docs'. */
function whatText(a: ReasonArgs): string {
  const [resource = "", swarm = ""] = a.text("what").split(" ");
  if (resource === "network") return "the capacity of a lane";
  return swarm === "" ? `the ${resource}` : `the ${resource} of '${swarm}'`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function limitText(a: ReasonArgs, key: string): string {
  return a.has(key) ? a.bytes(key) : "none";
}
