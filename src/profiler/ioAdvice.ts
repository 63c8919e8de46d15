import type { ProfileAdvice, ProfileReport } from "../engine/protocol/profiling.ts";
import type { FileLoad, IoReport, Latency, LatencyKind } from "../engine/protocol/profilingIo.ts";
import { placeOf } from "./placeOf.ts";

/** From so large a share of the time on, what is waited for is worth a look. */
const WAIT_RATIO = 0.2;
/** While a thread stands in a call, nothing else of the program runs: less of that is enough. */
const BLOCKED_RATIO = 0.1;
/** Calls that do not block are waited for side by side: it takes more of them to hold anything up. */
const ASYNC_RATIO = 0.5;
const WRITE_BYTES_PER_SECOND = 10e6;
/** A file that takes this share of all bytes is the one to name. */
const MOST_OF = 0.5;
const CALLS_PER_SECOND = 5_000;
/** Fewer bytes a call than this are too many calls for what they move. */
const SMALL_CALL_BYTES = 4_096;
const DISK_BUSY_RATIO = 0.8;
/** A disk that works at many requests at once is busy and quick; one at which they queue up and take long is not. */
const DISK_QUEUE = 2;
const DISK_AWAIT_MS = 20;
const DISK_REQUESTS_PER_SECOND = 10;
const HOST_MS = 1_000;
const NAMES_MS = 100;
const FEWEST_CALLS = 5;
const UNREAD_BYTES = 64 << 10;
const UNSENT_BYTES = 256 << 10;
/** TCP goes at half its pace or less from here on over usual distances (Mathis et al., 1997). */
const RETRANSMIT_RATIO = 0.02;
const FEWEST_SEGMENTS = 200;
const LOST_RATIO = 0.01;
const FEWEST_LOST = 10;

type Parts = Pick<ProfileReport, "process" | "cpu" | "io">;

/**
 * What holds reading and writing up, each with its figure: what the process waits for itself first, then what it does, then what it
 * shares with others, which is said to be shared.
 */
export function ioAdvice({ process, cpu, io }: Parts): ProfileAdvice[] {
  const blocked = blockingAdvice(cpu, io);
  if (io === null) return blocked;
  const pid = `pid ${process.pid}`;
  return [
    ...blocked,
    ...(blocked.length === 0 ? fileWaitAdvice(io, "fileSync", WAIT_RATIO, pid) : []),
    ...fileWaitAdvice(io, "fileAsync", ASYNC_RATIO, pid),
    ...hostAdvice(io),
    ...queueAdvice(io, pid),
    ...volumeAdvice(io, pid),
    ...diskAdvice(io),
    ...networkAdvice(io),
  ];
}

function advice(
  target: string,
  [suggestion, suggestionArgs]: readonly [string, ProfileAdvice["suggestion"]["args"]],
  [evidence, evidenceArgs]: readonly [string, ProfileAdvice["evidence"]["args"]],
): ProfileAdvice {
  return {
    ...{ type: "io", target },
    suggestion: { code: suggestion, args: suggestionArgs },
    evidence: { code: evidence, args: evidenceArgs },
  };
}

/** By the CPU profile: the thread stands in the call, so nothing else runs meanwhile. */
function blockingAdvice(cpu: Parts["cpu"], io: IoReport | null): ProfileAdvice[] {
  const waits = io?.latency?.find(({ kind }) => kind === "fileSync");
  return (cpu?.blockingCallers ?? [])
    .filter(({ ratio }) => ratio * (cpu?.busyRatio ?? 1) >= BLOCKED_RATIO)
    .slice(0, 2)
    .map((caller) => {
      const [operation = ""] = caller.operations;
      const part = waits?.parts.find(({ name }) => name === operation);
      return advice(
        placeOf(caller),
        ["profileAdvice.blocks", { name: caller.name, operation }],
        [
          "profileEvidence.blocks",
          {
            ...{ ratio: caller.ratio, samples: cpu?.samples ?? null, operation },
            ...{ p50Ms: part?.p50Ms ?? null, p95Ms: part?.p95Ms ?? null, path: pathFor(io, waits, operation) },
          },
        ],
      );
    });
}

/** By what the runtime has timed. */
function fileWaitAdvice(io: IoReport, kind: LatencyKind, least: number, pid: string): ProfileAdvice[] {
  const waits = io.latency?.find((one) => one.kind === kind);
  const [part] = waits?.parts ?? [];
  if (waits === undefined || part === undefined) return [];
  const ratio = timeRatio(io, waits);
  if (ratio < least) return [];
  const [caller] = waits.callers;
  const path = pathFor(io, waits, part.name);
  return [
    advice(
      caller === undefined ? (path ?? pid) : placeOf(caller),
      ["profileAdvice.fileWaits", { operation: part.name, path }],
      [
        "profileEvidence.fileWaits",
        {
          ...{ operation: part.name, ratio, count: waits.count, p50Ms: part.p50Ms, p95Ms: part.p95Ms },
          ...{ callerRatio: caller?.ratio ?? null },
        },
      ],
    ),
  ];
}

/** Calls under way at once, on the mean over the time: 1 is one all the time. Of those that were timed, put up to all. */
function timeRatio({ lookedMs }: IoReport, { totalMs, count, timed, watchedRatio }: Latency): number {
  return (totalMs * (count / timed)) / (lookedMs * Math.max(0.001, watchedRatio));
}

/** The file that was slow in this operation, else the one that moves the most; `null`: neither is told. */
function pathFor(io: IoReport | null, waits: Latency | undefined, operation: string): string | null {
  const slow = waits?.slowest.find(({ what }) => what.startsWith(`${operation} /`));
  return slow?.what.slice(operation.length + 1) ?? io?.files[0]?.path ?? null;
}

function hostAdvice(io: IoReport): ProfileAdvice[] {
  const waits = (io.latency ?? []).filter(
    ({ kind }) => kind === "httpClient" || kind === "fetch" || kind === "connect",
  );
  const hosts = waits.flatMap((latency) =>
    latency.parts
      .filter(({ name, p95Ms }) => name !== "" && p95Ms >= HOST_MS)
      .map((part) => ({ part, ratio: part.totalMs / (io.lookedMs * Math.max(0.001, latency.watchedRatio)) })),
  );
  const slow = hosts
    .filter(({ ratio }) => ratio >= WAIT_RATIO)
    .toSorted((a, b) => b.ratio - a.ratio)
    .slice(0, 2)
    .map(({ part: { name, timed, p50Ms, p95Ms }, ratio }) =>
      advice(
        name,
        ["profileAdvice.slowHost", { host: name }],
        ["profileEvidence.calls95", { count: timed, p50Ms, p95Ms, ratio }],
      ),
    );
  const names = io.latency?.find(({ kind }) => kind === "dns");
  if (names === undefined || names.p95Ms < NAMES_MS || names.timed < FEWEST_CALLS) return slow;
  const { timed, p50Ms, p95Ms } = names;
  const evidence = { count: timed, p50Ms, p95Ms, ratio: timeRatio(io, names) };
  const [first] = names.parts;
  return [
    ...slow,
    advice(first?.name ?? "DNS", ["profileAdvice.slowNames", {}], ["profileEvidence.calls95", evidence]),
  ];
}

function queueAdvice({ sockets }: IoReport, pid: string): ProfileAdvice[] {
  if (sockets === null) return [];
  const { receiveQueueBytes, sendQueueBytes, looks } = sockets;
  const found: ProfileAdvice[] = [];
  if (receiveQueueBytes >= UNREAD_BYTES)
    found.push(
      advice(pid, ["profileAdvice.unread", {}], ["profileEvidence.unread", { bytes: receiveQueueBytes, looks }]),
    );
  if (sendQueueBytes >= UNSENT_BYTES)
    found.push(advice(pid, ["profileAdvice.unsent", {}], ["profileEvidence.unsent", { bytes: sendQueueBytes, looks }]));
  return found;
}

function volumeAdvice(io: IoReport, pid: string): ProfileAdvice[] {
  const found: ProfileAdvice[] = [];
  if (io.writeBytesPerSecond >= WRITE_BYTES_PER_SECOND) {
    const file = mainFile(io);
    const bytes = { bytes: io.writeBytesPerSecond };
    found.push(
      file === null
        ? advice(pid, ["profileAdvice.writes", {}], ["profileEvidence.writes", bytes])
        : advice(
            file.path,
            ["profileAdvice.writesFile", { path: file.path }],
            [
              "profileEvidence.writesFile",
              {
                ...bytes,
                ...{
                  fileBytes: file.bytesPerSecond ?? file.grownBytesPerSecond,
                  moved: file.movedLooks,
                  looks: file.looks,
                },
              },
            ],
          ),
    );
  }
  const calls = io.readCallsPerSecond + io.writeCallsPerSecond;
  const callBytes = (io.readCallBytesPerSecond + io.writeCallBytesPerSecond) / Math.max(1, calls);
  if (calls >= CALLS_PER_SECOND && callBytes < SMALL_CALL_BYTES)
    found.push(
      advice(pid, ["profileAdvice.smallCalls", {}], ["profileEvidence.calls", { rate: calls, bytes: callBytes }]),
    );
  return found;
}

/** The one file that takes the most of what is written; `null` when none does, or it lies in memory only. */
function mainFile({ files, writeCallBytesPerSecond }: IoReport): FileLoad | null {
  const file = files.find(({ access }) => access !== "read");
  const bytes = Math.max(file?.bytesPerSecond ?? 0, file?.grownBytesPerSecond ?? 0);
  return file !== undefined && bytes >= MOST_OF * writeCallBytesPerSecond ? file : null;
}

function diskAdvice(io: IoReport): ProfileAdvice[] {
  const moving = io.disks.filter((disk) => disk.readBytesPerSecond + disk.writeBytesPerSecond > 0);
  return io.disks.flatMap((disk): ProfileAdvice[] => {
    const isFull = disk.utilisationRatio >= DISK_BUSY_RATIO;
    const queues = (disk.queueDepth ?? 0) >= DISK_QUEUE && (disk.awaitMs ?? 0) >= DISK_AWAIT_MS;
    const isUsed = disk.reads.perSecond + disk.writes.perSecond >= DISK_REQUESTS_PER_SECOND;
    if (!isFull && !(queues && isUsed)) return [];
    // By device the kernel does not count what a process moves: where only one disk moves, it is this one.
    const of = disk.readBytesPerSecond + disk.writeBytesPerSecond;
    const own = moving.length === 1 ? Math.min(1, (io.readBytesPerSecond + io.writeBytesPerSecond) / of) : null;
    return [
      advice(
        disk.name,
        ["profileAdvice.disk", { disk: disk.name }],
        ["profileEvidence.disk", { ratio: disk.utilisationRatio, ms: disk.awaitMs, queue: disk.queueDepth, own }],
      ),
    ];
  });
}

function networkAdvice({ links, retransmits, sockets }: IoReport): ProfileAdvice[] {
  const found = links.flatMap((link): ProfileAdvice[] => {
    const lost = link.receiveErrors + link.transmitErrors + link.receiveDrops + link.transmitDrops;
    const packets = link.receivePackets + link.transmitPackets;
    if (lost < FEWEST_LOST || lost < LOST_RATIO * packets) return [];
    return [
      advice(
        link.name,
        ["profileAdvice.link", { link: link.name }],
        ["profileEvidence.link", { count: lost, packets }],
      ),
    ];
  });
  const { ratio = null, retransmittedSegments = 0, sentSegments = 0 } = retransmits ?? {};
  if (ratio !== null && ratio >= RETRANSMIT_RATIO && sentSegments + retransmittedSegments >= FEWEST_SEGMENTS)
    found.push(
      advice(
        "network",
        ["profileAdvice.retransmits", {}],
        [
          "profileEvidence.retransmits",
          { ratio, segments: sentSegments + retransmittedSegments, own: sockets?.retransmitting ?? null },
        ],
      ),
    );
  return found;
}
