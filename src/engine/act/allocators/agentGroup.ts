import { readdirSync, readFileSync } from "node:fs";
import {
  listPids,
  procAvailable,
  type ProcessStat,
  readMachineIdentity,
  readProcessStat,
} from "../../common/processIdentity.ts";
import type { ManagedAgent, SwarmsPort } from "../../ports.ts";
import { isEnding } from "../sizing.ts";

/** What allocators read of processes; always from the system, never from a cache. */
export interface GroupSystem {
  /** Every process that can be seen. */
  pids(): readonly number[];
  /** `null` when it is gone. */
  look(pid: number): Pick<ProcessStat, "pid" | "startTime" | "processGroup" | "state"> | null;
  /** Its threads, the first of which bears its pid; empty when it is gone. */
  threads(pid: number): readonly number[];
  bootId(): string;
  /** Resident bytes; `null` when it is gone or may not be read. */
  rssBytes(pid: number): number | null;
}

/** One process of an agent, as it was identified. */
export interface Member {
  readonly pid: number;
  readonly startTime: number;
}

/**
 * The processes of agents that we started: each agent leads a process group of its own. A process that has left the group
 * is not among them.
 */
export class AgentGroups {
  readonly #system: GroupSystem;
  readonly #swarms: Pick<SwarmsPort, "get">;
  /** Agents are of this boot: those of another are gone with it. */
  readonly #bootId: string;

  constructor(system: GroupSystem, swarms: Pick<SwarmsPort, "get">) {
    this.#system = system;
    this.#swarms = swarms;
    this.#bootId = system.bootId();
  }

  /** Agents that stay. @throws CodedError `swarm.unknown`: found agents, which are nobody's to limit, are in no swarm of ours */
  agents(swarmId: string): readonly ManagedAgent[] {
    return this.#swarms
      .get(swarmId)
      .agents()
      .filter((agent) => !isEnding(agent));
  }

  /** Everything in the group of an agent, the agent first; empty when it is gone or its pid means another process. */
  members({ pid, startTime }: Pick<ManagedAgent, "pid" | "startTime">): readonly Member[] {
    if (!this.isSame({ pid, startTime }, pid)) return [];
    const members: Member[] = [{ pid, startTime }];
    for (const other of this.#system.pids()) {
      if (other === pid) continue;
      const stat = this.#system.look(other);
      if (stat !== null && isMember(stat, pid)) members.push({ pid: other, startTime: stat.startTime });
    }
    return members;
  }

  /** Exactly this process, alive, in that group and this boot: to be asked right before it is acted upon. */
  isSame({ pid, startTime }: Member, group: number): boolean {
    const stat = this.#system.look(pid);
    return (
      stat !== null && stat.startTime === startTime && isMember(stat, group) && this.#system.bootId() === this.#bootId
    );
  }

  /** Of exactly this process; empty when it is gone. */
  threads(member: Member, group: number): readonly number[] {
    return this.isSame(member, group) ? this.#system.threads(member.pid) : [];
  }

  pids(agent: Pick<ManagedAgent, "pid" | "startTime">): ReadonlySet<number> {
    return new Set(this.members(agent).map(({ pid }) => pid));
  }

  /** Resident bytes of the groups of many agents by their ids, with one look at the process table; pages that processes share count for each, one that is gone has none. */
  rssOf(agents: readonly Pick<ManagedAgent, "id" | "pid" | "startTime">[]): ReadonlyMap<string, number> {
    const byGroup = new Map(agents.filter((agent) => this.isSame(agent, agent.pid)).map(({ id, pid }) => [pid, id]));
    const sizes = new Map<string, number>();
    for (const pid of this.#system.pids()) {
      const stat = this.#system.look(pid);
      const id = stat === null ? undefined : byGroup.get(stat.processGroup);
      if (id !== undefined) sizes.set(id, (sizes.get(id) ?? 0) + (this.#system.rssBytes(pid) ?? 0));
    }
    return sizes;
  }
}

/** Neither init nor what `kill` takes for a group, nor one that has ended. */
function isMember({ pid, processGroup, state }: Pick<ProcessStat, "pid" | "processGroup" | "state">, group: number) {
  return Number.isSafeInteger(pid) && pid > 1 && group > 1 && processGroup === group && state !== "Z" && state !== "X";
}

/** `null` where processes cannot be identified (no `/proc`): nothing is acted upon there. */
export function linuxGroups(): GroupSystem | null {
  if (!procAvailable) return null;
  return {
    pids: listPids,
    look: readProcessStat,
    threads: (pid) => {
      try {
        return readdirSync(`/proc/${pid}/task`).map(Number);
      } catch {
        // Gone between two looks.
        return [];
      }
    },
    bootId: () => readMachineIdentity().bootId,
    rssBytes: (pid) => kilobytes(pid, "VmRSS"),
  };
}

/** A size of `/proc/PID/status` in bytes; `null` when it is gone or has none (a zombie). */
export function kilobytes(pid: number, field: string): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const value = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
    return value === undefined ? null : Number(value) * 1_024;
  } catch {
    // Gone between two looks, or not for us to read.
    return null;
  }
}
