import { blameFigures } from "../../src/engine/analyse/blame/figures.ts";
import { atOnce } from "../../src/engine/common/slices.ts";
import type { AccountSum } from "../../src/engine/ports.ts";
import type { BlameMeasure, BlameReport, StackSummary } from "../../src/engine/protocol/blame.ts";

const T0 = Date.UTC(2026, 10, 24, 13, 0, 0);
const HOUR = 3_600_000;
const figure = (sum: number | null, unknownMinutes = 0) => ({ sum, unknownMinutes });
const stacks: StackSummary = {
  frames: [
    { name: "handle", file: "/srv/agent/loop.js", line: 10, column: 3 },
    { name: "tokenize", file: "/srv/agent/tokens.js", line: 42, column: 1 },
    { name: "(garbage collector)", file: null, line: null, column: null },
  ],
  nodeFrame: [0, 1, 2],
  nodeParent: [-1, 0, -1],
  selfRatio: [0.2, 0.7, 0.1],
};

function one(pid: number, cpu: number, over: Partial<AccountSum> = {}): AccountSum {
  return {
    ...{ pid, startTime: 100 + pid, role: "agent", name: `claude ${pid}`, parentPid: 4000, swarmId: "claude:/srv/api" },
    ...{ swarmLabel: "Claude Code · api", agentId: `${pid}-1`, agentName: `claude ${pid}`, minutes: 60 },
    ...{
      cpuSeconds: figure(cpu),
      rssByteSeconds: figure(cpu * 4e9),
      readBytes: figure(cpu * 1e6),
      writeBytes: figure(cpu * 3e6),
    },
    ...{ threads: [], profiles: [] },
    ...over,
  };
}
const of4121 = { agentId: "4121-1", agentName: "claude 4121" };

export const blameSums: readonly AccountSum[] = [
  one(4121, 420, {
    threads: [
      { name: "MainThread", isMain: true, cpuSeconds: 360 },
      { name: "libuv-worker", isMain: false, cpuSeconds: 30 },
    ],
    profiles: [{ cpuSeconds: 90, stacks }],
  }),
  one(4200, 260, { ...of4121, role: "tool", name: "vitest" }),
  one(4201, 150, { ...of4121, role: "tool", name: "vitest" }),
  one(4300, 22, { ...of4121, role: "helper", name: "mcp-server-git" }),
  one(5000, 75),
  one(6000, 48, { swarmId: "demo", swarmLabel: "Demo", name: "Demo 6000", agentName: "Demo 6000" }),
  one(6001, 12, {
    swarmId: "demo",
    swarmLabel: "Demo",
    role: "support",
    name: "model API",
    agentId: null,
    agentName: null,
  }),
  one(9000, 9, { role: "own", name: "engine", swarmId: null, swarmLabel: null, agentId: null, agentName: null }),
  one(7000, 0, {
    cpuSeconds: figure(null, 7),
    rssByteSeconds: figure(null, 7),
    readBytes: figure(null, 7),
    writeBytes: figure(null, 7),
  }),
];

export function blameSample(by: BlameMeasure = "cpu", over: Partial<BlameReport> = {}, sums = blameSums): BlameReport {
  return {
    ...{ by, unit: by === "cpu" ? "seconds" : "bytes", swarmId: null, swarmLabel: null },
    ...{
      fromMs: T0,
      toMs: T0 + HOUR,
      rangeMinutes: 60,
      measuredMinutes: 52,
      measuredMs: 3_120_000,
      oldestMs: T0 - 24 * HOUR,
    },
    ...atOnce(blameFigures(sums, by, 3_120_000, new Map())),
    ...over,
  };
}

/** Nothing was found. */
export function emptyBlame(over: Partial<BlameReport> = {}): BlameReport {
  return blameSample("cpu", { measuredMinutes: 0, measuredMs: 0, oldestMs: null, unknownMinutes: 0, ...over }, []);
}
