/**
 * A stand-in orchestrator: a process of its own that speaks MCP on stdio, by hand, so that it can also speak it badly.
 * `node fakeServer.ts '{"dialect":"v3","quirks":["hang:agent_spawn"]}'`
 */
interface Setting {
  readonly dialect?: "v2" | "v3" | "none";
  /** Records at the start. */
  readonly agents?: number;
  readonly busy?: number;
  readonly quirks?: readonly string[];
  /** Name of the records to begin with. */
  readonly name?: string;
}

const setting = JSON.parse(process.argv[2] ?? "{}") as Setting;
const quirks = new Set(setting.quirks ?? []);
const dialect = setting.dialect ?? "v3";
const agents = new Map<string, { agentId: string; agentType: string; status: string }>();
/** `listLags:600`: its list tells of a record 600 ms after it was written; `endsLag:600`: for 600 ms after it was taken out. */
const lagOf = (name: string): number =>
  Number([...quirks].find((quirk) => quirk.startsWith(`${name}:`))?.slice(name.length + 1) ?? 0);
const lagMs = lagOf("listLags");
const endsLagMs = lagOf("endsLag");
const endedAt = new Map<string, number>();
const writtenAt = new Map<string, number>();
let counter = 0;
let listed = 0;
let lists = 0;

function addAgent(agentType: string, status = "idle"): string {
  const agentId = `${setting.name ?? "agent"}-${++counter}`;
  agents.set(agentId, { agentId, agentType, status });
  writtenAt.set(agentId, performance.now());
  return agentId;
}
for (let n = 0; n < (setting.agents ?? 0); n++)
  addAgent(dialect === "v2" ? "coder" : "worker", n < (setting.busy ?? 0) ? "busy" : "idle");
/** Those that were there at the start: `poolCountsOwn` leaves them out, and none of them can be taken out. */
const foreign = new Set(agents.keys());

const V2 = [
  ...["metrics_collect", "performance_report", "bottleneck_analyze", "daa_resource_alloc", "swarm_status"],
  ...["swarm_scale", "topology_optimize", "agent_list", "agent_spawn"],
  ...(quirks.has("scalesAnySwarm") ? ["agent_terminate"] : []),
];
const V3 = [
  ...["system_metrics", "performance_metrics", "performance_bottleneck", "performance_report", "swarm_status"],
  ...["agent_pool", "coordination_topology", "agent_list", "agent_spawn", "agent_terminate", "memory_store"],
  ...(quirks.has("neverReadsBack") ? [] : ["memory_retrieve"]),
];
const properties: Readonly<Record<string, object>> = {
  agent_list: dialect === "v2" ? { swarmId: {} } : { status: {} },
  agent_spawn: dialect === "v2" ? { type: {}, swarmId: {} } : { agentType: {} },
};

function toolNames(): readonly string[] {
  if (dialect === "none") return ["read_file", "write_file"];
  const names = dialect === "v2" ? V2 : V3;
  if (quirks.has("noPerformanceMetrics")) return names.filter((name) => name !== "performance_metrics");
  if (quirks.has("changesTools") && listed > 1) return names.filter((name) => name !== "agent_pool");
  return names;
}

const memory = new Map<string, unknown>();
let topology = "hierarchical";
let reports = 0;

function callTool(name: string, args: Record<string, unknown>): unknown {
  const all = [...agents.values()].filter(({ status }) => status !== "terminated");
  const isLate = (agentId: string): boolean => performance.now() - (writtenAt.get(agentId) ?? 0) < lagMs;
  const isStillTold = (agentId: string): boolean => performance.now() - (endedAt.get(agentId) ?? -Infinity) < endsLagMs;
  const live =
    name === "agent_list"
      ? [...agents.values()].filter(
          ({ agentId, status }) => !isLate(agentId) && (status !== "terminated" || isStillTold(agentId)),
        )
      : all;
  const end = (agent: { agentId: string; status: string }): void => {
    agent.status = "terminated";
    endedAt.set(agent.agentId, performance.now());
  };
  switch (name) {
    case "agent_list":
      if (quirks.has("wrongTypes"))
        return { agents: [1, null, "x", { agentId: 7 }, { id: { a: 1 } }, { agentId: "" }] };
      if (quirks.has("listFails") || (quirks.has("listFailsFirst") && ++lists <= 2))
        return { agents: [], total: 0, error: "store is locked" };
      if (quirks.has("listFailsLater") && ++lists > 2) return { success: false, agents: [], error: "store is locked" };
      if (quirks.has("notAList")) return { agents: "five", total: "many" };
      if (quirks.has("hostileNames"))
        return {
          agents: HOSTILE.map((agentId) => ({ agentId, agentType: agentId, status: agentId })),
        };
      if (dialect === "v2" && args["swarmId"] !== undefined && quirks.has("madeUp"))
        return {
          // As the real one: it says so of whatever swarm it is asked about.
          ...(quirks.has("echoesSwarm") ? { swarmId: args["swarmId"] } : {}),
          agents: [1, 2, 3].map((n) => ({ id: `made-up-${n}`, type: "coder", status: "active" })),
        };
      if (dialect === "v2" && live.length === 0 && quirks.has("madeUp"))
        return { agents: [1, 2, 3].map((n) => ({ id: `made-up-${n}`, type: "coder", status: "active" })) };
      return dialect === "v2"
        ? {
            success: true,
            agents: live.map(({ agentId, agentType, status }) => ({ id: agentId, type: agentType, status })),
          }
        : {
            agents: live.map((one) => (one.status === "terminated" ? { ...one, status: "idle" } : one)),
            total: live.length,
          };
    case "agent_spawn":
      if (quirks.has("spawnLies")) return { success: true, agentId: "nobody" };
      return { success: true, agentId: addAgent(String(args["agentType"] ?? args["type"])) };
    case "agent_terminate": {
      const agent = agents.get(String(args["agentId"]));
      if (agent === undefined || (quirks.has("poolCountsOwn") && foreign.has(agent.agentId)))
        return { success: false, error: "Agent not found" };
      if (!quirks.has("terminateLies")) end(agent);
      return { success: true };
    }
    case "agent_pool": {
      // As the real one: records that came by another way (`foreign`) are in its list, and not in its pool.
      const pooled = live.filter(({ agentId }) => !quirks.has("poolCountsOwn") || !foreign.has(agentId));
      const byType: Record<string, number> = {};
      for (const { agentType } of pooled) byType[agentType] = (byType[agentType] ?? 0) + 1;
      if (args["action"] === "status") return quirks.has("poolTellsNothing") ? { action: "status" } : { byType };
      // As the real one reads it: 0 is 5.
      const targetSize = (args["targetSize"] as number) || 5;
      const ofKind = pooled.filter(({ agentType }) => agentType === args["agentType"]);
      const removed: string[] = [];
      if (!quirks.has("poolLies")) {
        for (let n = ofKind.length; n < targetSize; n++) addAgent(String(args["agentType"]));
        const ending = ofKind
          .filter(({ status }) => status === "idle")
          .slice(0, Math.max(0, ofKind.length - targetSize));
        for (const agent of ending) end(agent);
        removed.push(...ending.map(({ agentId }) => agentId));
      }
      return { action: "scale", previousSize: ofKind.length, newSize: targetSize, removed };
    }
    case "swarm_scale":
      // Says what every tool says, and adds one whatever it is asked about.
      if (quirks.has("scalesAnySwarm")) {
        const agentId = addAgent("coder");
        // Beside it, somebody else adds one.
        if (quirks.has("namesAdded")) {
          addAgent("coder");
          return { success: true, added: [agentId] };
        }
      }
      return hollow(name, args);
    case "swarm_status":
      if (quirks.has("noSwarm")) return { success: false, error: "No active swarm found" };
      return { success: true, agentCount: live.length, listed, reports };
    case "coordination_topology":
      if (args["action"] === "optimize") return { success: true, current: topology, recommended: "mesh" };
      if (args["action"] === "set" && !quirks.has("topologyLies")) topology = String(args["type"]);
      return { success: true, topology: { type: topology } };
    case "performance_report":
      // Made up where it is said so: a count of what was done that goes down.
      return { metrics: { tasks_executed: quirks.has("randomReport") ? [80, 200, 60, 90][reports++ % 4] : reports++ } };
    case "system_metrics":
      return { memory: { total: Number(process.env["FAKE_MEMORY_MB"] ?? 1) } };
    case "memory_store":
      if (!quirks.has("forgets")) memory.set(`${String(args["namespace"])} ${String(args["key"])}`, args["value"]);
      return { success: true, stored: true };
    case "memory_retrieve": {
      // As the real one: what can be read as JSON is given as that.
      const value = memory.get(`${String(args["namespace"])} ${String(args["key"])}`);
      return value === undefined ? { value: null, found: false } : { value: JSON.parse(String(value)), found: true };
    }
    case "daa_resource_alloc":
      return { success: true, allocationId: "a", allocation: { resources: args["resources"] } };
    default:
      if (dialect === "v2" || quirks.has("yesToAll")) return hollow(name, args);
      return { ok: true };
  }
}

function hollow(name: string, args: Record<string, unknown>): object {
  const message = `Tool ${name} executed successfully`;
  return { success: true, tool: name, message, args, timestamp: new Date().toISOString() };
}

export const HOSTILE = [
  "\u001b[31mred\u001b[0m",
  "<img src=x onerror=alert(1)>",
  "../../etc/passwd",
  "[x](command:evil)",
  "$(trash) x",
  "a\u202eb\u200bc",
  "line\nbreak\ttab\u0000nul",
  "__proto__",
  "constructor",
  "x".repeat(900),
];

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function answer(id: unknown, result: unknown): void {
  if (quirks.has("logsOnStdout")) process.stdout.write("INFO starting up {not json\n\u001b[32m[ok]\u001b[0m\n");
  send({ id, result });
}

function onRequest({
  id,
  method,
  params = {},
}: {
  id?: unknown;
  method: string;
  params?: Record<string, unknown>;
}): void {
  if (id === undefined) return;
  if (method === "initialize") {
    if (quirks.has("neverAnswers")) return;
    answer(id, {
      protocolVersion: params["protocolVersion"],
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: quirks.has("hostileNames") ? (HOSTILE[0] as string) : "fake-flow", version: "1.2.3" },
    });
    return;
  }
  if (method === "tools/list") {
    listed++;
    if (quirks.has("badToolList")) return answer(id, { tools: [{ name: 5 }, "x"] });
    answer(id, {
      tools: toolNames().map((name) => ({
        name,
        inputSchema: { type: "object", properties: properties[name] ?? {} },
      })),
    });
    return;
  }
  if (method !== "tools/call") return answer(id, {});
  const name = String(params["name"]);
  const args = (params["arguments"] ?? {}) as Record<string, unknown>;
  if (quirks.has(`hang:${name}`) || quirks.has("hangAll")) return;
  if (quirks.delete(`hangOnce:${name}`)) return;
  if (quirks.has(`changed:${name}`)) send({ method: "notifications/tools/list_changed" });
  if (quirks.has(`die:${name}`)) {
    process.stderr.write(`it was ${name}\n`);
    process.exit(3);
  }
  if (quirks.has(`huge:${name}`))
    return answer(id, { content: [{ type: "text", text: "x".repeat(10 * 1024 * 1024) }] });
  if (quirks.has(`isError:${name}`))
    return answer(id, { isError: true, content: [{ type: "text", text: "not today \u001b[31m" }] });
  if (quirks.has(`junk:${name}`)) return answer(id, { content: "no list", structuredContent: 5 });
  const known = toolNames().includes(name) || dialect === "v2" || quirks.has("yesToAll");
  if (!known) return send({ id, error: { code: -32_601, message: `Tool not found: ${name}` } });
  const result = { content: [{ type: "text", text: JSON.stringify(callTool(name, args)) }] };
  if (quirks.has(`late:${name}`)) setTimeout(() => answer(id, result), 1_500);
  else answer(id, result);
}

if (process.argv[1]?.endsWith("fakeServer.ts") === true) {
  if (quirks.has("endsAtOnce")) process.exit(7);
  if (quirks.has("ignoresSigterm")) process.on("SIGTERM", () => undefined);
  let rest = "";
  process.stdin.on("data", (chunk: Buffer) => {
    rest += chunk.toString("utf8");
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") onRequest(JSON.parse(line) as never);
  });
  process.stdin.on("end", () => quirks.has("ignoresSigterm") || process.exit(0));
  if (quirks.has("ignoresSigterm")) setInterval(() => undefined, 1_000);
}
