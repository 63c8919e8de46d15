import type { Growth, GrowthPattern, LeakSuspect, MemoryReport } from "../engine/protocol/profiling.ts";
import { bytesPerSecondText, bytesText, countText, durationText, ratioText } from "./figures.ts";
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

const SERIES: Readonly<Record<Growth["series"], string>> = { rss: "RSS", heapUsed: "heap" };

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
  const open = pattern === "leak" && falls === 0 ? "; no collection was seen, so a part may be garbage" : "";
  return `${SERIES[series]}: ${PATTERNS[pattern]}${rate}${sure} (derived, ${countText(points, "look")})${open}`;
}

/** `60 MB more, in 11 of 11 looks`. */
export function suspectText({ grownBytes, grownLooks, looks }: LeakSuspect): string {
  return `${bytesText(grownBytes)} more, in ${grownLooks} of ${looks} looks`;
}

/** When a look was taken, from the start of the profile: `5 s`. */
export function sinceText(atMs: number): string {
  return atMs === 0 ? "0 s" : durationText(atMs);
}

/** Why no allocation sites are told; nothing where they are. */
export function sitesNote({ leaksReason }: MemoryReport): string | null {
  return leaksReason === null ? null : `allocation sites: ${reasonText(leaksReason)}`;
}

function trendText(confidence: number): string {
  return confidence < LEAST_CONFIDENCE ? ", no trend seen" : `, a trend with ${sureText(confidence)} confidence`;
}

/** Nothing is certain: what rounds to all is told as more than 99%. */
function sureText(confidence: number): string {
  return confidence > 0.99 ? "over 99%" : ratioText(confidence);
}
