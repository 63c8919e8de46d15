import type { Coded } from "./model.ts";

/** What a process reads and writes, and what it waits for there. `null` is what the system does not tell, never 0. */

/** One direction of a disk. */
export interface DiskRequests {
  readonly perSecond: number;
  /** `null`: none ended. */
  readonly meanBytes: number | null;
  /** Mean time of a request from queued to done; `null` where none ended. */
  readonly awaitMs: number | null;
}

/** A whole disk of the machine, whoever used it. */
export interface DiskLoad {
  readonly name: string;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** Share of the time in which it had something to do. Of one that works at several requests at once, 1 is not yet full. */
  readonly utilisationRatio: number;
  /** Mean time of a request from queued to done; `null` where none ended. */
  readonly awaitMs: number | null;
  readonly reads: DiskRequests;
  readonly writes: DiskRequests;
  /** Requests under way, on the mean over the time. */
  readonly queueDepth: number | null;
}

/** A link of the process's network, whoever used it. Packets, errors and drops are counts of the time that was looked at. */
export interface LinkLoad {
  readonly name: string;
  readonly receiveBytesPerSecond: number;
  readonly transmitBytesPerSecond: number;
  readonly receivePackets: number;
  readonly transmitPackets: number;
  readonly receiveErrors: number;
  readonly transmitErrors: number;
  readonly receiveDrops: number;
  readonly transmitDrops: number;
}

export const FILE_ACCESSES = ["read", "write", "both"] as const;
export type FileAccess = (typeof FILE_ACCESSES)[number];

/** An open file of the process that moved while it was looked at. Derived from positions, sizes and times of change. */
export interface FileLoad {
  /** As the kernel says it, without control characters and cut to 300. */
  readonly path: string;
  /** What it was opened for. */
  readonly access: FileAccess;
  /** By which its positions moved on; `null` where they tell none: it is read or written at given places, or opened anew each time. */
  readonly bytesPerSecond: number | null;
  /** By which it grew, whoever wrote it; `null` where that is not looked at (file systems that may not answer). */
  readonly grownBytesPerSecond: number | null;
  /** Looks in which it had moved or changed since the one before, of all after the first. */
  readonly movedLooks: number;
  readonly looks: number;
  /** The whole disk below it, where that can be told. */
  readonly disk: string | null;
}

/** What the process has open, at the last look. */
export interface DescriptorCounts {
  /** `null` where the kernel does not say it (before 6.2) and there are more than were looked at. */
  readonly open: number | null;
  readonly looked: number;
  readonly files: number;
  readonly sockets: number;
  readonly pipes: number;
  readonly others: number;
}

/** Connections of the process to one place. */
export interface RemoteLoad {
  /** `in`: they came to a port of its own, `address` is `null`. */
  readonly direction: "in" | "out";
  readonly address: string | null;
  readonly port: number;
  /** The most at once. */
  readonly connections: number;
  /** The most that was seen: received and not read by the process yet, sent and not confirmed by the other side yet. */
  readonly receiveQueueBytes: number;
  readonly sendQueueBytes: number;
}

/** TCP sockets of the process itself. */
export interface SocketReport {
  /** At the last look, the most first. */
  readonly states: readonly { readonly state: string; readonly count: number }[];
  readonly remotes: readonly RemoteLoad[];
  /** The most that was seen over all of them. */
  readonly receiveQueueBytes: number;
  readonly sendQueueBytes: number;
  /** Most connections at once that sent something again and had no answer to it yet. */
  readonly retransmitting: number;
  readonly looks: number;
  /** The kernel's table was longer than what is read of it: there may be more. */
  readonly cut: boolean;
}

/** Of the whole network namespace, whoever sent it: the kernel counts no retransmits by process. */
export interface RetransmitReport {
  readonly retransmittedSegments: number;
  readonly sentSegments: number;
  /** `null`: nothing was sent. */
  readonly ratio: number | null;
  /** Times that an answer did not come at all in time; `null`: not told. */
  readonly timeouts: number | null;
}

export const LATENCY_KINDS = ["fileSync", "fileAsync", "dns", "connect", "httpClient", "httpServer", "fetch"] as const;
export type LatencyKind = (typeof LATENCY_KINDS)[number];

/** Percentiles are of a histogram with steps of 9%; the greatest is exact. */
export interface LatencyFigures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly totalMs: number;
}

/** One operation (`fsyncSync`), or one host. */
export interface LatencyPart extends LatencyFigures {
  readonly name: string;
  /** That were timed. */
  readonly timed: number;
}

/** A function of the program that called for files, with the line of the call. By samples of the calls, so derived. */
export interface LatencyCaller {
  readonly name: string;
  readonly file: string;
  readonly line: number | null;
  /** Of the time that all these calls took; calls that do not block may take it side by side. */
  readonly ratio: number;
  readonly operations: readonly string[];
}

export interface Latency extends LatencyFigures {
  readonly kind: LatencyKind;
  readonly count: number;
  /** Of very many calls of files some are timed: percentiles and sums are of these. */
  readonly timed: number;
  /** Share of the time in which they were looked for: where there are very many, they are left alone in between. */
  readonly watchedRatio: number;
  /** By operation or host, what took the most in all first. */
  readonly parts: readonly LatencyPart[];
  /** Operation with its file, or method, host and path. Never what is asked for in a query, and no headers. */
  readonly slowest: readonly { readonly what: string; readonly ms: number }[];
  /** Of files only, what took the most first. */
  readonly callers: readonly LatencyCaller[];
}

/** Of the process, from the kernel's counters; `disks`, `links` and `retransmits` are shared with whoever uses them. Measured. */
export interface IoReport {
  /** From the first look to the last. */
  readonly lookedMs: number;
  /** From and to block devices. */
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** By read(2), write(2) and the like, whatever stood behind them: files in memory, pipes, sockets. */
  readonly readCallBytesPerSecond: number;
  readonly writeCallBytesPerSecond: number;
  readonly readCallsPerSecond: number;
  readonly writeCallsPerSecond: number;
  readonly disks: readonly DiskLoad[];
  /** The most moved first. */
  readonly files: readonly FileLoad[];
  readonly descriptors: DescriptorCounts | null;
  readonly links: readonly LinkLoad[];
  readonly sockets: SocketReport | null;
  readonly retransmits: RetransmitReport | null;
  /** As the runtime measures it; only kinds of which there was one. `null`: `latencyReason` says why. */
  readonly latency: readonly Latency[] | null;
  readonly latencyReason: Coded | null;
}
