import type {
  ApplicationReport,
  LaneTasks,
  PathLink,
  ProfiledTasks,
  TaskSpread,
  WaitCause,
} from "../engine/protocol/profiling.ts";
import { countText, durationText, numberText, ratioText } from "./figures.ts";
import { printable } from "./printable.ts";
import { reasonText } from "./reasons.ts";

const CAUSES: Readonly<Record<WaitCause, string>> = {
  agent: "its agent was busy",
  place: "its lane or swarm was full",
  retry: "its run before failed or was cut off",
  nothing: "",
  unknown: "no agent or place came free right before: not known what for",
};
/** Agents are told apart by the ends of their ids, which are long. */
const AGENT_LETTERS = 8;

/** What the runtime says of itself or why it says nothing, and what the tasks of its swarm did, a line each. */
export function applicationWords(application: ApplicationReport): string[] {
  const { runtimeReason, tasks } = application;
  const told = [runtimeText(application), resourcesText(application)].filter((line) => line !== null);
  const why = runtimeReason === null ? [] : [`event loop: ${reasonText(runtimeReason)}`];
  return [...told, ...why, ...(tasks === null ? [] : taskLines(tasks))];
}

/** What the runtime says of itself, in one line; `null` where it says nothing. */
function runtimeText(application: ApplicationReport): string | null {
  const { loopDelayP50Ms, loopDelayP99Ms, loopDelayMaxMs, loopBusyRatio, nodeVersion } = application;
  if (nodeVersion === null) return null;
  const delay =
    loopDelayP99Ms === null
      ? "event loop: no timer came"
      : `event loop late by ${numberText(loopDelayP50Ms)} ms (median), ${numberText(loopDelayP99Ms)} ms (99%), ${numberText(loopDelayMaxMs)} ms (most)`;
  return `Node ${printable(nodeVersion)} · ${delay} · loop busy ${ratioText(loopBusyRatio)}`;
}

/** Handles and requests that keep the process alive; `null` of none. */
function resourcesText({ resources }: ApplicationReport): string | null {
  if (resources.length === 0) return null;
  return `keeps open: ${resources.map(({ name, count }) => `${count} ${printable(name)}`).join(", ")}`;
}

/** What the tasks of the swarm did: a line for each lane, and the critical path of a batch. */
function taskLines(tasks: ProfiledTasks): string[] {
  const { swarmId, lanes, running, whole, batches, path } = tasks;
  return [
    `tasks of ${printable(swarmId)} (${tasks.source}): ${running} running at the end${whole ? "" : "; so many ran that the oldest are left out"}`,
    ...(lanes.length === 0 ? ["none began or ended in this time"] : lanes.map(laneText)),
    ...(path === null
      ? [batches === 0 ? "no batch of two tasks or more was over in this time" : "of no batch a path is known"]
      : [
          `critical path of ${batches === 1 ? "the batch" : `the longest of ${batches} batches`}: ${countText(path.tasks, "task")} by ${countText(path.agents, "agent")} in ${durationText(path.makespanMs)}; ${path.linkCount} on the path, ran ${durationText(path.runMs)}, waited ${durationText(path.waitMs)}`,
          ...(path.links.length < path.linkCount ? [`  the last ${path.links.length}:`] : []),
          ...path.links.map(linkText),
        ]),
  ];
}

function laneText({ lane, wait, run, done, failed, again }: LaneTasks): string {
  const ends = [
    `${done} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(again > 0 ? [`${again} to run again`] : []),
  ].join(", ");
  return `${lane}: ${ends} · waited ${spreadText(wait)} · ran ${spreadText(run)}`;
}

/** What too few are for is left out: a percentile of five tasks is one of the five. */
function spreadText({ count, p50Ms, p95Ms, p99Ms, mostMs }: TaskSpread): string {
  if (count === 0 || mostMs === null) return "unknown";
  const parts = [
    ...(p50Ms === null ? [] : [`${durationText(p50Ms)} (median)`]),
    ...(p95Ms === null ? [] : [`${durationText(p95Ms)} (95%)`]),
    ...(p99Ms === null ? [] : [`${durationText(p99Ms)} (99%)`]),
    `${durationText(mostMs)} (most of ${count})`,
  ];
  return parts.join(", ");
}

function linkText({ label, agentId, waitMs, runMs, waitedFor, inBatch }: PathLink): string {
  const why = CAUSES[waitedFor];
  const other = inBatch ? "" : ", not of this batch";
  return `  waited ${durationText(waitMs)}, ran ${durationText(runMs)}: ${printable(label)} on …${printable(agentId.slice(-AGENT_LETTERS))}${why === "" ? "" : ` (${why})`}${other}`;
}
