import type { Coded } from "../../common/errors.ts";
import { TOOL_ROLES, type ToolRole } from "../../protocol/orchestrators.ts";
import type { ToolInfo } from "./mcpConnection.ts";

type Tools = ReadonlyMap<string, ToolInfo>;

/**
 * Where to find what, in order of preference: as version 2 calls it, then as version 3 does. Of a way with several tools,
 * those that are there are used.
 */
const WAYS: Readonly<Record<ToolRole, readonly (readonly string[])[]>> = {
  metrics_collect: [["metrics_collect"], ["system_metrics", "performance_metrics"]],
  performance_report: [["performance_report"]],
  bottleneck_analyze: [["bottleneck_analyze"], ["performance_bottleneck"]],
  daa_resource_alloc: [["daa_resource_alloc"]],
  swarm_status: [["swarm_status"]],
  swarm_scale: [["swarm_scale"], ["agent_pool"]],
  topology_optimize: [["topology_optimize"], ["coordination_topology"]],
  agent_list: [["agent_list"]],
  agent_spawn: [["agent_spawn"]],
  agent_terminate: [["agent_terminate"]],
};

export interface Dialect {
  readonly name: "v2" | "v3";
  /** By role, what is called for it; empty where there is none. */
  readonly tools: Readonly<Record<ToolRole, readonly string[]>>;
  /** What an agent's kind is called when one is added. */
  readonly typeArgument: "type" | "agentType";
  /** Whether its list can be asked for one swarm. */
  readonly listsBySwarm: boolean;
  /** Keeps a note; `null` where nothing does. */
  readonly memoryTool: string | null;
  /** Tells a note that was kept; `null` where nothing does. */
  readonly memoryReader: string | null;
}

/**
 * The dialect that a server speaks, by what is there; what it calls itself says nothing.
 * @returns the reason when it keeps no records of agents, and so is no orchestrator
 */
export function dialectOf(tools: Tools): Dialect | Coded {
  const list = tools.get("agent_list");
  if (list === undefined) return { code: "orchestrator.notOne", args: { tools: tools.size } };
  const isV3 = tools.has("agent_pool") || tools.get("agent_spawn")?.arguments.has("agentType") === true;
  const chosen = TOOL_ROLES.map((role) => {
    const found = WAYS[role].map((way) => way.filter((name) => tools.has(name))).find((way) => way.length > 0);
    return [role, found ?? []] as const;
  });
  return {
    name: isV3 ? "v3" : "v2",
    tools: Object.fromEntries(chosen) as unknown as Dialect["tools"],
    typeArgument: tools.get("agent_spawn")?.arguments.has("agentType") === true ? "agentType" : "type",
    listsBySwarm: list.arguments.has("swarmId"),
    memoryTool: tools.has("memory_store") ? "memory_store" : null,
    memoryReader: tools.has("memory_retrieve") ? "memory_retrieve" : null,
  };
}

export function isDialect(value: Dialect | Coded): value is Dialect {
  return "tools" in value;
}

/** Of the records that are added, where the operator has not said: version 2 knows a list of kinds, with this among them. */
export function defaultAgentType({ name }: Dialect): string {
  return name === "v2" ? "coder" : "worker";
}
