import type { Overview } from "../../engine/protocol/rpc.ts";
import type { SourceTag, Usage } from "../../engine/protocol/model.ts";
import { durationText, numberText } from "../../text/figures.ts";
import { DASH, show } from "../show.ts";

/**
 * CPU is shown as a share of what this machine may really use (its cores, or the cgroup quota above us) everywhere: on
 * agents, swarms and in the status bar. So shares of one machine can be added and compared; tooltips give cores too.
 */
export function cpuShare(usage: Usage, overview: Overview): number | null {
  const capacity = overview.host?.cpuCapacityCores ?? null;
  return usage.cpuCores === null || capacity === null || !(capacity > 0) ? null : usage.cpuCores / capacity;
}

/** Sums what is known; `null` when nothing is. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  let sum: number | null = null;
  for (const value of values) if (value !== null) sum = (sum ?? 0) + value;
  return sum;
}

/**
 * `CPU 41% of this machine (0.82 of 2 cores) · derived over 1 s`: differences and sums of what was read are derived, and
 * only what was read as it is shown is measured.
 */
export function cpuLine(usage: Usage, overview: Overview): string {
  const capacity = overview.host?.cpuCapacityCores ?? null;
  if (usage.cpuCores === null) return `CPU ${DASH} · unknown: not seen for two samples yet, or not readable`;
  const cores = `${numberText(usage.cpuCores, 2)} of ${capacity === null ? "unknown" : numberText(capacity, 2)} cores`;
  return `CPU ${show.percent(cpuShare(usage, overview))} of this machine (${cores}) · ${tag("derived", overview)}`;
}

/** Resident sizes count pages that processes share once for each of them: a sum of them is an upper bound. */
export function memoryLine(usage: Usage, overview: Overview): string {
  if (usage.rssBytes === null) return `Memory ${DASH} · unknown: not readable`;
  const many = usage.processCount > 1 ? `, shared pages counted in each of ${usage.processCount} processes` : "";
  return `Memory ${show.bytes(usage.rssBytes)} resident${many} · ${tag(usage.processCount > 1 ? "derived" : "measured", overview, "now")}`;
}

export function ioLine(usage: Usage, overview: Overview): string {
  return `Storage read ${show.bytes(usage.readBytes)}, written ${show.bytes(usage.writeBytes)} since start · ${
    usage.readBytes === null && usage.writeBytes === null ? "unknown" : tag("derived", overview, "since start")
  }`;
}

/** Where a figure comes from and what span of time it rests on. */
export function tag(
  source: SourceTag,
  overview: Overview,
  window: "interval" | "now" | "since start" = "interval",
): string {
  if (source === "unknown") return "unknown";
  if (window === "now") return `${source}, at the last sample`;
  if (window === "since start") return `${source}, since the start of each process`;
  return overview.intervalMs === null
    ? `${source}, first sample`
    : `${source} over ${durationText(overview.intervalMs)}`;
}

/** When all of it was read. A time of day, because an age would be wrong a second later. */
export function sampledLine(overview: Overview): string {
  return `Sampled ${show.clock(overview.wallMs)}`;
}
