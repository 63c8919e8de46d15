import { cleanText } from "../../engine/common/text.ts";
import {
  type Latency,
  type LatencyCaller,
  LATENCY_KINDS,
  type LatencyFigures,
  type LatencyKind,
  type LatencyPart,
} from "../../engine/protocol/profilingIo.ts";

const TOLD_PARTS = 8;
const TOLD_SLOWEST = 5;
const MOST_TOLD_TEXT = 200;
const MOST_ENTRIES = 300;

/** Steps of a histogram: so many to a doubling, from 1 µs on. */
export interface BucketScale {
  readonly buckets: number;
  readonly perDoubling: number;
}

interface Tally {
  readonly timed: number;
  readonly figures: LatencyFigures;
}

/**
 * What a process says it has timed, as figures. It is another process's word: anything that is no such thing is left out, and texts
 * are cut and cleaned.
 */
export function latenciesOf(told: unknown, scale: BucketScale): Latency[] {
  return listOf(told)
    .flatMap((one): Latency[] => {
      const kind = LATENCY_KINDS.find((name) => name === one["kind"]);
      const tally = tallyOf(one, scale);
      if (kind === undefined || tally === null) return [];
      return [
        {
          ...{ kind, count: Math.max(tally.timed, countOf(one["count"]) ?? 0), timed: tally.timed, ...tally.figures },
          watchedRatio: ratioOf(one["watched"]),
          parts: listOf(one["parts"])
            .flatMap((part): LatencyPart[] => {
              const figures = tallyOf(part, scale);
              const name = cleanText(String(part["name"]), MOST_TOLD_TEXT);
              return figures === null || name === "" ? [] : [{ name, timed: figures.timed, ...figures.figures }];
            })
            .toSorted((a, b) => b.totalMs - a.totalMs)
            .slice(0, TOLD_PARTS),
          slowest: slowestOf(one["slowest"]),
          callers: callersOf(one["callers"]),
        },
      ];
    })
    .toSorted((a, b) => order(a.kind) - order(b.kind));
}

function order(kind: LatencyKind): number {
  return LATENCY_KINDS.indexOf(kind);
}

function listOf(told: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(told)) return [];
  return told
    .slice(0, MOST_ENTRIES)
    .filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null);
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function msOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** All of the time, unless another share is told. */
function ratioOf(value: unknown): number {
  return Math.min(1, msOf(value) ?? 1);
}

function slowestOf(told: unknown): Latency["slowest"] {
  return listOf(told)
    .flatMap(({ ms, what }) => {
      const took = msOf(ms);
      return took === null || typeof what !== "string" ? [] : [{ what: cleanText(what, MOST_TOLD_TEXT), ms: took }];
    })
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, TOLD_SLOWEST);
}

function callersOf(told: unknown): LatencyCaller[] {
  return listOf(told)
    .flatMap(({ name, file, line, ratio, operations }): LatencyCaller[] => {
      if (typeof name !== "string" || typeof file !== "string" || typeof ratio !== "number") return [];
      if (!(ratio >= 0 && ratio <= 1)) return [];
      const names: readonly unknown[] = Array.isArray(operations) ? operations.slice(0, TOLD_PARTS) : [];
      return [
        {
          ...{ name: cleanText(name, MOST_TOLD_TEXT), file: cleanText(file), ratio },
          line: countOf(line),
          operations: names.map((one) => cleanText(String(one), MOST_TOLD_TEXT)),
        },
      ];
    })
    .toSorted((a, b) => b.ratio - a.ratio)
    .slice(0, TOLD_PARTS);
}

/** `null` unless the histogram holds exactly what was timed. */
function tallyOf(told: Readonly<Record<string, unknown>>, scale: BucketScale): Tally | null {
  const timed = countOf(told["timed"]);
  const [totalMs, maxMs] = [msOf(told["total"]), msOf(told["max"])];
  const pairs: unknown = told["buckets"];
  if (timed === null || timed === 0 || totalMs === null || maxMs === null || !Array.isArray(pairs)) return null;
  const counts = new Float64Array(scale.buckets);
  for (const pair of pairs.slice(0, scale.buckets) as unknown[]) {
    const [index, count] = (Array.isArray(pair) ? pair : []) as unknown[];
    const [at, many] = [countOf(index), countOf(count)];
    if (at === null || many === null || at >= scale.buckets) return null;
    counts[at] = (counts[at] as number) + many;
  }
  if (counts.reduce((sum, count) => sum + count, 0) !== timed) return null;
  const percentile = (ratio: number) => Math.min(maxMs, bucketPercentile(counts, timed, ratio, scale.perDoubling));
  return { timed, figures: { p50Ms: percentile(0.5), p95Ms: percentile(0.95), maxMs, totalMs } };
}

/** Nearest rank, told as the middle of its step, in ms: off by at most half a step (4.4% at eight to a doubling). */
function bucketPercentile(counts: Float64Array, timed: number, ratio: number, perDoubling: number): number {
  const rank = Math.max(1, Math.ceil(ratio * timed));
  let seen = 0;
  for (let index = 0; index < counts.length; index++) {
    seen += counts[index] as number;
    if (seen >= rank) return 2 ** ((index + 0.5) / perDoubling) / 1000;
  }
  throw new RangeError(`rank must be ≤ ${seen}, got ${rank}`);
}
