import type { BlameKind, BlameMeasure, BlameNode, BlameReport } from "../engine/protocol/blame.ts";
import { bytesText, countText, durationText, numberText } from "./figures.ts";
import { localMinute } from "./moment.ts";

/** Names of what an icicle of blame shows, in one way for page and command line. */

const KIND_NAMES: Readonly<Record<BlameKind, (name: string, node: Partial<BlameNode>) => string>> = {
  swarm: (name) => name,
  own: () => "Swarm Allocator itself",
  agent: (name) => name,
  support: () => "support",
  itself: () => "the agent itself",
  helper: (name) => `helper ${name}`,
  tool: (name) => `tool ${name}`,
  service: (name) => `service ${name}`,
  unknownRole: () => "role not known",
  // An agent's own process has its pid in its name already.
  process: (name, { pid }) => (pid === undefined || name.endsWith(` ${pid}`) ? name : `${name} ${pid}`),
  mainThread: (name) => (name === "" ? "main thread" : `main thread (${name})`),
  thread: (name) => `thread ${name}`,
  undivided: () => "ended or unseen threads",
  function: (name) => name,
  notProfiled: () => "not profiled",
  read: () => "read",
  written: () => "written",
  others: (_name, { count }) => `others (${numberText(count ?? null)})`,
};

export function blameName(node: Pick<BlameNode, "kind" | "name"> & Partial<BlameNode>): string {
  return KIND_NAMES[node.kind](node.name, node) || "(no name)";
}

/** What a colour stands for: things of one group have one. */
export const BLAME_GROUPS: Readonly<Record<BlameKind, string>> = {
  swarm: "swarms",
  own: "the allocator",
  agent: "agents",
  support: "support",
  itself: "agents",
  helper: "helpers",
  tool: "tools",
  service: "support",
  unknownRole: "role not known",
  process: "processes",
  mainThread: "threads",
  thread: "threads",
  read: "read",
  function: "functions",
  undivided: "not divided",
  notProfiled: "not divided",
  written: "written",
  others: "others",
};

export const MEASURE_NAMES: Readonly<Record<BlameMeasure, string>> = {
  cpu: "CPU time",
  memory: "Memory",
  io: "Disk I/O",
};

/** What the values are, for a sentence. */
export const MEASURE_MEANINGS: Readonly<Record<BlameMeasure, string>> = {
  cpu: "CPU seconds",
  memory: "resident memory, mean over the time measured; pages that processes share count in each",
  io: "bytes read from and written to storage",
};

/** `812 s` or `1.2 GB`. */
export function blameFigure(value: number, { unit }: Pick<BlameReport, "unit">): string {
  return unit === "bytes" ? bytesText(value) : cpuText(value);
}

/** CPU seconds stay seconds up to two hours: they are compared with each other. */
export function cpuText(seconds: number): string {
  if (seconds < 0.9995) return durationText(seconds * 1_000);
  return seconds < 7_200 ? `${numberText(seconds, seconds < 99.95 ? 1 : 0)} s` : durationText(seconds * 1_000);
}

/** `all swarms, 2026-11-24 14:03 to 15:03`. */
export function blameTitle(report: BlameReport): string {
  const { swarmId, swarmLabel } = report;
  return `${swarmId === null ? "all swarms" : (swarmLabel ?? swarmId)}, ${blameRange(report)}`;
}

export function blameRange({ fromMs, toMs }: Pick<BlameReport, "fromMs" | "toMs">): string {
  const [from, to] = [localMinute(fromMs), localMinute(toMs)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} to ${sameDay ? to.slice(11) : to}`;
}

/** What is not in the picture, a sentence each. */
export function blameGaps(report: BlameReport): readonly string[] {
  const { rangeMinutes, measuredMinutes, oldestMs, fromMs, unknownMinutes, unknownProcesses, folded } = report;
  const missing = rangeMinutes - measuredMinutes;
  return [
    ...(missing > 0 && measuredMinutes > 0
      ? [
          `Nothing was accounted in ${countText(missing, "minute")} of ${numberText(rangeMinutes)}${
            oldestMs !== null && oldestMs > fromMs ? `: accounts begin at ${localMinute(oldestMs)}` : ""
          }.`,
        ]
      : []),
    ...(unknownMinutes > 0
      ? [
          `Not known, and in no sum: ${countText(unknownMinutes, "minute")} of ${countText(unknownProcesses, "process", "processes")}.`,
        ]
      : []),
    ...(folded > 0 ? [`The ${numberText(folded)} smallest are put together as others.`] : []),
  ];
}

/** Why there is nothing, and what to do; `null` when there is something. */
export function blameEmpty(report: BlameReport): string | null {
  const { total, oldestMs, toMs, measuredMinutes, unknownMinutes, swarmId, by } = report;
  if (total > 0) return null;
  if (oldestMs === null)
    return "Nothing has been accounted yet. Processes are accounted minute by minute while the engine runs: look again in a minute.";
  if (measuredMinutes === 0 && unknownMinutes === 0)
    return oldestMs >= toMs
      ? `Nothing was accounted in this time: accounts begin at ${localMinute(oldestMs)}. Choose a later time.`
      : "Nothing was accounted in this time: the engine did not run. Choose another time.";
  if (unknownMinutes > 0)
    return by === "memory"
      ? "Memory is not known for this time: an older version kept its peaks only. Choose a later time, or CPU or I/O."
      : "The system does not tell this of processes here. Choose another measure.";
  if (swarmId !== null) return "No process of this swarm used any in this time. Choose a longer time, or all swarms.";
  return "No process used any in this time. Choose a longer time, or another measure.";
}
