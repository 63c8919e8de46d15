import type { ReasonTexts } from "../reasonArgs.ts";

/** What becomes of tasks, and why some are not taken. */
export const taskReasons: ReasonTexts = {
  "task.unknown": (a) => `There is no task ${a.quoted("taskId")}. List them with 'tasks'.`,
  "task.over": () => "The task is over already.",
  "task.notRetryable": (a) =>
    `The task is ${a.text("state")}. Only one that failed or was cancelled can be asked for again.`,
  "task.failed": (a) => `The agent says it failed: ${a.text("error")}`,
  "task.exitCode": (a) => `It ended with exit code ${a.number("code")}${a.optional("stderr", ": ")}.`,
  "task.timeout": (a) => `It took longer than ${a.seconds("seconds")} and was ended. A task may name a longer time.`,
  "task.agentDied": (a) => `Its agent died under it: ${a.text("how")}.`,
  "task.lostTooOften": (a) => `${a.count("deaths", "agent")} died under it, so it is given to no other.`,
  "task.swarmGone": (a) => `${a.quoted("swarmId")} is no longer configured. Define it again, then retry the task.`,
  "task.promptEmpty": () => "The prompt is empty. Write what is to be done.",
  "task.promptTooLong": (a) =>
    `The prompt has ${a.bytes("bytes")}; at most ${a.bytes("limit")} are taken. Put the rest into a file and name it.`,
  "task.notWellFormed": () => "The prompt holds half of a character (a lone surrogate). Write it as valid Unicode.",
  "task.controlCharacter": (a) =>
    `The prompt holds the control character ${a.text("code")} at position ${a.number("position")}. Remove it; tabs and line breaks may stay.`,
  "task.argumentTooLong": (a) =>
    `The prompt has ${a.bytes("bytes")}, and this swarm's command takes it as an argument of at most ${a.bytes("limit")}. Leave '{prompt}' out of its arguments to have it on standard input.`,
  "task.argumentDash": () =>
    "The prompt begins with '-' and would be taken for an option. Put '--' before '{prompt}' in the swarm's arguments, or leave it out.",
  "task.inputNotPrompt": (a) => `${a.quoted("swarmId")} runs commands, which take a prompt and no JSON input.`,
  "task.noLines": (a) => `${a.quoted("path")} has no line that says anything.`,
  "task.tooMany": (a) =>
    `${a.quoted("path")} has ${a.number("lines")} lines; at most ${a.number("max")} are taken at once. Split it.`,
  "task.whichSwarm": (a) =>
    `Say which swarm is to do it, with --swarm-id. ${a.has("known") ? `There are: ${a.text("known")}.` : "There is none yet: start one with 'swarm-start'."}`,
  "lane.draining": (a) => `The lane ${a.text("lane")} is draining and takes nothing new. Resume it first.`,
  "faults.demoOnly": (a) => `Faults are for the demo swarm only, not for ${a.quoted("swarmId")}.`,
};
