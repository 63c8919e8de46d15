import { describe, expect, test } from "vitest";
import type { Growth, ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { adviceFor } from "../../src/profiler/advice.ts";
import { quietIo } from "./ioSample.ts";

const frame = { name: "work", file: "/a.js", line: 3, column: 1 };
const quiet: Pick<ProfileReport, "process" | "cpu" | "memory" | "io" | "application"> = {
  process: { pid: 7, startTime: 1, command: "c" },
  cpu: {
    ...{ method: "inspector", methodReason: null, source: "measured", samples: 100, intervalMs: 10, flamegraph: null },
    ...{
      busyRatio: 0.9,
      collectorRatio: 0.01,
      misnamedRatio: null,
      blockingCallers: [],
      hotspots: [{ ...frame, selfRatio: 0.1, totalRatio: 1, samples: 10 }],
      ...{ scripts: [], packages: [], counts: { functions: 1, scripts: 0, packages: 0 } },
    },
  },
  memory: {
    ...{ snapshots: [], growth: [], leaks: [], leaksReason: null, heapProfile: null },
    ...{ allocation: null, collections: null, swarm: null },
  },
  io: quietIo,
  application: null,
};
const codes = (parts: Partial<typeof quiet>) =>
  adviceFor({ ...quiet, ...parts }).map(({ suggestion }) => suggestion.code);

describe("advice", () => {
  test("is not given about a quiet process, nor about what was not seen", () => {
    expect(codes({})).toEqual([]);
    expect(codes({ cpu: null, memory: null, io: null })).toEqual([]);
  });

  test("names a hot function, but not of a process that hardly runs, nor a state of a thread", () => {
    const hot = {
      ...(quiet.cpu as NonNullable<typeof quiet.cpu>),
      hotspots: [{ ...frame, selfRatio: 0.6, totalRatio: 1, samples: 60 }],
    };
    expect(adviceFor({ ...quiet, cpu: hot })).toEqual([
      {
        ...{ type: "cpu", target: "work /a.js:3" },
        suggestion: { code: "profileAdvice.hot", args: { name: "work" } },
        evidence: { code: "profileEvidence.self", args: { ratio: 0.6, samples: 100 } },
      },
    ]);
    expect(codes({ cpu: { ...hot, busyRatio: 0.05 } })).toEqual([]);
    expect(codes({ cpu: { ...hot, method: "scheduler" } })).toEqual([]);
    expect(codes({ cpu: { ...hot, hotspots: [], collectorRatio: 0.3 } })).toEqual(["profileAdvice.collector"]);
    // Of that the profile's own collections are most: 200 ms of 10 s, in a process that was busy for one of them.
    const at = { rssBytes: 1, pssBytes: null, swapBytes: null, heapUsedBytes: null, heapTotalBytes: null };
    const memory = {
      ...(quiet.memory as NonNullable<typeof quiet.memory>),
      snapshots: [{ atMs: 10_000, ...at, externalBytes: null, retainedBytes: null }],
      collections: { count: 12, totalMs: 200, mostMs: 30 },
    };
    expect(codes({ cpu: { ...hot, hotspots: [], busyRatio: 0.1, collectorRatio: 0.3 }, memory })).toEqual([]);
  });

  test("names the place of a leak where one is known", () => {
    const growth: Growth = {
      ...{ series: "rss", pattern: "leak", bytesPerSecond: 1e6, lowBytesPerSecond: 1, highBytesPerSecond: 2e6 },
      ...{ confidence: 0.999, points: 13, falls: 0 },
    };
    const site = { ...frame, bytes: 9e6, grownBytes: 8e6, bytesPerSecond: 1e6, grownLooks: 11, looks: 12, callers: [] };
    const memory = quiet.memory as NonNullable<typeof quiet.memory>;
    expect(codes({ memory: { ...memory, growth: [growth] } })).toEqual(["profileAdvice.leak"]);
    expect(codes({ memory: { ...memory, growth: [growth], leaks: [site] } })).toEqual(["profileAdvice.leakSite"]);
    expect(codes({ memory: { ...memory, growth: [{ ...growth, pattern: "sawtooth" }] } })).toEqual([]);
  });

  test("tells of a late event loop", () => {
    const application = {
      ...{ loopDelayMeanMs: 50, loopDelayP50Ms: 40, loopDelayP99Ms: 200, loopDelayMaxMs: 300, loopBusyRatio: 1 },
      ...{ uptimeSeconds: 5, nodeVersion: "v24", resources: [], runtimeReason: null, tasks: null },
    };
    expect(codes({ application })).toEqual(["profileAdvice.loop"]);
    expect(codes({ application: { ...application, loopDelayP99Ms: null } })).toEqual([]);
  });
});
