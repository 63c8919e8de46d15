import { describe, expect, test } from "vitest";
import type { CpuReport } from "../../src/engine/protocol/profiling.ts";
import type { FileLoad, IoReport, SocketReport } from "../../src/engine/protocol/profilingIo.ts";
import { adviceFor } from "../../src/profiler/advice.ts";
import { latency, quietDisk, quietIo, quietLink } from "./ioSample.ts";

const place = { name: "flush", file: "/a.js", line: 3, column: 1 };
const cpu: CpuReport = {
  ...{ method: "inspector", methodReason: null, source: "measured", samples: 100, intervalMs: 10, flamegraph: null },
  ...{ busyRatio: 0.9, collectorRatio: 0.01, misnamedRatio: null, hotspots: [], blockingCallers: [] },
  ...{ scripts: [], packages: [], counts: { functions: 0, scripts: 0, packages: 0 } },
};
const process = { pid: 7, startTime: 1, command: "c" };
const all = (io: Partial<IoReport>, of: CpuReport | null = cpu) =>
  adviceFor({ process, cpu: of, memory: null, io: { ...quietIo, ...io }, application: null });
const codes = (io: Partial<IoReport>, of: CpuReport | null = cpu) =>
  all(io, of).map(({ suggestion }) => suggestion.code);
const blocking = { ...cpu, blockingCallers: [{ ...place, ratio: 0.6, operations: ["fsyncSync", "writeSync"] }] };
const fsync = { name: "fsyncSync", timed: 90, p50Ms: 5, p95Ms: 20, maxMs: 45, totalMs: 5_000 };
const sync = latency("fileSync", {
  ...{ totalMs: 6_000, parts: [fsync], slowest: [{ what: "fsyncSync /var/a.log", ms: 45 }] },
  callers: [{ name: "flush", file: "/a.js", line: 4, ratio: 0.9, operations: ["fsyncSync"] }],
});

describe("advice about reading and writing", () => {
  test("is not given about a quiet process, nor about what was not told", () => {
    expect(codes({})).toEqual([]);
    expect(codes({ latency: [latency("fileSync"), latency("dns"), latency("fetch")] })).toEqual([]);
    expect(codes({ sockets: null, retransmits: null, descriptors: null, latency: null })).toEqual([]);
  });

  test("names the function that waits in a call that blocks, with the call's figures and its file", () => {
    const [only, ...others] = all({ latency: [sync] }, blocking);
    expect(others).toEqual([]);
    expect(only).toEqual({
      ...{ type: "io", target: "flush /a.js:3" },
      suggestion: { code: "profileAdvice.blocks", args: { name: "flush", operation: "fsyncSync" } },
      evidence: {
        code: "profileEvidence.blocks",
        args: { ratio: 0.6, samples: 100, operation: "fsyncSync", p50Ms: 5, p95Ms: 20, path: "/var/a.log" },
      },
    });
    // A tenth of the time is what counts, not of the busy time.
    expect(codes({}, { ...blocking, busyRatio: 0.15 })).toEqual([]);
  });

  test("does not blame the system's call itself as a hot function", () => {
    const hot = { name: "fsync", file: null, line: null, column: null, selfRatio: 0.6, totalRatio: 0.6, samples: 60 };
    expect(codes({}, { ...blocking, hotspots: [hot] })).toEqual(["profileAdvice.blocks"]);
    expect(codes({}, { ...cpu, hotspots: [hot] })).toEqual(["profileAdvice.hot"]);
    expect(codes({}, { ...blocking, hotspots: [{ ...hot, selfRatio: 0.8 }] })).toContain("profileAdvice.hot");
  });

  test("without a CPU profile names it by what the runtime has timed", () => {
    expect(all({ latency: [sync] }, null)).toMatchObject([
      { target: "flush /a.js:4", suggestion: { code: "profileAdvice.fileWaits", args: { path: "/var/a.log" } } },
    ]);
    expect(all({ latency: [{ ...sync, callers: [] }] }, null)[0]?.target).toBe("/var/a.log");
    expect(codes({ latency: [{ ...sync, totalMs: 1_000 }] }, null)).toEqual([]);
  });

  test("of calls that do not block needs more of them, because they go on side by side", () => {
    const waits = { ...sync, kind: "fileAsync" } as const;
    expect(codes({ latency: [waits] })).toEqual(["profileAdvice.fileWaits"]);
    expect(codes({ latency: [{ ...waits, totalMs: 4_000 }] })).toEqual([]);
    // A tenth was timed, so there were ten times as many.
    expect(codes({ latency: [{ ...waits, totalMs: 600, count: 1_000, timed: 100 }] })).toHaveLength(1);
  });

  test("names a slow host and slow names", () => {
    const part = { name: "api.example", timed: 9, p50Ms: 900, p95Ms: 2_000, maxMs: 3_000, totalMs: 8_000 };
    expect(all({ latency: [latency("fetch", { parts: [part] })] })).toMatchObject([
      { target: "api.example", suggestion: { code: "profileAdvice.slowHost", args: { host: "api.example" } } },
    ]);
    expect(codes({ latency: [latency("fetch", { parts: [{ ...part, p95Ms: 300 }] })] })).toEqual([]);
    expect(codes({ latency: [latency("dns", { p95Ms: 400 })] })).toEqual(["profileAdvice.slowNames"]);
    expect(codes({ latency: [latency("dns", { p95Ms: 400, timed: 2 })] })).toEqual([]);
  });

  test("tells of what is not read, and of what the other side does not take", () => {
    const sockets: SocketReport = {
      ...{ states: [], remotes: [], receiveQueueBytes: 0, sendQueueBytes: 0, retransmitting: 0, looks: 9, cut: false },
    };
    expect(codes({ sockets })).toEqual([]);
    expect(codes({ sockets: { ...sockets, receiveQueueBytes: 100_000 } })).toEqual(["profileAdvice.unread"]);
    expect(codes({ sockets: { ...sockets, sendQueueBytes: 1e6 } })).toEqual(["profileAdvice.unsent"]);
  });

  test("names the file that takes the most of much that is written, and else the process", () => {
    const much = { writeBytesPerSecond: 2e7, writeCallBytesPerSecond: 2e7 };
    const file: FileLoad = {
      ...{ path: "/var/a.log", access: "write", bytesPerSecond: 1.9e7, grownBytesPerSecond: 1.9e7 },
      ...{ movedLooks: 9, looks: 10, disk: "sda" },
    };
    expect(all({ ...much, files: [file] })).toMatchObject([
      { target: "/var/a.log", suggestion: { code: "profileAdvice.writesFile" } },
    ]);
    expect(all({ ...much, files: [{ ...file, bytesPerSecond: 1e6, grownBytesPerSecond: null }] })).toMatchObject([
      { target: "pid 7", suggestion: { code: "profileAdvice.writes" } },
    ]);
    expect(codes({ ...much, files: [{ ...file, access: "read" }] })).toEqual(["profileAdvice.writes"]);
    expect(codes({ writeCallsPerSecond: 1e5 })).toEqual(["profileAdvice.smallCalls"]);
  });

  test("of a disk says how much of it is the process's only where that can be told", () => {
    const full = { ...quietDisk, utilisationRatio: 0.95, writeBytesPerSecond: 4e6 };
    expect(all({ disks: [full] })).toMatchObject([{ target: "sda", evidence: { args: { ratio: 0.95, own: 0.25 } } }]);
    const other = { ...quietDisk, name: "sdb" };
    expect(all({ disks: [full, other] })).toMatchObject([{ evidence: { args: { own: null } } }]);
    const slow = { ...quietDisk, queueDepth: 4, awaitMs: 50 };
    expect(codes({ disks: [slow] })).toEqual(["profileAdvice.disk"]);
    expect(codes({ disks: [{ ...slow, queueDepth: 1 }] })).toEqual([]);
    expect(codes({ disks: [{ ...slow, queueDepth: null }] })).toEqual([]);
  });

  test("of a lossy link and of what is sent again says whose it is", () => {
    expect(all({ links: [{ ...quietLink, receiveDrops: 50 }] })).toMatchObject([
      { target: "eth0", suggestion: { code: "profileAdvice.link" }, evidence: { args: { count: 50, packets: 1_300 } } },
    ]);
    expect(codes({ links: [{ ...quietLink, receiveDrops: 9 }] })).toEqual([]);
    const retransmits = { retransmittedSegments: 30, sentSegments: 970, ratio: 0.03, timeouts: null };
    expect(all({ retransmits })).toMatchObject([{ target: "network", evidence: { args: { ratio: 0.03, own: null } } }]);
    expect(codes({ retransmits: { ...retransmits, sentSegments: 10 } })).toEqual([]);
    expect(codes({ retransmits: { ...retransmits, ratio: null } })).toEqual([]);
  });
});
