import * as z from "zod";

/**
 * What a load balancer asks: who has room now. The answer of `GET /v1/capacity` and of `agent-capacity`. Fields may be
 * added; none is renamed, removed or given another meaning. `null` means unknown, never zero.
 */
export const AGENT_CAPACITY_VERSION = 1;

const agentHealth = z
  .enum(["ok", "starting", "leaving", "unknown", "failing"])
  .describe("ok: takes tasks · leaving: finishes its task and takes no other · unknown: asked, not seen yet");

const agent = z.object({
  id: z.string(),
  state: z.enum(["starting", "idle", "working", "draining", "stopping", "unconfirmed", "unresponsive"]),
  stateSource: z.enum(["measured", "derived", "claimed", "unknown"]),
  sinceMs: z.number().describe("In this state since then, epoch ms"),
  health: agentHealth,
  slots: z.int().describe("Tasks it holds at once"),
  busySlots: z.int(),
  freeSlots: z.int().describe("Tasks it could begin now, as far as its swarm and lanes let them"),
});

const swarm = z.object({
  id: z.string(),
  provider: z.string(),
  agentType: z
    .enum(["worker", "command"])
    .describe("command: one process a task, so room is what may still be started and not idle agents"),
  health: z
    .enum(["ok", "degraded", "unavailable", "stopped"])
    .describe(
      "degraded: fewer agents than wanted, or its breaker tries again · unavailable: none, or its breaker is open",
    ),
  accepting: z.boolean().describe("A task submitted now would be taken and could start here"),
  target: z.int(),
  live: z.int(),
  maxAgents: z.int(),
  busySlots: z.int(),
  freeSlots: z.int(),
  waitingTasks: z.number().nullable(),
  breaker: z.enum(["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"]).nullable(),
  agents: z.array(agent).readonly(),
});

const lane = z.object({
  lane: z.string(),
  gate: z.enum(["open", "paused", "draining"]),
  capacity: z.int().describe("Tasks at once"),
  limit: z.int().describe("In force now: the capacity, or less while the adaptive limit is on"),
  inUse: z.int(),
  queued: z.int(),
  queueLimit: z.int(),
  breaker: z.enum(["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"]).nullable(),
});

export const agentCapacity = z.object({
  version: z.literal(AGENT_CAPACITY_VERSION),
  sampledAtMs: z.number().describe("When this was measured, epoch ms; not part of the ETag"),
  swarms: z.array(swarm).readonly().describe("Swarms that the engine runs; agents that it only found take no tasks"),
  lanes: z.array(lane).readonly(),
});
export type AgentCapacity = z.infer<typeof agentCapacity>;
