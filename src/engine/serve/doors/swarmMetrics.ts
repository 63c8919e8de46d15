import type { ManagedSwarmRow } from "../../protocol/model.ts";
import { counter, gauge, type Metric, type MetricFacts, type Reading } from "./metric.ts";
import { managedSwarms, MOST_AGENTS, MOST_KINDS, ofSwarms, states } from "./readers.ts";

const AGENT_STATES = ["starting", "idle", "working", "draining", "stopping", "unconfirmed", "unresponsive"] as const;
const MODES = ["observe", "recommend", "auto"] as const;

export const swarmsMetrics: readonly Metric[] = [
  gauge(
    "swarm.agents.target",
    "{agent}",
    "Agents wanted; 0 when stopped.",
    ofSwarms((row) => row.target),
  ),
  gauge(
    "swarm.agents.live",
    "{agent}",
    "Agents seen alive.",
    ofSwarms((row) => row.live),
  ),
  gauge(
    "swarm.agents.min",
    "{agent}",
    "Fewest agents while it runs.",
    ofSwarms((row) => row.minAgents),
  ),
  gauge(
    "swarm.agents.max",
    "{agent}",
    "Most agents.",
    ofSwarms((row) => row.maxAgents),
  ),
  gauge("swarm.agents", "{agent}", "Agents by what they do. Derived from the messages exchanged with them.", (facts) =>
    managedSwarms(facts).flatMap((row) => {
      const counts = new Map<string, number>(AGENT_STATES.map((state) => [state, 0]));
      for (const { state } of row.agents) counts.set(state, (counts.get(state) ?? 0) + 1);
      return [...counts].map(([state, value]) => ({ value, labels: { swarm: row.id, state } }));
    }),
  ),
  gauge(
    "swarm.demand",
    "{agent}",
    "Busy agents and waiting tasks, in agents' worth of work, not clipped by what there is; where it comes from is its source.",
    (facts) =>
      managedSwarms(facts).map((row) => ({
        value: row.demand,
        labels: { swarm: row.id, source: row.demandSource },
      })),
  ),
  gauge(
    "swarm.utilisation",
    "1",
    "Demand in live agents; above 1 there is more work than agents. Derived.",
    ofSwarms((row) => row.utilisation),
  ),
  gauge(
    "swarm.tasks.waiting",
    "{task}",
    "Tasks that wait.",
    ofSwarms((row) => row.waitingTasks),
  ),
  counter("swarm.tasks.ended", "{task}", "Tasks that ended since the engine started.", (facts) =>
    managedSwarms(facts).flatMap(({ id }) => {
      const counts = facts.tasks(id);
      return (["done", "failed"] as const).map((outcome) => ({
        value: counts?.[outcome],
        labels: { swarm: id, outcome },
      }));
    }),
  ),
  gauge(
    "swarm.cpu.usage.cores",
    "{core}",
    "Cores that its agents use, with all that they have started. Derived: a sum over their processes.",
    ofSwarms((row) => row.usage.cpuCores),
  ),
  gauge(
    "swarm.memory.resident",
    "By",
    "Memory of its agents, with all that they have started. Derived: a sum over their processes.",
    ofSwarms((row) => row.usage.rssBytes),
  ),
  gauge("swarm.mode", "{state}", "What may be done to it without an operator: 1 for the mode it is in.", (facts) =>
    managedSwarms(facts).flatMap((row) => states({ swarm: row.id }, MODES, row.mode)),
  ),
  gauge(
    "swarm.held",
    "{state}",
    "1 while an operator keeps it as it is.",
    ofSwarms((row) => (row.held ? 1 : 0)),
  ),
  gauge(
    "swarm.scaling.wanted",
    "{agent}",
    "Agents that its scaler would have now. Derived.",
    ofSwarms((row) => row.scaling?.to),
  ),
  gauge(
    "swarm.recommendation.pending",
    "{decision}",
    "1 while a recommendation waits for the operator.",
    ofSwarms((row) => (row.scaling === null ? null : row.scaling.recommendationId === null ? 0 : 1)),
  ),
  gauge(
    "observed.agents",
    "{agent}",
    "Agents on this machine that the engine did not start, by kind.",
    ({ overview }) => observed(overview, (row) => row.agents.length),
  ),
  gauge(
    "observed.memory.resident",
    "By",
    "Memory of agents that the engine did not start, by kind. Derived: a sum over their processes.",
    ({ overview }) => observed(overview, (row) => row.usage.rssBytes),
  ),
];

/**
 * Found agents are counted by kind and not by project: names of folders are nobody's business, and there may be any number
 * of them. One unknown part makes the sum unknown.
 */
function observed(
  { swarms: rows }: MetricFacts["overview"],
  read: (row: Extract<MetricFacts["overview"]["swarms"][number], { kind: "observed" }>) => number | null,
): Reading[] {
  const sums = new Map<string, number | null>();
  for (const row of rows) {
    if (row.kind !== "observed") continue;
    const sum = sums.has(row.agentKind) ? (sums.get(row.agentKind) ?? null) : 0;
    const value = read(row);
    sums.set(row.agentKind, sum === null || value === null ? null : sum + value);
  }
  return [...sums].slice(0, MOST_KINDS).map(([kind, value]) => ({ value, labels: { kind } }));
}

/** Only when asked for. */
export const agentsMetrics: readonly Metric[] = [
  gauge(
    "agent.cpu.usage.cores",
    "{core}",
    "Cores that one agent uses, with all that it has started. Derived: a sum over its processes.",
    (facts) => ofAgents(facts, (agent) => agent.usage.cpuCores),
  ),
  gauge(
    "agent.memory.resident",
    "By",
    "Memory of one agent, with all that it has started. Derived: a sum over its processes.",
    (facts) => ofAgents(facts, (agent) => agent.usage.rssBytes),
  ),
  gauge(
    "agent.working",
    "{state}",
    "1 while the agent has a task. Derived from the messages exchanged with it.",
    (facts) => ofAgents(facts, (agent) => (agent.state === "working" ? 1 : 0)),
  ),
];

function ofAgents(
  facts: MetricFacts,
  read: (agent: ManagedSwarmRow["agents"][number]) => number | null | undefined,
): readonly Reading[] {
  if (!facts.agentSeries) return [];
  return managedSwarms(facts)
    .flatMap((row) => row.agents.map((agent) => ({ row, agent })))
    .slice(0, MOST_AGENTS)
    .map(({ row, agent }) => ({ value: read(agent), labels: { swarm: row.id, agent: agent.id } }));
}
