import type { OrchestratedSwarmRow } from "./model.ts";

/** A process of a swarm of an orchestrator that was seen here, so that it can be profiled. Records as such cannot. */
export interface SeenProcess {
  readonly pid: number;
  /** `record`: it names this record · `agent`: it runs below the server or the orchestrator's own command · `server`: serves its tools. */
  readonly as: "record" | "agent" | "server";
  /** The record's id, or the agent's name; empty for the server. Somebody else's text. */
  readonly name: string;
}

/** Those that name a record come first, the server last. */
export function seenProcesses({
  agents,
  records,
  serverPid,
}: Pick<OrchestratedSwarmRow, "agents" | "records" | "serverPid">): readonly SeenProcess[] {
  const matched = records.flatMap(({ id, pid }): SeenProcess[] =>
    pid === null ? [] : [{ pid, as: "record", name: id }],
  );
  const known = new Set(matched.map(({ pid }) => pid));
  const others = agents.flatMap(({ pid, name }): SeenProcess[] => (known.has(pid) ? [] : [{ pid, as: "agent", name }]));
  return [...matched, ...others, ...(serverPid === null ? [] : [{ pid: serverPid, as: "server", name: "" } as const])];
}

/** Named in one message. */
const NAMED = 8;

/** What `profile.records` tells: what there is of a swarm of an orchestrator that could be profiled, and why there is no more. */
export function recordsToProfile(row: OrchestratedSwarmRow): Readonly<Record<string, string | number | null>> {
  const seen = seenProcesses(row).filter(({ as }) => as !== "server");
  return {
    swarmId: row.id,
    records: row.recordCount,
    seen: row.agents.length,
    server: row.serverPid,
    link: row.link.kind,
    processes: seen
      .slice(0, NAMED)
      .map(({ pid, name }) => `${pid} (${shortened(name)})`)
      .join(", "),
    more: Math.max(0, seen.length - NAMED),
  };
}

function shortened(name: string): string {
  return name.length <= 30 ? name : `${name.slice(0, 29)}…`;
}
