import { readdirSync } from "node:fs";
import { CodedError } from "../../engine/common/errors.ts";
import type { DiskLoad, IoReport, LinkLoad } from "../../engine/protocol/profiling.ts";
import { isThere, readProc } from "./procTarget.ts";
import type { ProfileSource } from "./source.ts";

const LOOK_MS = 500;
const SECTOR_BYTES = 512;

/** Counters of `/proc/PID/io`, see proc_pid_io(5). */
export interface IoCounters {
  readonly rchar: number;
  readonly wchar: number;
  readonly syscr: number;
  readonly syscw: number;
  readonly readBytes: number;
  readonly writeBytes: number;
}

export interface DiskCounters {
  readonly requests: number;
  readonly requestMs: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly busyMs: number;
}

/** What a process has read and written so far; `null` when it is gone or somebody else's. */
export function readIo(pid: number): IoCounters | null {
  const text = readProc(pid, "io");
  if (text === null) return null;
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    rchar: field("rchar"),
    wchar: field("wchar"),
    syscr: field("syscr"),
    syscw: field("syscw"),
    readBytes: field("read_bytes"),
    writeBytes: field("write_bytes"),
  };
}

/** Whole disks by name; partitions are in them, and what lies in memory is none. See Documentation/admin-guide/iostats.rst. */
export function parseDisks(text: string, whole: ReadonlySet<string>): ReadonlyMap<string, DiskCounters> {
  const disks = new Map<string, DiskCounters>();
  for (const line of text.split("\n")) {
    const [, , name = "", ...rest] = line.trim().split(/\s+/);
    if (!whole.has(name) || /^(?:loop|ram|zram)\d/.test(name)) continue;
    const [reads = 0, , readSectors = 0, readMs = 0, writes = 0, , writeSectors = 0, writeMs = 0, , busyMs = 0] =
      rest.map(Number);
    disks.set(name, {
      requests: reads + writes,
      requestMs: readMs + writeMs,
      readBytes: readSectors * SECTOR_BYTES,
      writeBytes: writeSectors * SECTOR_BYTES,
      busyMs,
    });
  }
  return disks;
}

/** Bytes received and sent by each link. */
export function parseLinks(text: string): ReadonlyMap<string, { readonly received: number; readonly sent: number }> {
  const links = new Map<string, { received: number; sent: number }>();
  for (const line of text.split("\n").slice(2)) {
    const [name = "", rest = ""] = line.trim().split(/:\s*/);
    const fields = rest.split(/\s+/).map(Number);
    if (name !== "" && fields.length >= 9) links.set(name, { received: fields[0] ?? 0, sent: fields[8] ?? 0 });
  }
  return links;
}

interface IoReading {
  readonly atMs: number;
  readonly io: IoCounters;
  readonly disks: ReadonlyMap<string, DiskCounters>;
  readonly links: ReadonlyMap<string, { readonly received: number; readonly sent: number }>;
}

/** What the process reads and writes, and how the machine's disks and links stand while it does. */
export const ioSource: ProfileSource<"io", IoReport> = {
  component: "io",
  wantsInspector: false,
  start: ({ target, elapsedMs }) => {
    const { pid } = target;
    const read = (): IoReading | null => {
      const io = readIo(pid);
      if (io === null || !isThere(target)) return null;
      return {
        ...{ atMs: elapsedMs(), io },
        disks: parseDisks(readProc(pid, "../diskstats") ?? "", wholeDisks()),
        links: parseLinks(readProc(pid, "net/dev") ?? ""),
      };
    };
    const first = read();
    if (first === null) throw new CodedError(isThere(target) ? "profile.permission" : "profile.ended", { pid });
    let last = first;
    const look = (): Promise<void> => {
      last = read() ?? last;
      return Promise.resolve();
    };
    return Promise.resolve({
      ...{ everyMs: LOOK_MS, look },
      finish: async () => {
        await look();
        if (last.atMs <= first.atMs) throw new CodedError("profile.ended", { pid });
        return between(first, last);
      },
      abandon: () => Promise.resolve(),
    });
  },
};

function between(first: IoReading, last: IoReading): IoReport {
  const ms = last.atMs - first.atMs;
  const perSecond = (before: number, after: number) => (Math.max(0, after - before) * 1000) / ms;
  const rate = (name: keyof IoCounters) => perSecond(first.io[name], last.io[name]);
  return {
    readBytesPerSecond: rate("readBytes"),
    writeBytesPerSecond: rate("writeBytes"),
    readCallBytesPerSecond: rate("rchar"),
    writeCallBytesPerSecond: rate("wchar"),
    readCallsPerSecond: rate("syscr"),
    writeCallsPerSecond: rate("syscw"),
    disks: [...last.disks].flatMap(([name, after]): DiskLoad[] => {
      const before = first.disks.get(name);
      if (before === undefined) return [];
      const requests = after.requests - before.requests;
      return [
        {
          name,
          readBytesPerSecond: perSecond(before.readBytes, after.readBytes),
          writeBytesPerSecond: perSecond(before.writeBytes, after.writeBytes),
          utilisationRatio: Math.min(1, Math.max(0, after.busyMs - before.busyMs) / ms),
          awaitMs: requests > 0 ? (after.requestMs - before.requestMs) / requests : null,
        },
      ];
    }),
    links: [...last.links].flatMap(([name, after]): LinkLoad[] => {
      const before = first.links.get(name);
      if (before === undefined) return [];
      return [
        {
          name,
          receiveBytesPerSecond: perSecond(before.received, after.received),
          transmitBytesPerSecond: perSecond(before.sent, after.sent),
        },
      ];
    }),
  };
}

function wholeDisks(): ReadonlySet<string> {
  try {
    return new Set(readdirSync("/sys/block"));
  } catch {
    // No sysfs here: no disk is known to be a whole one.
    return new Set();
  }
}
