import type {
  AllocationReport,
  ForcedCollections,
  ProfileFrame,
  SwarmMemoryReport,
} from "../engine/protocol/profiling.ts";
import { bytesPerSecondText, bytesText, countText, durationText } from "./figures.ts";
import { printable } from "./printable.ts";

const MOST_SITES = 5;
/** Shares of fewer samples are chance. */
const LEAST_SAMPLES = 20;

/** `  file:line`, or nothing. */
export function framePlace({ file, line }: ProfileFrame): string {
  if (file === null) return "";
  return `  ${printable(file)}${line === null ? "" : `:${line}`}`;
}

/** What is allocated, and of the places that allocate most how much stays. */
export function allocationLines({ sampledMs, samples, allocatedBytesPerSecond, sites }: AllocationReport): string[] {
  const rate = (value: number | null) => (value === null ? "unknown" : bytesPerSecondText(value));
  return [
    `allocates ${bytesPerSecondText(allocatedBytesPerSecond)} (derived, ${countText(samples, "sample")} in the first ${durationText(sampledMs)})`,
    ...sites
      .filter((site) => site.allocatedBytesPerSecond !== null)
      .slice(0, samples < LEAST_SAMPLES ? 0 : MOST_SITES)
      .map(
        (site) =>
          `  ${rate(site.allocatedBytesPerSecond)}, of which ${rate(site.freedBytesPerSecond)} is freed: ${printable(site.name)}${framePlace(site)}`,
      ),
  ];
}

/** What the looks at the heap cost the process. */
export function collectionsText({ count, totalMs, mostMs }: ForcedCollections): string {
  return `looking at the heap: ${countText(count, "full collection")}, ${durationText(totalMs)} in all, at most ${durationText(mostMs)}`;
}

/** Memory of all processes of the swarm, and what reading it costs. */
export function swarmMemoryLines({
  swarmId,
  rounds,
  roundMs,
  cpuMsPerRound,
  agentCount,
  source,
}: SwarmMemoryReport): string[] {
  const first = rounds[0];
  const last = rounds.at(-1);
  if (first === undefined || last === undefined) return [];
  const pss = last.pssBytes === null ? "" : `, PSS ${bytesText(last.pssBytes)}`;
  const grown = last.rssBytes - first.rssBytes;
  const change =
    rounds.length < 2 || grown === 0
      ? ""
      : `, RSS ${grown > 0 ? "+" : "−"}${bytesText(Math.abs(grown))} since the first look`;
  const left = last.leftOut === 0 ? "" : `, ${last.leftOut} more not looked at`;
  return [
    `whole swarm ${printable(swarmId)} (${source}): ${countText(last.processes, "process", "processes")} of ${countText(agentCount, "agent")}${left}: RSS ${bytesText(last.rssBytes)}${pss}${change}`,
    `  reading that costs ${durationText(cpuMsPerRound)} of CPU every ${durationText(roundMs)}, spread over them`,
  ];
}
