import { cleanText } from "./common/text.ts";
import { type ActivityTracker, foundRow, sumUsage } from "./overview.ts";
import type { OrchestratedRows, OrchestratedView, OrchestratorsPort } from "./ports.ts";
import type { FoundAgent, OrchestratedSwarmRow, ProcessSample, Snapshot } from "./protocol/model.ts";

/** As the recognition calls it. */
const OWN_KIND = "claude-flow";
/** Further up than any agent is below the command that has started it. */
const MAX_ANCESTORS = 64;

/**
 * Joins the records of orchestrators with the processes that were found. A found agent belongs to a swarm when
 * 1. it runs below its MCP server, or
 * 2. it is the orchestrator's own command in the swarm's folder, or runs below such a one, or
 * 3. it, and no other agent, names one of its records on its command line.
 * Each belongs to one swarm at most; whoever belongs to none stays an observed one. The servers themselves are no agents.
 */
export function orchestratedRows(
  orchestrators: Pick<OrchestratorsPort, "list" | "saw">,
  found: readonly FoundAgent[],
  states: ActivityTracker,
  snapshot: Snapshot,
): OrchestratedRows {
  states.look(found, snapshot);
  const joined = new Set<FoundAgent>();
  const rows = orchestrators.list().map((view): OrchestratedSwarmRow => {
    const pidOf = new Map<string, number>();
    const mine: FoundAgent[] = [];
    const named = recordsNamed(found, view, snapshot);
    for (const agent of found) {
      if (joined.has(agent)) continue;
      if (isServer(agent, view, snapshot)) {
        joined.add(agent);
        continue;
      }
      const record = named.get(agent);
      if (record === undefined && !isBelow(agent, view, found, snapshot)) continue;
      mine.push(agent);
      joined.add(agent);
      if (record !== undefined) pidOf.set(record, agent.identity.pid);
    }
    orchestrators.saw(view.id, mine.length, [...pidOf.keys()]);
    const agents = mine
      .map((agent) => foundRow(agent, states, snapshot))
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);
    const { id, label, provider, mode, minAgents, maxAgents, facts, breaker } = view;
    return {
      kind: "orchestrated",
      ...{ id, label: cleanText(label, 80), provider, mode, minAgents, maxAgents },
      ...facts,
      serverPid: serverOf(view, snapshot),
      breaker,
      records: facts.records.map((record) => ({ ...record, pid: pidOf.get(record.id) ?? null })),
      advice: { code: "orchestrator.claimedOnly", args: {} },
      agents,
      usage: sumUsage(agents.map(({ usage }) => usage)),
    };
  });
  return { rows, joined };
}

/**
 * Agents by the record that stands on the command line of one of their processes, as an argument of its own or behind a `=`.
 * A server chooses its records' ids: one that is an option, a plain word, or on the command line of several agents names
 * none of them.
 */
function recordsNamed(
  found: readonly FoundAgent[],
  { facts }: OrchestratedView,
  snapshot: Snapshot,
): ReadonlyMap<FoundAgent, string> {
  const ids = new Set(facts.records.map(({ id }) => id).filter(isDistinct));
  if (ids.size === 0) return new Map();
  const agentsOf = new Map<string, Set<FoundAgent>>();
  for (const agent of found)
    for (const { identity } of agent.processes)
      for (const argument of snapshot.processes.get(identity.pid)?.args ?? [])
        for (const part of [argument, argument.slice(argument.indexOf("=") + 1)]) {
          if (!ids.has(part)) continue;
          const named = agentsOf.get(part);
          if (named === undefined) agentsOf.set(part, new Set([agent]));
          else named.add(agent);
        }
  const recordOf = new Map<FoundAgent, string>();
  for (const [id, [agent, ...others]] of agentsOf)
    if (agent !== undefined && others.length === 0 && !recordOf.has(agent)) recordOf.set(agent, id);
  return recordOf;
}

const LEAST_ID_LENGTH = 6;

function isDistinct(id: string): boolean {
  return id.length >= LEAST_ID_LENGTH && /^[A-Za-z0-9]/.test(id) && /\d/.test(id);
}

/** The MCP server itself, or what it is launched by or launches to be one: it serves us, and is no agent. */
function isServer({ kind, identity }: FoundAgent, { serverPid }: OrchestratedView, snapshot: Snapshot): boolean {
  return kind === OWN_KIND && serverPid !== null && hasAbove(identity.pid, new Set([serverPid]), snapshot);
}

/** The server behind what has launched it: `npx` and shells wait for the one process that they have started. */
function serverOf({ serverPid }: OrchestratedView, { processes }: Snapshot): number | null {
  if (serverPid === null || !processes.has(serverPid)) return null;
  let at = serverPid;
  for (let down = 0; down < MAX_ANCESTORS && isLauncher(processes.get(at)); down++) {
    const [only, second] = [...processes.values()].filter(({ parentPid }) => parentPid === at);
    if (only === undefined || second !== undefined) break;
    at = only.pid;
  }
  return at;
}

function isLauncher(process: ProcessSample | undefined): boolean {
  const [command = "", first = ""] = process?.args ?? [];
  // npm takes its title for a command line: `npm exec claude-flow mcp start` is one argument then.
  return (
    command.startsWith("npm exec ") ||
    /^(?:.*[/\\])?(?:(?:ba|da|z)?sh|npx|npm)$/.test(command) ||
    /[/\\](?:npx|npm)(?:-cli\.js)?$/.test(first)
  );
}

/** Whether it is one of these, or runs below one. */
function hasAbove(pid: number, above: ReadonlySet<number>, snapshot: Snapshot): boolean {
  let at = pid;
  for (let up = 0; at > 1 && up < MAX_ANCESTORS; up++) {
    if (above.has(at)) return true;
    at = snapshot.processes.get(at)?.parentPid ?? 0;
  }
  return false;
}

function isBelow(
  agent: FoundAgent,
  { serverPid, directory }: OrchestratedView,
  found: readonly FoundAgent[],
  snapshot: Snapshot,
): boolean {
  // Its folder may be one inside the repository.
  const isOwn = (one: FoundAgent): boolean =>
    one.kind === OWN_KIND &&
    directory !== null &&
    one.directory !== null &&
    (one.directory === directory || directory.startsWith(`${one.directory}/`));
  if (isOwn(agent)) return true;
  const above = new Set(found.filter(isOwn).map(({ identity }) => identity.pid));
  if (serverPid !== null) above.add(serverPid);
  if (above.size === 0) return false;
  return hasAbove(snapshot.processes.get(agent.identity.pid)?.parentPid ?? 0, above, snapshot);
}
