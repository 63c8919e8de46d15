import type { AccountedProcess, AccountRole, ProcessAccount, ThreadAccount, ThreadReader } from "./ports.ts";
import type { AgentRow, ProcessSample, Snapshot, SwarmRow } from "./protocol/model.ts";
import { ThreadAccounts } from "./threadAccounts.ts";

const MINUTE_MS = 60_000;
/** Between two looks further apart than this the machine slept, or the engine did: nothing is known of that time. */
const LONGEST_LOOK_MS = 15_000;

type Owner = Omit<AccountedProcess, "pid" | "startTime" | "parentPid" | "role"> & { readonly role: AccountRole };

interface Account extends Owner {
  readonly pid: number;
  readonly startTime: number;
  readonly parentPid: number;
  last: ProcessSample;
  seenMs: number;
  cpuSeconds: number | null;
  /** Resident bytes × ms over `seenMs`; `null` as soon as the system does not tell. */
  rssByteMs: number | null;
  peakRssBytes: number | null;
  readBytes: number | null;
  writeBytes: number | null;
}

/** What was accounted in the minutes before this tick's. */
export interface AccountedMinutes {
  readonly processes: readonly ProcessAccount[];
  /** Threads are told of some ticks after their process. */
  readonly threads: readonly ThreadAccount[];
}

/**
 * One row a process and minute: what the agents' processes and our own used while they lived. Figures are differences of
 * the system's own counters, so nothing that happened between two ticks is missed; what a process used before it was
 * first seen is not counted, except when it began since the tick before.
 */
export class ProcessAccounts {
  readonly #accounts = new Map<string, Account>();
  readonly #threads: ThreadAccounts;
  #minuteMs: number | null = null;
  #lastWallMs = Number.POSITIVE_INFINITY;

  /** @param reader of threads; `null` where the system does not tell them */
  constructor(reader: ThreadReader | null) {
    this.#threads = new ThreadAccounts(reader);
  }

  /** Threads read so far. */
  get threadReads(): number {
    return this.#threads.reads;
  }

  /** Takes one tick. Returns the rows of the minute before when this tick is the first of a later one. */
  look(snapshot: Snapshot, swarms: readonly SwarmRow[], own: readonly OwnProcess[], wallMs: number): AccountedMinutes {
    const minuteMs = Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
    const ended: ThreadAccount[] = [];
    const processes =
      this.#minuteMs === null || minuteMs === this.#minuteMs ? [] : this.#close(this.#minuteMs, snapshot, ended);
    this.#minuteMs = minuteMs;
    const apartMs = wallMs - this.#lastWallMs;
    const lookMs = apartMs >= 0 && apartMs <= LONGEST_LOOK_MS ? apartMs : 0;
    const see = (sample: ProcessSample | undefined, owner: Owner) => this.#see(sample, owner, minuteMs, lookMs);
    for (const { pid, name } of own) see(snapshot.processes.get(pid), { ...NOBODYS, role: "own", name });
    for (const swarm of swarms) {
      const ofSwarm = { swarmId: swarm.id, swarmLabel: swarm.label };
      for (const agent of swarm.agents) {
        const ofAgent = { ...ofSwarm, agentId: agent.id, agentName: agent.name };
        for (const { pid, startTime, name, role } of processesOf(agent)) {
          const sample = snapshot.processes.get(pid);
          if (sample?.startTime === startTime) see(sample, { ...ofAgent, role, name });
        }
      }
      if (swarm.kind !== "managed") continue;
      for (const { pid, name } of swarm.support)
        see(snapshot.processes.get(pid), { ...NOBODYS, ...ofSwarm, role: "support", name });
    }
    this.#lastWallMs = wallMs;
    return { processes, threads: [...ended, ...this.#threads.look(minuteMs)] };
  }

  #see(sample: ProcessSample | undefined, owner: Owner, minuteMs: number, lookMs: number): void {
    if (sample === undefined) return;
    const { pid, startTime, parentPid, rssBytes } = sample;
    const key = `${pid} ${startTime}`;
    const known = this.#accounts.get(key);
    if (known === undefined) {
      const isNew = sample.startedAtMs >= this.#lastWallMs;
      const from = (counter: number | null) => (counter === null ? null : isNew ? counter : 0);
      const cpuSeconds = from(sample.cpuSeconds);
      this.#accounts.set(key, {
        ...owner,
        ...{ pid, startTime, parentPid, cpuSeconds },
        last: sample,
        seenMs: 0,
        rssByteMs: rssBytes === null ? null : 0,
        peakRssBytes: rssBytes,
        readBytes: from(sample.readBytes),
        writeBytes: from(sample.writeBytes),
      });
      this.#threads.begin(key, pid, startTime, isNew);
      this.#threads.used(key, minuteMs, cpuSeconds ?? 0);
      return;
    }
    const { last } = known;
    // A support process may be told twice a tick: the second look is no later one.
    if (last === sample) return;
    const before = known.cpuSeconds ?? 0;
    known.cpuSeconds = advance(known.cpuSeconds, last.cpuSeconds, sample.cpuSeconds);
    this.#threads.used(key, minuteMs, (known.cpuSeconds ?? 0) - before);
    known.readBytes = advance(known.readBytes, last.readBytes, sample.readBytes);
    known.writeBytes = advance(known.writeBytes, last.writeBytes, sample.writeBytes);
    if (rssBytes !== null) known.peakRssBytes = Math.max(known.peakRssBytes ?? 0, rssBytes);
    // Between two looks memory is taken to go straight from one to the other.
    known.rssByteMs =
      known.rssByteMs === null || last.rssBytes === null || rssBytes === null
        ? null
        : known.rssByteMs + ((last.rssBytes + rssBytes) / 2) * lookMs;
    known.seenMs += lookMs;
    known.last = sample;
  }

  #close(minuteMs: number, snapshot: Snapshot, ended: ThreadAccount[]): ProcessAccount[] {
    const rows = [...this.#accounts.values()].map((account): ProcessAccount => {
      const { last, rssByteMs, ...row } = account;
      // Seen once only: what it had then is all that is known of its mean.
      const mean = rssByteMs === null ? null : row.seenMs > 0 ? rssByteMs / row.seenMs : last.rssBytes;
      return { ...row, minuteMs, meanRssBytes: mean };
    });
    for (const [key, account] of this.#accounts) {
      const { pid, startTime, last } = account;
      if (snapshot.processes.get(pid)?.startTime !== startTime) {
        this.#accounts.delete(key);
        ended.push(...this.#threads.end(key));
      } else {
        account.cpuSeconds = last.cpuSeconds === null ? null : 0;
        account.readBytes = last.readBytes === null ? null : 0;
        account.writeBytes = last.writeBytes === null ? null : 0;
        account.peakRssBytes = last.rssBytes;
        account.rssByteMs = last.rssBytes === null ? null : 0;
        account.seenMs = 0;
      }
    }
    return rows;
  }
}

/** A process of ours that is no agent: the engine, the keeper. */
export interface OwnProcess {
  readonly pid: number;
  readonly name: string;
}

const NOBODYS = { swarmId: null, swarmLabel: null, agentId: null, agentName: null };

function processesOf(agent: AgentRow) {
  const as = (role: AccountRole) => (process: { pid: number; startTime: number; name: string }) => ({
    ...{ pid: process.pid, startTime: process.startTime, name: process.name, role },
  });
  return [as("agent")(agent), ...agent.helpers.map(as("helper")), ...agent.tools.map(as("tool"))];
}

/** A sum after one more reading of a counter that never runs backwards; `null` as soon as the system does not tell. */
function advance(sum: number | null, before: number | null, now: number | null): number | null {
  return sum === null || before === null || now === null ? null : sum + Math.max(0, now - before);
}
