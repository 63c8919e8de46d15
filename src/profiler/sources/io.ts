import { readdirSync } from "node:fs";
import { type Coded, CodedError, toCoded } from "../../engine/common/errors.ts";
import type { DescriptorCounts, DiskLoad, IoReport, LinkLoad } from "../../engine/protocol/profilingIo.ts";
import { added } from "../io/counters.ts";
import { type DiskCounters, diskLoad, parseDisks } from "../io/disks.ts";
import { FileWatch } from "../io/fileWatch.ts";
import { type LinkCounters, linkLoad, parseLinks } from "../io/links.ts";
import { parseTcpCounters, retransmitsBetween, type TcpCounters } from "../io/retransmits.ts";
import { SocketWatch } from "../io/socketWatch.ts";
import { LatencyProbe } from "./latencyProbe.ts";
import { ProcDescriptors } from "./procDescriptors.ts";
import { lookAtSockets } from "./procSockets.ts";
import { isThere, readProc } from "./procTarget.ts";
import type { ProfileSource, SourceContext } from "./source.ts";

const LOOK_MS = 500;
/** The table of sockets is the namespace's: it is read seldom, and not at all in between where it is long. */
const SOCKET_LOOKS = 4;
const LONG_TABLE_MS = 10;

/** Counters of `/proc/PID/io`, see proc_pid_io(5). */
export interface IoCounters {
  readonly rchar: number;
  readonly wchar: number;
  readonly syscr: number;
  readonly syscw: number;
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** What a process has read and written so far; `null` when it is gone or somebody else's. */
export function readIo(pid: number): IoCounters | null {
  const text = readProc(pid, "io");
  if (text === null) return null;
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const counters = {
    ...{ rchar: field("rchar"), wchar: field("wchar"), syscr: field("syscr"), syscw: field("syscw") },
    ...{ readBytes: field("read_bytes"), writeBytes: field("write_bytes") },
  };
  // A process that ends between opening and reading leaves an empty text.
  return Object.values(counters).every(Number.isFinite) ? counters : null;
}

interface IoReading {
  readonly atMs: number;
  readonly io: IoCounters;
  readonly disks: ReadonlyMap<string, DiskCounters>;
  readonly links: ReadonlyMap<string, LinkCounters>;
  readonly tcp: TcpCounters | null;
}

/** What the process reads and writes and waits for there, and how the disks and links stand that it shares. */
export const ioSource: ProfileSource<"io", IoReport> = {
  component: "io",
  wantsInspector: true,
  start: async (context) => {
    const { pid } = context.target;
    const { first, looks } = begin(context);
    const { probe, reason } = await probed(context);
    return {
      everyMs: LOOK_MS,
      look: () => {
        looks.look(false);
        return Promise.resolve();
      },
      finish: async () => {
        const last = looks.look(true);
        const latency = probe === null ? { latency: null, latencyReason: reason } : await ended(probe);
        if (last.atMs <= first.atMs) throw new CodedError("profile.ended", { pid });
        return { ...between(first, last), ...looks.report(), ...latency };
      },
      abandon: async () => void (await probe?.abandon()),
    };
  },
};

type Latencies = Pick<IoReport, "latency" | "latencyReason">;

/** How long calls take is told by the runtime or not at all; what the kernel tells stands without it. */
async function probed(
  context: SourceContext,
): Promise<{ readonly probe: LatencyProbe | null; readonly reason: Coded | null }> {
  const { inspector, inspectorReason, signal, durationMs } = context;
  if (inspector === null) return { probe: null, reason: inspectorReason ?? { code: "profile.noInspector", args: {} } };
  try {
    return { probe: await LatencyProbe.start(inspector, durationMs, signal), reason: null };
  } catch (error) {
    return { probe: null, reason: toCoded(error) };
  }
}

async function ended(probe: LatencyProbe): Promise<Latencies> {
  try {
    return { latency: await probe.finish(), latencyReason: null };
  } catch (error) {
    return { latency: null, latencyReason: toCoded(error) };
  }
}

/** Everything that is looked at from outside. @throws CodedError `profile.permission`, `profile.ended` */
function begin({ target, inspector, elapsedMs }: SourceContext) {
  const { pid } = target;
  const descriptors = new ProcDescriptors(pid);
  const files = new FileWatch();
  const sockets = new SocketWatch();
  let counts: DescriptorCounts | null = null;
  let tableIsLong = false;
  let looked = 0;
  let last: IoReading | null = null;
  /** The last reading that there was: a process that is gone keeps what was seen of it. */
  const look = (isLast: boolean): IoReading | null => {
    const atMs = elapsedMs();
    const io = readIo(pid);
    if (io === null || !isThere(target)) return last;
    const open = descriptors.look();
    if (open !== null) {
      counts = open.counts;
      files.look(atMs, open.files, last === null ? null : movedBetween(last.io, io));
      const isDue = looked === 0 || isLast || (looked % SOCKET_LOOKS === 0 && !tableIsLong);
      const table = isDue ? lookAtSockets(pid, open.socketInodes) : null;
      if (table !== null) {
        tableIsLong = table.tookMs > LONG_TABLE_MS;
        // The one that we are connected to is none of its own.
        sockets.look(
          table.sockets.filter(({ localPort }) => localPort !== inspector?.port),
          table.cut,
        );
      }
    }
    looked++;
    last = {
      ...{ atMs, io },
      disks: parseDisks(readProc(pid, "../diskstats") ?? "", wholeDisks()),
      links: parseLinks(readProc(pid, "net/dev") ?? ""),
      tcp: parseTcpCounters(readProc(pid, "net/snmp") ?? "", readProc(pid, "net/netstat") ?? ""),
    };
    return last;
  };
  const first = look(false);
  if (first === null) throw new CodedError(isThere(target) ? "profile.permission" : "profile.ended", { pid });
  return {
    first,
    looks: {
      look: (isLast: boolean): IoReading => look(isLast) ?? first,
      report: () => ({ files: files.report(), descriptors: counts, sockets: sockets.report() }),
    },
  };
}

function movedBetween(before: IoCounters, after: IoCounters) {
  return { read: added(before.rchar, after.rchar) ?? 0, written: added(before.wchar, after.wchar) ?? 0 };
}

function between(first: IoReading, last: IoReading) {
  const ms = last.atMs - first.atMs;
  // A process's counters never go back.
  const rate = (name: keyof IoCounters) => (Math.max(0, last.io[name] - first.io[name]) * 1000) / ms;
  return {
    lookedMs: ms,
    readBytesPerSecond: rate("readBytes"),
    writeBytesPerSecond: rate("writeBytes"),
    readCallBytesPerSecond: rate("rchar"),
    writeCallBytesPerSecond: rate("wchar"),
    readCallsPerSecond: rate("syscr"),
    writeCallsPerSecond: rate("syscw"),
    disks: loads<DiskCounters, DiskLoad>(first.disks, last.disks, ms, diskLoad),
    links: loads<LinkCounters, LinkLoad>(first.links, last.links, ms, linkLoad),
    retransmits: first.tcp === null || last.tcp === null ? null : retransmitsBetween(first.tcp, last.tcp),
  };
}

/** Of what was there at both times, and did not begin anew between them. */
function loads<C, L>(
  first: ReadonlyMap<string, C>,
  last: ReadonlyMap<string, C>,
  ms: number,
  load: (name: string, before: C, after: C, ms: number) => L | null,
): L[] {
  return [...last].flatMap(([name, after]): L[] => {
    const before = first.get(name);
    const told = before === undefined ? null : load(name, before, after, ms);
    return told === null ? [] : [told];
  });
}

function wholeDisks(): ReadonlySet<string> {
  try {
    return new Set(readdirSync("/sys/block"));
  } catch {
    // No sysfs here: no disk is known to be a whole one.
    return new Set();
  }
}
