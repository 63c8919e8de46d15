import { demandOf, type ManagedSwarmFacts } from "./overview.ts";
import type { FootprintReading, FootprintsPort, LoadReading, TaskWindow } from "./ports.ts";
import type { AgentState, HostSample, Snapshot } from "./protocol/model.ts";

/**
 * The load of a swarm now. CPU is as old as the snapshot; tasks are counted at this moment. `null`: nothing is known. Of
 * waiting tasks only those are surely load that more agents could begin: behind an open breaker or a full lane more agents
 * would only stand by, and fewer would be missing when it opens; so neither follows from them.
 */
export function loadReading(facts: ManagedSwarmFacts, snapshot: Snapshot, nowMonotonicMs: number): LoadReading | null {
  const { low: least, high, source } = demandOf(facts);
  if (least === null || high === null) return null;
  if (facts.load === null) return { monotonicMs: snapshot.monotonicMs, low: least, high, source, heldBack: 0 };
  const heldBack = Math.max(0, facts.load.waiting - facts.load.servable);
  // Those finish where they are: no agent that stays is needed for them, and none that is started would help.
  const finishing = facts.agents.filter(({ agent }) => agent.task !== null && isEnding(agent.state)).length;
  const low = least - heldBack - finishing;
  const { servable: waiting } = facts.load;
  return { monotonicMs: nowMonotonicMs, low, high: high - finishing, source, heldBack, waiting };
}

function isEnding(state: AgentState): boolean {
  return state === "draining" || state === "stopping";
}

/** What the agents of a swarm use. One that starts shows what its program needs to start, not what an agent needs. */
export function footprintReading({ swarm, agents }: ManagedSwarmFacts, tasks: TaskWindow): FootprintReading {
  return {
    swarmId: swarm.id,
    agents: agents.map(({ agent, tree }) => ({
      id: agent.id,
      ready: agent.state === "idle" || agent.state === "working" || agent.state === "draining",
      rssBytes: tree?.usage.rssBytes ?? null,
      cpuCores: tree?.usage.cpuCores ?? null,
    })),
    ranMs: tasks.ranMs,
  };
}

/** Cores of the whole host that are busy; `null` before that was measured. */
export function busyCores({ cpuBusyRatio, cpuCount }: HostSample): number | null {
  return cpuBusyRatio === null ? null : cpuBusyRatio * cpuCount;
}

export function machineLeft({ host }: Snapshot): Parameters<FootprintsPort["look"]>[1] {
  const { cpuCapacityCores, memoryAvailableBytes, memoryCapacityBytes } = host;
  const busy = busyCores(host);
  const cpuIdleCores = busy === null ? null : Math.max(0, cpuCapacityCores - busy);
  const pressure = {
    memory: host.pressure?.memory.someRatio10s ?? null,
    cpu: host.pressure?.cpu.someRatio10s ?? null,
  };
  return { memoryAvailableBytes, memoryCapacityBytes, cpuIdleCores, pressure };
}
