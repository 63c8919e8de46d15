import { createHash } from "node:crypto";
import { cleanText } from "../../common/text.ts";
import { AGENT_CAPACITY_VERSION, type AgentCapacity } from "../../protocol/agentCapacity.ts";
import type { AgentRow, ManagedSwarmRow } from "../../protocol/model.ts";
import { type GuardState, swarmBreakerId } from "../../protocol/tasks.ts";
import type { Overview } from "../../protocol/rpc.ts";
import { managedSwarms } from "./readers.ts";

export interface CapacityFacts {
  readonly overview: Overview;
  readonly guard: GuardState;
  /** `command` swarms have a process for each task and none that waits for one. */
  readonly agentType: (swarmId: string) => "worker" | "command";
}

const HEALTH: Readonly<Record<AgentRow["state"], AgentCapacity["swarms"][number]["agents"][number]["health"]>> = {
  starting: "starting",
  idle: "ok",
  working: "ok",
  draining: "leaving",
  stopping: "leaving",
  unconfirmed: "unknown",
  unresponsive: "failing",
};

/** Who has room now. Field by field: nothing that an agent runs or was asked gets in. */
export function agentCapacityOf({ overview, guard, agentType }: CapacityFacts): AgentCapacity {
  const breakers = new Map(guard.breakers.map((row) => [row.id, row.state.kind]));
  return {
    version: AGENT_CAPACITY_VERSION,
    sampledAtMs: overview.wallMs,
    swarms: managedSwarms({ overview }).map((row) =>
      swarmCapacity(row, agentType(row.id), breakers.get(swarmBreakerId(row.id)) ?? null),
    ),
    lanes: guard.lanes.map((row) => ({
      lane: row.lane,
      gate: row.gate,
      capacity: row.capacity,
      limit: row.limit,
      inUse: row.inUse,
      queued: row.queued,
      queueLimit: row.queueLimit,
      breaker: breakers.get(row.breakerId) ?? null,
    })),
  };
}

type SwarmCapacity = AgentCapacity["swarms"][number];

function swarmCapacity(
  row: ManagedSwarmRow,
  agentType: SwarmCapacity["agentType"],
  breaker: SwarmCapacity["breaker"],
): SwarmCapacity {
  const agents = row.agents.map((agent) => ({
    id: cleanText(agent.id, 200),
    state: agent.state,
    stateSource: agent.stateSource,
    sinceMs: agent.stateSinceMs,
    health: HEALTH[agent.state],
    slots: 1,
    busySlots: agent.state === "working" || agent.state === "draining" ? 1 : 0,
    freeSlots: agent.state === "idle" ? 1 : 0,
  }));
  const busySlots = agents.reduce((sum, agent) => sum + agent.busySlots, 0);
  const idle = agents.reduce((sum, agent) => sum + agent.freeSlots, 0);
  const freeSlots = agentType === "command" ? Math.max(0, row.target - row.live) : idle;
  const health = healthOf(row, agentType, breaker);
  return {
    id: cleanText(row.id, 200),
    provider: row.provider,
    agentType,
    health,
    accepting: freeSlots > 0 && (health === "ok" || health === "degraded"),
    target: row.target,
    live: row.live,
    maxAgents: row.maxAgents,
    busySlots,
    freeSlots,
    waitingTasks: row.waitingTasks,
    breaker,
    agents,
  };
}

function healthOf(
  row: ManagedSwarmRow,
  agentType: SwarmCapacity["agentType"],
  breaker: SwarmCapacity["breaker"],
): SwarmCapacity["health"] {
  if (row.target === 0) return "stopped";
  if (breaker === "open" || breaker === "forcedOpen") return "unavailable";
  // Commands come with their tasks: that none runs says nothing.
  if (agentType === "worker" && row.live === 0) return "unavailable";
  const short = agentType === "worker" && row.live < row.target;
  return short || breaker === "halfOpen" || row.problem !== null ? "degraded" : "ok";
}

/** Weak: the same for the same state of affairs, whenever it was measured. */
export function entityTag(capacity: AgentCapacity): string {
  const { sampledAtMs: _, ...lasting } = capacity;
  return `W/"${createHash("sha256").update(JSON.stringify(lasting)).digest("base64url").slice(0, 22)}"`;
}
