import type { OrchestratedSwarmRow } from "../../src/engine/protocol/model.ts";
import { NOW_MS } from "./samples.ts";

/** As claude-flow 3.43.0 shows. */
export function orchestratedSample(changes: Partial<OrchestratedSwarmRow> = {}): OrchestratedSwarmRow {
  const own = { code: "grade.ownRecords", args: {} };
  return {
    kind: "orchestrated",
    id: "flow",
    label: "flow",
    provider: "claudeFlow",
    mode: "recommend",
    link: { kind: "connected", sinceMs: NOW_MS - 60_000 },
    server: { name: "ruflo", version: "3.0.0" },
    dialect: "v3",
    serverPid: 4100,
    minAgents: 0,
    maxAgents: 15,
    target: 5,
    recordCount: 5,
    records: [
      { id: "agent-1", type: "worker", status: "idle", busy: false, pid: null },
      { id: "agent-2", type: "worker", status: "busy", busy: true, pid: 4121 },
    ],
    recordsAtMs: NOW_MS - 2_000,
    tools: [
      {
        role: "metrics_collect",
        tools: ["system_metrics", "performance_metrics"],
        grade: "verified",
        reason: { code: "grade.memoryAgrees", args: { path: "memory.total", said: 24_106 } },
        atMs: NOW_MS - 50_000,
      },
      { role: "swarm_status", tools: ["swarm_status"], grade: "record-only", reason: own, atMs: NOW_MS - 50_000 },
      {
        role: "swarm_scale",
        tools: ["agent_pool"],
        grade: "stub",
        reason: { code: "grade.scaledNothing", args: { tool: "agent_pool", asked: 5, before: 0 } },
        atMs: NOW_MS - 9_000,
      },
      {
        role: "daa_resource_alloc",
        tools: [],
        grade: "absent",
        reason: { code: "grade.noTool", args: {} },
        atMs: NOW_MS - 50_000,
      },
      {
        role: "agent_spawn",
        tools: ["agent_spawn"],
        grade: "unprobed",
        reason: { code: "grade.unprobed", args: {} },
        atMs: null,
      },
    ],
    breaker: { state: "closed", failures: 0, refused: 0 },
    activity: { kind: "steady" },
    wantsToken: false,
    problem: null,
    advice: { code: "orchestrator.claimedOnly", args: {} },
    agents: [],
    usage: { cpuCores: null, rssBytes: null, readBytes: null, writeBytes: null, processCount: 0 },
    ...changes,
  };
}
