import type { ProfiledTasks, ProfileReport, StackReport, WaitCause } from "../../src/engine/protocol/profiling.ts";
import type { IoReport } from "../../src/engine/protocol/profilingIo.ts";
import { NOW_MS } from "./samples.ts";

const process = { pid: 4121, startTime: 77, command: "node agent.js" };
const hot = { name: "hash", file: "/src/agent.js", line: 12, column: 3 };
const caller = { name: "main", file: "/src/agent.js", line: 40, column: 1 };

const blockingCallers = [
  { name: "flushLog", file: "/src/log.js", line: 8, column: 1, ratio: 0.31, operations: ["fsyncSync", "writeSync"] },
];

const ioSample: IoReport = {
  ...{ lookedMs: 60_000, readBytesPerSecond: 0, writeBytesPerSecond: 12_000_000, readCallBytesPerSecond: 2_500 },
  ...{ writeCallBytesPerSecond: 12_100_000, readCallsPerSecond: 28.7, writeCallsPerSecond: 41 },
  disks: [
    {
      ...{ name: "sda", readBytesPerSecond: 4_096, writeBytesPerSecond: 1.2e7, utilisationRatio: 0.3 },
      ...{ awaitMs: 1.13, queueDepth: 0.4 },
      reads: { perSecond: 1, meanBytes: 4_096, awaitMs: 0.5 },
      writes: { perSecond: 300, meanBytes: 40_000, awaitMs: 1.14 },
    },
  ],
  files: [
    {
      ...{ path: "/var/log/agent.log", access: "write", bytesPerSecond: 11.9e6, grownBytesPerSecond: 11.9e6 },
      ...{ movedLooks: 119, looks: 120, disk: "sda" },
    },
    {
      ...{ path: "/var/lib/agent/index", access: "both", bytesPerSecond: null, grownBytesPerSecond: 0 },
      ...{ movedLooks: 12, looks: 120, disk: null },
    },
  ],
  descriptors: { open: 31, looked: 31, files: 2, sockets: 14, pipes: 3, others: 12 },
  links: [
    {
      ...{ name: "eth0", receiveBytesPerSecond: 12_000, transmitBytesPerSecond: 3_000, receivePackets: 900 },
      ...{ transmitPackets: 700, receiveErrors: 1, transmitErrors: 0, receiveDrops: 4, transmitDrops: 0 },
    },
  ],
  sockets: {
    states: [
      { state: "established", count: 11 },
      { state: "listen", count: 1 },
    ],
    remotes: [
      {
        ...{ direction: "out", address: "2001:db8::7", port: 443, connections: 3 },
        ...{ receiveQueueBytes: 131_072, sendQueueBytes: 0 },
      },
      { direction: "in", address: null, port: 8080, connections: 8, receiveQueueBytes: 0, sendQueueBytes: 22 },
    ],
    ...{ receiveQueueBytes: 131_072, sendQueueBytes: 22, retransmitting: 1, looks: 31, cut: false },
  },
  retransmits: { retransmittedSegments: 12, sentSegments: 1_988, ratio: 0.006, timeouts: 2 },
  latency: [
    {
      ...{ kind: "fileSync", count: 6_071, timed: 6_071, watchedRatio: 1 },
      ...{ p50Ms: 0.21, p95Ms: 2.33, maxMs: 44.94, totalMs: 2_692 },
      parts: [
        { name: "fsyncSync", timed: 3_035, p50Ms: 0.32, p95Ms: 3.92, maxMs: 44.94, totalMs: 2_576 },
        { name: "writeSync", timed: 3_036, p50Ms: 0.03, p95Ms: 0.07, maxMs: 5.31, totalMs: 116 },
      ],
      slowest: [{ what: "fsyncSync /var/log/agent.log", ms: 44.94 }],
      callers: [
        { name: "flushLog", file: "/src/log.js", line: 9, ratio: 0.99, operations: ["fsyncSync", "writeSync"] },
      ],
    },
    {
      ...{ kind: "httpClient", count: 9_000, timed: 9_000, watchedRatio: 0.1 },
      ...{ p50Ms: 41, p95Ms: 1_200, maxMs: 3_000, totalMs: 900_000 },
      parts: [{ name: "api.example", timed: 9_000, p50Ms: 41, p95Ms: 1_200, maxMs: 3_000, totalMs: 900_000 }],
      slowest: [{ what: "POST api.example/v1/ask", ms: 3_000 }],
      callers: [],
    },
  ],
  latencyReason: null,
};

/** A busy process that leaks. */
export function profileSample(): ProfileReport {
  const cpuFile = { kind: "cpuprofile", path: "/state/profiles/1.cpuprofile", bytes: 48_000 } as const;
  return {
    ...{ process, startedAtMs: NOW_MS, durationMs: 60_010, ended: false, inspected: true, leftOpen: null },
    cpu: {
      ...{ method: "inspector", methodReason: null, source: "measured", samples: 5_800, intervalMs: 10 },
      hotspots: [
        { ...hot, selfRatio: 0.62, totalRatio: 0.7, samples: 2_949 },
        {
          ...{ name: "(anonymous)", file: null, line: null, column: null },
          selfRatio: 0.1,
          totalRatio: 0.9,
          samples: 476,
        },
      ],
      scripts: [
        { file: "/src/agent.js", selfRatio: 0.62, totalRatio: 0.7 },
        { file: null, selfRatio: 0.38, totalRatio: 1 },
      ],
      packages: [
        { kind: "own", name: null, selfRatio: 0.62, totalRatio: 0.7 },
        { kind: "npm", name: "@scope/hash", selfRatio: 0.3, totalRatio: 0.5 },
      ],
      counts: { functions: 40, scripts: 2, packages: 2 },
      ...{ busyRatio: 0.82, collectorRatio: 0.06, misnamedRatio: 0, blockingCallers, flamegraph: cpuFile },
    },
    memory: {
      snapshots: [
        {
          ...{ atMs: 60_000, rssBytes: 420_000_000, pssBytes: 400_000_000, swapBytes: 0 },
          ...{
            heapUsedBytes: 210_000_000,
            heapTotalBytes: 260_000_000,
            externalBytes: 3_000_000,
            retainedBytes: 190_000_000,
          },
        },
      ],
      growth: [
        {
          ...{ series: "retained", pattern: "leak", bytesPerSecond: 1_100_000, lowBytesPerSecond: 900_000 },
          ...{ highBytesPerSecond: 1_300_000, confidence: 0.9999, points: 13, falls: 0 },
        },
      ],
      leaks: [
        { ...hot, bytes: 66e6, grownBytes: 60e6, bytesPerSecond: 1e6, grownLooks: 11, looks: 11, callers: [caller] },
      ],
      leaksReason: null,
      allocation: {
        ...{ sampledMs: 5_000, samples: 243, allocatedBytesPerSecond: 51e6 },
        sites: [
          {
            ...{ ...hot, allocatedBytesPerSecond: 21e6, livingBytes: 66e6 },
            ...{ grownBytesPerSecond: 1e6, freedBytesPerSecond: 20e6 },
          },
        ],
      },
      collections: { count: 12, totalMs: 240, mostMs: 35 },
      swarm: {
        ...{ swarmId: "docs", source: "measured", roundMs: 5_000, cpuMsPerRound: 3.2, agentCount: 2 },
        rounds: [
          { atMs: 0, processes: 5, leftOut: 0, rssBytes: 700e6, pssBytes: 600e6 },
          { atMs: 5_000, processes: 5, leftOut: 0, rssBytes: 760e6, pssBytes: 640e6 },
        ],
        agents: [{ agentId: "a-1", processes: 3, rssBytes: 500e6, pssBytes: 430e6 }],
      },
      heapProfile: null,
    },
    io: ioSample,
    application: {
      ...{ loopDelayMeanMs: 20, loopDelayP50Ms: 12.5, loopDelayP99Ms: 140, loopDelayMaxMs: 310, loopBusyRatio: 0.9 },
      ...{ uptimeSeconds: 300, nodeVersion: "v24.1.0", resources: [{ name: "Timeout", count: 3 }] },
      ...{ runtimeReason: null, tasks: tasksSample() },
    },
    missing: [],
    recommendations: [
      {
        ...{ type: "cpu", target: "hash /src/agent.js:12" },
        suggestion: { code: "profileAdvice.hot", args: { name: "hash" } },
        evidence: { code: "profileEvidence.self", args: { ratio: 0.62, samples: 5_800 } },
      },
    ],
    artefacts: [cpuFile],
  };
}

/** Six tasks on two agents, three of them one after the other. */
function tasksSample(): ProfiledTasks {
  const link = (taskId: string, waitMs: number, runMs: number, waitedFor: WaitCause) => ({
    ...{
      taskId,
      label: `part ${taskId}`,
      lane: "standard" as const,
      agentId: "agent-00000001",
      waitMs,
      runMs,
      waitedFor,
    },
    inBatch: true,
  });
  return {
    ...{ swarmId: "docs", source: "measured", running: 1, whole: true, batches: 1 },
    lanes: [
      {
        lane: "standard",
        wait: { count: 22, p50Ms: 120, p95Ms: 4_000, p99Ms: null, mostMs: 4_100 },
        run: { count: 4, p50Ms: null, p95Ms: null, p99Ms: null, mostMs: 2_300 },
        ...{ done: 3, failed: 1, again: 2 },
      },
    ],
    path: {
      ...{ tasks: 6, submittedAtMs: NOW_MS, makespanMs: 6_010, waitMs: 10, runMs: 6_000, agents: 2, busyMs: 11_000 },
      linkCount: 3,
      links: [link("1", 5, 2_000, "nothing"), link("3", 2, 2_000, "agent"), link("5", 3, 2_000, "retry")],
    },
  };
}

export function stackSample(): StackReport {
  return {
    process,
    frames: [
      { name: "plantedHang", file: "/src/agent.js", line: 12, column: 3 },
      { name: "main", file: "/src/agent.js", line: 40, column: 1 },
    ],
    verdict: { code: "hang.loop", args: { ratio: 0.98, name: "plantedHang", place: "/src/agent.js:12" } },
    ...{ idleMs: null, leftOpen: null, moreThreads: 2 },
    threads: [
      {
        ...{ tid: 4121, name: "node", state: "running", cpuRatio: 0.98, cpuWaitRatio: 0, waitChannel: null },
        ...{ systemCall: null, waitsOn: null, kernelStack: [] },
      },
      {
        ...{
          tid: 4122,
          name: "libuv-worker",
          state: "sleeping",
          cpuRatio: 0,
          cpuWaitRatio: 0,
          waitChannel: "futex_do_wait",
        },
        ...{ systemCall: { name: "futex", number: 202 }, waitsOn: null, kernelStack: ["futex_do_wait", "do_futex"] },
      },
      {
        ...{
          tid: 4123,
          name: "reader",
          state: "sleeping",
          cpuRatio: null,
          cpuWaitRatio: null,
          waitChannel: "anon_pipe_read",
        },
        ...{ systemCall: { name: null, number: 999 }, waitsOn: "pipe:[77]", kernelStack: [] },
      },
    ],
    untold: [{ part: "kernelStacks", reason: { code: "stacks.permission", args: { pid: 4121 } } }],
  };
}
