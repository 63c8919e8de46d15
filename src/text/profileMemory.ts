import type {
  AllocationReport,
  ForcedCollections,
  Growth,
  GrowthPattern,
  GrowthSeries,
  LeakSuspect,
  MemoryReport,
  SwarmMemoryReport,
} from "../engine/protocol/profiling.ts";
import { bytesPerSecondText, bytesText, countText, durationText, ratioText } from "./figures.ts";
import { printable } from "./printable.ts";
import { placeText } from "./profileFrame.ts";
import { reasonText } from "./reasons.ts";

const PATTERNS: Readonly<Record<GrowthPattern, string>> = {
  steady: "steady",
  sawtooth: "rises and falls, no leak seen",
  step: "rose in a step",
  leak: "grows like a leak",
  unknown: "too short to tell",
};

/** Below it a trend is as likely none. */
const LEAST_CONFIDENCE = 0.5;

const SERIES: Readonly<Record<GrowthSeries, string>> = {
  rss: "RSS",
  heapUsed: "heap",
  retained: "heap after collections",
};
const MOST_SITES = 5;
const MOST_CALLERS = 3;
/** Shares of fewer samples are chance. */
const LEAST_SAMPLES = 20;

/** `RSS 420 MB · PSS 400 MB · heap 210 MB`, as it was in the end. */
export function memorySummary({ snapshots }: MemoryReport): string {
  const last = snapshots.at(-1);
  const heap = last?.heapUsedBytes == null ? "" : ` · heap ${bytesText(last.heapUsedBytes)}`;
  const pss = last?.pssBytes == null ? "" : ` · PSS ${bytesText(last.pssBytes)}`;
  return `RSS ${bytesText(last?.rssBytes ?? null)}${pss}${heap}`;
}

/** `RSS: grows like a leak, 1.1 MB/s, a trend with over 99% confidence (derived, 13 looks)`. */
export function growthText({ series, pattern, bytesPerSecond, confidence, points, falls }: Growth): string {
  const rate = bytesPerSecond === null ? "" : `, ${bytesPerSecondText(bytesPerSecond)}`;
  const sure = confidence === null || pattern === "steady" ? "" : trendText(confidence);
  const mayBeGarbage = pattern === "leak" && series !== "retained" && falls === 0;
  const open = mayBeGarbage ? "; no collection was seen, so a part may be garbage" : "";
  const how = pattern === "unknown" && bytesPerSecond !== null ? "rises, no leak shown" : PATTERNS[pattern];
  return `${SERIES[series]}: ${how}${rate}${sure} (derived, ${countText(points, "look")})${open}`;
}

/** `60 MB more, in 11 of 11 looks, called by remember ← take`: of a small helper, who calls it tells most. */
export function suspectText({ grownBytes, grownLooks, looks, callers }: LeakSuspect): string {
  const names = callers.slice(0, MOST_CALLERS).map(({ name }) => printable(name));
  const called = names.length === 0 ? "" : `, called by ${names.join(" ← ")}`;
  return `${bytesText(grownBytes)} more, in ${grownLooks} of ${looks} looks${called}`;
}

/** What is allocated and freed, what the looks cost, and the memory of the whole swarm, a line each. */
export function memoryLines({ allocation, collections, swarm }: MemoryReport): string[] {
  return [
    ...(allocation === null ? [] : allocationLines(allocation)),
    ...(collections === null || collections.count === 0 ? [] : [collectionsText(collections)]),
    ...(swarm === null ? [] : swarmMemoryLines(swarm)),
  ];
}

/** When a look was taken, from the start of the profile: `5 s`. */
export function sinceText(atMs: number): string {
  return atMs === 0 ? "0 s" : durationText(atMs);
}

/** Why no leak can be told; nothing where one could. */
export function sitesNote({ leaksReason }: MemoryReport): string | null {
  return leaksReason === null ? null : `no leak can be told: ${reasonText(leaksReason)}`;
}

function trendText(confidence: number): string {
  return confidence < LEAST_CONFIDENCE ? ", no trend seen" : `, a trend with ${sureText(confidence)} confidence`;
}

/** Nothing is certain: what rounds to all is told as more than 99%. */
function sureText(confidence: number): string {
  return confidence > 0.99 ? "over 99%" : ratioText(confidence);
}

/** What is allocated, and of the places that allocate most how much stays. */
function allocationLines({ sampledMs, samples, allocatedBytesPerSecond, sites }: AllocationReport): string[] {
  const rate = (value: number | null) => (value === null ? "unknown" : bytesPerSecondText(value));
  return [
    `allocates ${bytesPerSecondText(allocatedBytesPerSecond)} (derived, ${countText(samples, "sample")} in the first ${durationText(sampledMs)})`,
    ...sites
      .filter((site) => site.allocatedBytesPerSecond !== null)
      .slice(0, samples < LEAST_SAMPLES ? 0 : MOST_SITES)
      .map(
        (site) =>
          `  ${rate(site.allocatedBytesPerSecond)}, of which ${rate(site.freedBytesPerSecond)} is freed: ${printable(site.name)}  ${placeText(site)}`,
      ),
  ];
}

/** What the looks at the heap cost the process. */
function collectionsText({ count, totalMs, mostMs }: ForcedCollections): string {
  return `looking at the heap: ${countText(count, "full collection")}, ${durationText(totalMs)} in all, at most ${durationText(mostMs)}`;
}

/** Memory of all processes of the swarm, and what reading it costs. */
function swarmMemoryLines({
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
