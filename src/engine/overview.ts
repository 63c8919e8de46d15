import { cleanText } from "./common/text.ts";
import type {
  AgentRow,
  AgentState,
  FoundAgent,
  ManagedSwarmRow,
  ObservedSwarmRow,
  ProcessRow,
  ScalingStatus,
  Snapshot,
  SourceTag,
  Usage,
} from "./protocol/model.ts";
import type { ManagedAgent, SwarmView, TaskLoad } from "./ports.ts";

/** One managed swarm and what is known about its processes. */
export interface ManagedSwarmFacts {
  readonly swarm: SwarmView;
  readonly load: TaskLoad | null;
  readonly agents: readonly { readonly agent: ManagedAgent; readonly tree: FoundAgent | null }[];
  readonly support: readonly {
    readonly name: string;
    readonly tree: FoundAgent | null;
    readonly pid: number;
    readonly startTime: number;
  }[];
}

const UNKNOWN_USAGE: Usage = { cpuCores: null, rssBytes: null, readBytes: null, writeBytes: null, processCount: 0 };

export function managedRow(
  facts: ManagedSwarmFacts,
  scaling: ScalingStatus | null,
  snapshot: Snapshot,
): ManagedSwarmRow {
  const { swarm } = facts;
  const live = swarm.live();
  const agents = facts.agents.map(({ agent, tree }): AgentRow => ({
    id: agent.id,
    pid: agent.pid,
    startTime: agent.startTime,
    startedAtMs: tree?.startedAtMs ?? agent.startedAtMs,
    name: `${swarm.label} ${agent.pid}`,
    command: tree?.command ?? swarm.label,
    state: agent.state,
    // From the messages exchanged with it: nobody can measure whether a worker works.
    stateSource: "derived",
    stateSinceMs: agent.stateSinceMs,
    usage: tree?.usage ?? UNKNOWN_USAGE,
    helpers: processRows(tree, "helper", snapshot),
    tools: processRows(tree, "tool", snapshot),
    problem: agent.problem,
    tasksDone: agent.tasksDone,
  }));
  const demand = demandOf(facts);
  // Commands come and go with their tasks: what they are busy of is how many may run.
  const size = swarm.agentType === "command" ? swarm.target : live;
  return {
    kind: "managed",
    id: swarm.id,
    label: swarm.label,
    provider: swarm.demo ? "demo" : "local",
    demo: swarm.demo,
    mode: swarm.mode,
    target: swarm.target,
    live,
    minAgents: swarm.minAgents,
    maxAgents: swarm.maxAgents,
    activity: swarm.activity(),
    demand: demand.high === demand.low ? demand.low : null,
    demandSource: demand.source,
    utilisation: demand.high !== demand.low || demand.low === null || size === 0 ? null : demand.low / size,
    waitingTasks: facts.load?.waiting ?? null,
    tasksDone: facts.load?.done ?? null,
    timeScale: swarm.timeScale,
    support: facts.support.map(({ name, pid, startTime, tree }) => ({
      pid,
      startTime,
      name,
      cpuCores: tree?.usage.cpuCores ?? null,
      rssBytes: tree?.usage.rssBytes ?? null,
    })),
    problem: swarm.problem(),
    scaling,
    held: swarm.heldByOperator,
    ...(swarm.heldUntilMs === null ? {} : { heldUntilMs: swarm.heldUntilMs }),
    agents,
    usage: sumUsage([...agents.map((a) => a.usage), ...facts.support.map((s) => s.tree?.usage ?? UNKNOWN_USAGE)]),
  };
}

/**
 * Busy agents + queued tasks (an agent of ours holds one at once). A swarm without tasks is measured by the CPU of its
 * agents, each counting one core at most; an agent whose CPU is unknown leaves it open between doing nothing and all.
 * `null`: nothing is known.
 */
export function demandOf({ agents, load }: Pick<ManagedSwarmFacts, "agents" | "load">): {
  readonly low: number | null;
  readonly high: number | null;
  readonly source: SourceTag;
} {
  if (load !== null) {
    const demand = agents.filter(({ agent }) => agent.task !== null).length + load.waiting;
    return { low: demand, high: demand, source: "measured" };
  }
  const shares = agents.map(({ tree }) => tree?.usage.cpuCores ?? null);
  const known = shares.filter((share) => share !== null);
  if (known.length === 0) return { low: null, high: null, source: "unknown" };
  const low = known.reduce((sum, share) => sum + Math.min(1, share), 0);
  return { low, high: low + shares.length - known.length, source: "derived" };
}

/**
 * Found agents by kind and git root, each group one observed swarm. Stable ids; sorted by label.
 * @param all every agent that was found, where some of them are in other rows
 */
export function observedRows(
  found: readonly FoundAgent[],
  states: ActivityTracker,
  snapshot: Snapshot,
  all: readonly FoundAgent[] = found,
): readonly ObservedSwarmRow[] {
  const groups = new Map<string, FoundAgent[]>();
  for (const agent of found) {
    const key = `${agent.kind}:${agent.directory ?? ""}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [agent]);
    else group.push(agent);
  }
  states.look(all, snapshot);
  const rows = [...groups].map(([id, group]): ObservedSwarmRow => {
    const first = group[0] as FoundAgent;
    const agents = group.map((agent) => foundRow(agent, states, snapshot));
    const place = first.directory === null ? "directory unknown" : baseName(first.directory);
    return {
      kind: "observed",
      id,
      label: `${first.kindLabel} · ${cleanText(place, 60)}`,
      agentKind: first.kind,
      directory: first.directory,
      agents: agents.toSorted((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid),
      usage: sumUsage(agents.map((a) => a.usage)),
    };
  });
  return rows.toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : a.id < b.id ? -1 : 1));
}

/** One agent that somebody else has started. Its state is what `states` has made of it at its last look. */
export function foundRow(agent: FoundAgent, states: ActivityTracker, snapshot: Snapshot): AgentRow {
  const { state, sinceMs } = states.of(agent);
  return {
    id: agentId(agent),
    pid: agent.identity.pid,
    startTime: agent.identity.startTime,
    startedAtMs: agent.startedAtMs,
    name: `${ownName(agent)} ${agent.identity.pid}`,
    command: agent.command,
    state,
    stateSource: "derived",
    stateSinceMs: sinceMs,
    usage: agent.usage,
    helpers: processRows(agent, "helper", snapshot),
    tools: processRows(agent, "tool", snapshot),
    problem: null,
    tasksDone: null,
  };
}

/** CPU above this over one tick counts as working. An idle agent's event loop and timers stay below it. */
const WORKING_CORES = 0.02;
/** Shown as working until this long without CPU, so that a pause between two model answers does not flicker. */
const WORKING_HOLD_MS = 10_000;

/** Whether a found agent works: derived from the CPU of its tree, as nobody tells us. Keeps since when. */
export class ActivityTracker {
  readonly #known = new Map<string, { state: AgentState; sinceMs: number; lastBusyMs: number }>();

  look(found: readonly FoundAgent[], snapshot: Snapshot): void {
    const seen = new Set<string>();
    for (const agent of found) {
      const id = agentId(agent);
      seen.add(id);
      const entry = this.#known.get(id) ?? {
        state: "idle",
        sinceMs: snapshot.wallMs,
        lastBusyMs: Number.NEGATIVE_INFINITY,
      };
      if ((agent.usage.cpuCores ?? 0) >= WORKING_CORES) entry.lastBusyMs = snapshot.monotonicMs;
      const state: AgentState = snapshot.monotonicMs - entry.lastBusyMs < WORKING_HOLD_MS ? "working" : "idle";
      if (state !== entry.state) {
        entry.state = state;
        entry.sinceMs = snapshot.wallMs;
      }
      this.#known.set(id, entry);
    }
    for (const id of this.#known.keys()) if (!seen.has(id)) this.#known.delete(id);
  }

  of(agent: FoundAgent): { readonly state: AgentState; readonly sinceMs: number } {
    return this.#known.get(agentId(agent)) ?? { state: "idle", sinceMs: agent.startedAtMs };
  }
}

/** What it is called on the command line: `claude`, `codex`. */
function ownName({ identity, kind, processes }: FoundAgent): string {
  return processes.find((process) => process.identity.pid === identity.pid)?.name ?? kind;
}

export function agentId(agent: FoundAgent): string {
  return `${agent.identity.pid}-${agent.identity.startTime}`;
}

/** Sums; `null` only when not one part is known. */
export function sumUsage(parts: readonly Usage[]): Usage {
  const sum = (pick: (usage: Usage) => number | null) => {
    let total: number | null = null;
    for (const part of parts) {
      const value = pick(part);
      if (value !== null) total = (total ?? 0) + value;
    }
    return total;
  };
  return {
    cpuCores: sum((u) => u.cpuCores),
    rssBytes: sum((u) => u.rssBytes),
    readBytes: sum((u) => u.readBytes),
    writeBytes: sum((u) => u.writeBytes),
    processCount: parts.reduce((n, u) => n + u.processCount, 0),
  };
}

function processRows(tree: FoundAgent | null, role: "helper" | "tool", snapshot: Snapshot): readonly ProcessRow[] {
  if (tree === null) return [];
  return tree.processes
    .filter((process) => process.role === role)
    .map((process) => {
      const sample = snapshot.processes.get(process.identity.pid);
      return {
        pid: process.identity.pid,
        startTime: process.identity.startTime,
        name: process.name,
        cpuCores: sample?.cpuCores ?? null,
        rssBytes: sample?.rssBytes ?? null,
      };
    });
}

function baseName(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== "");
  return parts.at(-1) ?? path;
}
