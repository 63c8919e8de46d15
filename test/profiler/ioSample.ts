import type { DiskLoad, IoReport, Latency, LinkLoad } from "../../src/engine/protocol/profilingIo.ts";

/** Of a process that reads and writes a little. */
export const quietDisk: DiskLoad = {
  ...{
    name: "sda",
    readBytesPerSecond: 0,
    writeBytesPerSecond: 1e6,
    utilisationRatio: 0.2,
    awaitMs: 1,
    queueDepth: 0.1,
  },
  reads: { perSecond: 0, meanBytes: null, awaitMs: null },
  writes: { perSecond: 100, meanBytes: 10_000, awaitMs: 1 },
};

export const quietLink: LinkLoad = {
  ...{
    name: "eth0",
    receiveBytesPerSecond: 1_000,
    transmitBytesPerSecond: 500,
    receivePackets: 900,
    transmitPackets: 400,
  },
  ...{ receiveErrors: 0, transmitErrors: 0, receiveDrops: 0, transmitDrops: 0 },
};

export const quietIo: IoReport = {
  ...{ lookedMs: 10_000, readBytesPerSecond: 0, writeBytesPerSecond: 1e6, readCallBytesPerSecond: 1e6 },
  ...{ writeCallBytesPerSecond: 1e6, readCallsPerSecond: 10, writeCallsPerSecond: 10 },
  ...{ disks: [quietDisk], links: [quietLink], files: [], descriptors: null, sockets: null, retransmits: null },
  ...{ latency: null, latencyReason: { code: "profile.noInspector", args: {} } },
};

export function latency(kind: Latency["kind"], more: Partial<Latency> = {}): Latency {
  const figures = { timed: 100, p50Ms: 5, p95Ms: 20, maxMs: 45, totalMs: 1_000 };
  return { kind, count: 100, watchedRatio: 1, ...figures, parts: [], slowest: [], callers: [], ...more };
}
