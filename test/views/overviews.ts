import type {
  AgentRow,
  EngineHealth,
  HostSample,
  ManagedSwarmRow,
  ObservedSwarmRow,
  ProcessRow,
  Usage,
} from "../../src/engine/protocol/model.ts";
import type { Overview } from "../../src/engine/protocol/rpc.ts";

/** Overviews for tests of the views: a machine of four usable cores, sampled at a fixed time. */

export const NOW_MS = 1_700_000_000_000;
const GB = 1_000_000_000;

export function usage(over: Partial<Usage> = {}): Usage {
  return { cpuCores: 0.48, rssBytes: 1.1 * GB, readBytes: 2_000_000, writeBytes: 500_000, processCount: 1, ...over };
}

export const unknownUsage: Usage = {
  cpuCores: null,
  rssBytes: null,
  readBytes: null,
  writeBytes: null,
  processCount: 1,
};

export function process(over: Partial<ProcessRow> = {}): ProcessRow {
  return { pid: 4130, startTime: 900, name: "mcp-server-git", cpuCores: 0.02, rssBytes: 80_000_000, ...over };
}

export function agent(over: Partial<AgentRow> = {}): AgentRow {
  const pid = over.pid ?? 4121;
  return {
    id: `${pid}-800`,
    pid,
    startTime: 800,
    startedAtMs: NOW_MS - 600_000,
    name: "claude",
    command: "claude --resume",
    state: "working",
    stateSource: "derived",
    stateSinceMs: NOW_MS - 240_000,
    usage: usage(),
    helpers: [],
    tools: [],
    problem: null,
    tasksDone: null,
    ...over,
  };
}

export function observed(over: Partial<ObservedSwarmRow> = {}): ObservedSwarmRow {
  return {
    kind: "observed",
    id: "claude-code:/home/me/api-server",
    label: "Claude Code · api-server",
    agentKind: "claude-code",
    directory: "/home/me/api-server",
    agents: [agent(), agent({ pid: 4200 }), agent({ pid: 4300 })],
    usage: usage({ cpuCores: 1.64, rssBytes: 3.2 * GB, processCount: 9 }),
    ...over,
  };
}

export function managed(over: Partial<ManagedSwarmRow> = {}): ManagedSwarmRow {
  return {
    kind: "managed",
    id: "demo",
    label: "demo",
    provider: "local",
    demo: true,
    mode: "recommend",
    target: 8,
    live: 6,
    minAgents: 1,
    maxAgents: 16,
    activity: { kind: "steady" },
    demand: 4.26,
    demandSource: "measured",
    scaling: null,
    held: false,
    utilisation: 0.71,
    waitingTasks: 3,
    timeScale: 240,
    support: [],
    tasksDone: 12,
    agents: [],
    usage: usage(),
    problem: null,
    ...over,
  };
}

export function host(over: Partial<HostSample> = {}): HostSample {
  const calm = { someRatio10s: 0.02, fullRatio10s: 0 };
  return {
    cpuCount: 8,
    cpuBusyRatio: 0.5,
    perCoreBusyRatio: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    cpuCapacityCores: 4,
    memoryTotalBytes: 32 * GB,
    memoryCapacityBytes: 16 * GB,
    memoryUsedBytes: 9 * GB,
    memoryAvailableBytes: 7 * GB,
    swapTotalBytes: 0,
    swapUsedBytes: 0,
    pressure: { cpu: calm, memory: calm, io: calm },
    diskReadBytesPerSecond: 1_000_000,
    diskWriteBytesPerSecond: 0,
    networkReceiveBytesPerSecond: 5_000,
    networkTransmitBytesPerSecond: 6_000,
    loadAverage: [1.5, 1, 0.5],
    ...over,
  };
}

export const engine: EngineHealth = {
  pid: 100,
  version: "0.1.0",
  buildId: "abc",
  epoch: 1,
  startedAtMs: NOW_MS - 3_600_000,
  cpuRatio: 0.006,
  rssBytes: 84_000_000,
  keeperPid: 99,
  keeperRssBytes: 52_000_000,
  tickMs: 3,
  tickIntervalMs: 1_000,
  lateTicks: 0,
  restarts: 0,
  clients: 1,
  notices: [],
};

export function overview(over: Partial<Overview> = {}): Overview {
  return {
    wallMs: NOW_MS,
    intervalMs: 1_000,
    host: host(),
    facts: null,
    swarms: [observed(), managed()],
    engine,
    ...over,
  };
}

/** Strings that want to be more than text: markup, links, icons, escapes, direction marks, paths. */
export const hostileStrings: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "[click](command:workbench.action.terminal.new)",
  "[click](https://example.invalid)",
  "$(flame) $(sync~spin)",
  "\u001b[31mred\u001b[0m",
  "\u001b]8;;file:///etc/passwd\u0007link\u001b]8;;\u0007",
  "abc\u202edcba\u2066x\u2069",
  "zero\u200bwidth\u2060joined\ufeff",
  "../../../etc/passwd",
  "line\nbreak\r\nand\ttab\u2028sep",
  "nul\u0000bell\u0007back\u0008",
  "\ud800lone",
  "a".repeat(5_000),
  "javascript:alert(1)",
  "`${1+1}` {{7*7}}",
];

/** Characters that must not reach a view. */
export const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;
