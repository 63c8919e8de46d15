import type { ReasonTexts } from "../reasonArgs.ts";

const flag = (name: string): string => `--${name}`;

/** The command line itself: what was typed, and waiting that was given up. */
export const commandReasons: ReasonTexts = {
  "verb.missing": () => "Name a verb; 'swarm-allocator help' lists them.",
  "verb.unknown": (a) =>
    `There is no verb ${a.quoted("verb")}.${a.has("nearest") ? ` Did you mean '${a.text("nearest")}'?` : " 'swarm-allocator help' lists them."}`,
  "flag.unknown": (a) =>
    `${a.has("verb") ? `${a.quoted("verb")} has no flag` : "There is no flag"} ${a.quoted("flag")}.${a.has("nearest") ? ` Did you mean '${flag(a.text("nearest"))}'?` : ` '${a.optional("verb", "", " ")}--help' lists them.`}`,
  "flag.invalid": (a) => `${flag(a.text("flag"))} cannot be ${a.quoted("value")}: ${a.text("problem")}.`,
  "flag.missing": (a) => `${flag(a.text("flag"))} is missing: ${a.text("problem")}.`,
  "flag.noValue": (a) => `${flag(a.text("flag"))} needs a value.`,
  "flag.takesNoValue": (a) => `${flag(a.text("flag"))} takes no value, got ${a.quoted("value")}.`,
  "flag.repeated": (a) => `${flag(a.text("flag"))} was given more than once.`,
  "flags.conflict": (a) => `The flags do not fit together: ${a.text("problem")}.`,
  "argument.unexpected": (a) => `${a.quoted("value")} is not expected here; values are given with flags.`,
  "file.unreadable": (a) => `The file ${a.quoted("path")} cannot be read: ${a.text("reason")}.`,
  "file.notJson": (a) => `The file ${a.quoted("path")} is not JSON: ${a.text("reason")}.`,
  "file.exists": (a) =>
    `The file ${a.quoted("path")} exists and was left as it is. Choose another name, or add --force to replace it.`,
  "file.unwritable": (a) =>
    `The file ${a.quoted("path")} cannot be written: ${a.text("reason")}. Choose another place.`,
  "forecast.noSwarm": () =>
    "No swarm is managed now, so there is no demand to forecast. Start one ('swarm-start'), or forecast a file with --input FILE --horizon STEPS.",
  "forecast.whichSwarm": (a) => `There is more than one swarm. Name one with --swarm-id: ${a.text("known")}.`,
  "metric.unknown": (a) =>
    `There is no metric ${a.quoted("metric")} of a ${a.has("scope") ? a.text("scope") : "swarm"}.${a.has("nearest") ? ` Did you mean '${a.text("nearest")}'?` : ` Known: ${a.text("known")}.`}`,
  "history.order": (a) =>
    `--from ${a.quoted("from")} is not before --to ${a.quoted("to")}. Give an earlier --from, or a later --to.`,
  "decision.noneToUndo": (a) =>
    `There is no decision${a.has("swarmId") ? ` about ${a.quoted("swarmId")}` : ""} that can be undone; 'decisions --json' says why of each.`,
  "confirm.needed": (a) =>
    `Process ${a.number("pid")} (${a.text("command")}) was started by somebody else${a.optional("openWork", " and has open work: ")}. Add --yes to stop it without being asked.`,
  "confirm.declined": (a) => `Process ${a.number("pid")} was left alone.`,
  "export.nothing": () => "There is nothing to export: the page Swarm Forecast shows no load yet.",
  "metrics.notReady": () => "Nothing has been measured yet. Try again in a second.",
  "confirm.inspector": (a) =>
    `This opens the inspector of process ${a.number("pid")} (${a.text("command")}) for a while. Nobody can be asked here: add --yes to agree${a.optional("otherwise", ", or ")}.`,
  "confirm.inspectorDeclined": (a) => `The process ${a.number("pid")} was left alone.`,
  "waiting.profilingEngine": (a) => `Profiling the engine for ${a.duration("ms")}.`,
  "waiting.profiling": (a) => `Profiling process ${a.number("pid")} for ${a.duration("ms")}.`,
  "waiting.submit": (a) =>
    `It is not known whether the tasks for ${a.quoted("swarmId")} were taken. See 'tasks'; with --key asking again is safe.`,
  "waiting.tasks": (a) => `The engine goes on with ${a.count("count", "task")}: ${a.text("ids")}. See 'task ID'.`,
  "waiting.cancel": (a) =>
    `It is not known whether task ${a.text("taskId")} was told to stop. See 'task ${a.text("taskId")}'.`,
  "waiting.retry": (a) => `It is not known whether task ${a.text("taskId")} was submitted again. See 'tasks'.`,
  "waiting.lane": (a) => `It is not known whether the lane ${a.text("lane")} was changed. See 'lanes'.`,
  "waiting.lease": (a) => `It is not known whether the lease ${a.text("leaseId")} was taken back. See 'lanes'.`,
  "waiting.breaker": (a) => `It is not known whether ${a.text("breakerId")} was changed. See 'breakers'.`,
  "waiting.start": (a) =>
    `Stopped waiting. The engine goes on starting ${a.quoted("swarmId")}; 'status' shows how far it is.`,
  "waiting.stop": (a) =>
    `Stopped waiting. The engine goes on ending the agents of ${a.quoted("swarmId")}; 'status' shows how far it is.`,
  "waiting.scale": (a) =>
    `Stopped waiting. The engine goes on bringing ${a.quoted("swarmId")} to ${a.count("target", "agent")}; 'status' shows how far it is.`,
  "waiting.agent": (a) =>
    `Stopped waiting. The engine goes on ending agent ${a.quoted("agentId")}; 'status' shows whether it is gone.`,
  "waiting.decision": (a) =>
    `Stopped waiting. The engine goes on with decision ${a.quoted("decisionId")}; 'decisions' shows how it went.`,
  "waiting.allocation": () =>
    "Stopped. The engine takes back what was done; 'allocations' shows when it has, and what is left.",
  "waiting.allocated": (a) =>
    `Stopped. What was given to ${a.quoted("swarmId")} is taken back ('allocations' shows when it is); records of an orchestrator stay as they are now.`,
  "waiting.planned": (a) =>
    `Stopped waiting. If ${a.quoted("swarmId")} was being scaled already, the engine goes on with it; records of an orchestrator stay as they are now. See 'status'.`,
  "waiting.allocationUndo": () =>
    "Stopped waiting. The engine goes on taking the allocation back; 'allocations' shows how it went.",
  "waiting.backup": () => "Stopped waiting. The engine may still finish the copy; look at the file before you use it.",
  "waiting.restart": () => "Stopped waiting. The engine restarts; 'status' shows the new one.",
  "waiting.engine": () => "Stopped waiting. The engine goes on ending its agents and then itself.",
};
