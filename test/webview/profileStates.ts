import type { MemorySnapshot, ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { profileSample } from "../cli/profileSample.ts";

/** Thirteen looks in 60 s: RSS and heap grow by 1.1 MB a second, with a collection every 20 s. */
function snapshots(): MemorySnapshot[] {
  return Array.from({ length: 13 }, (_, look) => {
    const grown = 5.5e6 * look + 4e6 * (look % 4);
    return {
      ...{ atMs: look * 5_000, rssBytes: 350e6 + grown, pssBytes: 330e6 + grown, swapBytes: 0 },
      ...{
        heapUsedBytes: 140e6 + grown,
        heapTotalBytes: 260e6,
        retainedBytes: 120e6 + 5.5e6 * look,
        externalBytes: 3e6 + 1e5 * look,
      },
    };
  });
}

/** A busy process that leaks, as a long profile tells it. */
export function profileReport(): ProfileReport {
  const sample = profileSample();
  if (sample.cpu === null || sample.memory === null) throw new Error("the sample has no CPU or memory");
  const names = ["hash", "parse", "indexOfToken", "flush", "(anonymous)", "render", "tokenize", "walk"];
  const more = ["mergeChunks", "score", "readLines", "encode"];
  const hotspots = [...names, ...more].map((name, rank) => ({
    ...{ name, file: rank === 4 ? null : `/home/me/agents/reviewer/src/${name}.js`, line: 12 + rank, column: 3 },
    ...{ selfRatio: 0.41 / (rank + 1), totalRatio: 0.9 / (rank + 1), samples: 4_000 - rank },
  }));
  const [first = sample.memory.leaks[0]] = sample.memory.leaks;
  if (first === undefined) throw new Error("the sample has no leak");
  const heap = {
    kind: "heapprofile",
    path: "/state/profiles/20261126T140305123Z-4121.heapprofile",
    bytes: 91_000,
  } as const;
  const cpuFile = {
    kind: "cpuprofile",
    path: "/state/profiles/20261126T140305123Z-4121.cpuprofile",
    bytes: 48_000,
  } as const;
  return {
    ...sample,
    process: { ...sample.process, command: "node /home/me/agents/reviewer/src/main.js --lane standard" },
    cpu: { ...sample.cpu, hotspots, misnamedRatio: 0.07, flamegraph: cpuFile },
    memory: {
      ...sample.memory,
      snapshots: snapshots(),
      growth: [
        ...sample.memory.growth,
        {
          ...{ series: "heapUsed", pattern: "sawtooth", bytesPerSecond: 1_050_000, lowBytesPerSecond: 800_000 },
          ...{ highBytesPerSecond: 1_200_000, confidence: 0.98, points: 13, falls: 3 },
        },
      ],
      leaks: [
        { ...first, name: "remember", file: "/home/me/agents/reviewer/src/cache.js", line: 31 },
        { ...first, name: "(anonymous)", file: null, line: null, bytes: 4e6, grownBytes: 2.1e6, grownLooks: 8 },
      ],
      heapProfile: heap,
    },
    recommendations: [
      {
        ...{ type: "cpu", target: "hash /home/me/agents/reviewer/src/hash.js:12" },
        suggestion: { code: "profileAdvice.hot", args: { name: "hash" } },
        evidence: { code: "profileEvidence.self", args: { ratio: 0.41, samples: 5_800 } },
      },
      {
        ...{ type: "memory", target: "remember /home/me/agents/reviewer/src/cache.js:31" },
        suggestion: { code: "profileAdvice.leakSite", args: { name: "remember", bytes: 60e6 } },
        evidence: { code: "profileEvidence.growth", args: { series: "rss", bytes: 1.1e6, points: 13 } },
      },
      {
        ...{ type: "io", target: "pid 4121" },
        suggestion: { code: "profileAdvice.writes", args: {} },
        evidence: { code: "profileEvidence.writes", args: { bytes: 1.2e7 } },
      },
    ],
    artefacts: [cpuFile, heap],
  };
}

/** A process without an inspector: by the states of its threads, and half of it cannot be had. */
export function outsideReport(): ProfileReport {
  const sample = profileSample();
  const refusal = { code: "inspector.notNode", args: { pid: 4121 } };
  const none = { retainedBytes: null, heapUsedBytes: null, heapTotalBytes: null, externalBytes: null };
  return {
    ...sample,
    process: { ...sample.process, command: "python3 worker.py" },
    ...{ inspected: false, ended: true, durationMs: 4_200 },
    cpu: {
      ...{ method: "scheduler", methodReason: { code: "perf.missing", args: {} }, source: "derived", samples: 42 },
      ...{
        intervalMs: 100,
        hotspots: [],
        busyRatio: 0,
        collectorRatio: null,
        misnamedRatio: null,
        blockingCallers: null,
        flamegraph: null,
      },
      ...{ scripts: [], packages: [], counts: { functions: 0, scripts: 0, packages: 0 } },
    },
    memory: {
      ...{ allocation: null, collections: null, swarm: null },
      snapshots: [{ atMs: 0, rssBytes: 80e6, pssBytes: null, swapBytes: null, ...none }],
      growth: [],
      leaks: [],
      leaksReason: refusal,
      heapProfile: null,
    },
    application: null,
    missing: [{ component: "application", reason: refusal }],
    ...{ recommendations: [], artefacts: [] },
  };
}
