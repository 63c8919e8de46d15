import type { DiskLoad, DiskRequests } from "../../engine/protocol/profilingIo.ts";
import { added, addedWrapping, counts } from "./counters.ts";

const SECTOR_BYTES = 512;
/** So many requests at once, each for the whole time, are more than any disk has. */
const MOST_AT_ONCE = 100_000;

/** Counters of one direction since the machine began. */
interface Direction {
  readonly requests: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface DiskCounters {
  readonly reads: Direction;
  readonly writes: Direction;
  readonly busyMs: number;
  /** Time of all requests together. */
  readonly weightedMs: number;
}

/** Whole disks by name; partitions are in them, and what lies in memory is none. See Documentation/admin-guide/iostats.rst. */
export function parseDisks(text: string, whole: ReadonlySet<string>): ReadonlyMap<string, DiskCounters> {
  const disks = new Map<string, DiskCounters>();
  for (const line of text.split("\n")) {
    const [, , name = "", ...rest] = line.trim().split(/\s+/);
    if (!whole.has(name) || /^(?:loop|ram|zram)\d/.test(name)) continue;
    const fields = counts(rest.slice(0, 11));
    if (fields?.length !== 11) continue;
    const [reads = 0, , readSectors = 0, readMs = 0, writes = 0, , writeSectors = 0, writeMs = 0] = fields;
    disks.set(name, {
      reads: { requests: reads, bytes: readSectors * SECTOR_BYTES, ms: readMs },
      writes: { requests: writes, bytes: writeSectors * SECTOR_BYTES, ms: writeMs },
      ...{ busyMs: fields[9] ?? 0, weightedMs: fields[10] ?? 0 },
    });
  }
  return disks;
}

/**
 * How a disk stood over `ms`; `null` when its counters began anew meanwhile.
 * @throws RangeError for a time that is none
 */
export function diskLoad(name: string, before: DiskCounters, after: DiskCounters, ms: number): DiskLoad | null {
  if (!(ms > 0)) throw new RangeError(`ms must be > 0, got ${ms}`);
  const most = ms * MOST_AT_ONCE;
  const direction = (one: Direction, other: Direction) => {
    const requests = added(one.requests, other.requests);
    const bytes = added(one.bytes, other.bytes);
    const waited = addedWrapping(one.ms, other.ms, most);
    return requests === null || bytes === null || waited === null ? null : { requests, bytes, ms: waited };
  };
  const reads = direction(before.reads, after.reads);
  const writes = direction(before.writes, after.writes);
  const busyMs = addedWrapping(before.busyMs, after.busyMs, most);
  const weightedMs = addedWrapping(before.weightedMs, after.weightedMs, most);
  if (reads === null || writes === null || busyMs === null) return null;
  const requests = reads.requests + writes.requests;
  const told = (one: Direction): DiskRequests => ({
    perSecond: (one.requests * 1000) / ms,
    meanBytes: one.requests > 0 ? one.bytes / one.requests : null,
    awaitMs: one.requests > 0 ? one.ms / one.requests : null,
  });
  return {
    name,
    readBytesPerSecond: (reads.bytes * 1000) / ms,
    writeBytesPerSecond: (writes.bytes * 1000) / ms,
    utilisationRatio: Math.min(1, busyMs / ms),
    awaitMs: requests > 0 ? (reads.ms + writes.ms) / requests : null,
    ...{ reads: told(reads), writes: told(writes) },
    queueDepth: weightedMs === null ? null : weightedMs / ms,
  };
}
