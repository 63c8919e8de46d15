import type { ProcessAccount } from "./ports.ts";
import type { ProcessIdentity, ProcessSample, Snapshot, SwarmRow } from "./protocol/model.ts";

const MINUTE_MS = 60_000;

interface Owner {
  readonly name: string;
  readonly swarmId: string | null;
  readonly agentId: string | null;
}

interface Account extends Owner {
  readonly identity: ProcessIdentity;
  last: ProcessSample;
  cpuSeconds: number | null;
  peakRssBytes: number | null;
  readBytes: number | null;
  writeBytes: number | null;
}

/**
 * One row a process and minute: what the agents' processes and our own used while they lived. Figures are differences of
 * the system's own counters, so nothing that happened between two ticks is missed; what a process used before it was
 * first seen is not counted, except when it began since the tick before.
 */
export class ProcessAccounts {
  readonly #accounts = new Map<string, Account>();
  #minuteMs: number | null = null;
  #lastWallMs = Number.POSITIVE_INFINITY;

  /** Takes one tick. Returns the rows of the minute before when this tick is the first of a later one. */
  look(snapshot: Snapshot, swarms: readonly SwarmRow[], own: readonly OwnProcess[], wallMs: number): ProcessAccount[] {
    const minuteMs = Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
    const rows = this.#minuteMs === null || minuteMs === this.#minuteMs ? [] : this.#close(this.#minuteMs, snapshot);
    this.#minuteMs = minuteMs;
    for (const { pid, ...owner } of own) this.#see(snapshot.processes.get(pid), owner);
    for (const swarm of swarms) {
      for (const agent of swarm.agents) {
        const owner = { swarmId: swarm.id, agentId: agent.id };
        for (const { pid, startTime, name } of [agent, ...agent.helpers, ...agent.tools]) {
          const sample = snapshot.processes.get(pid);
          if (sample?.startTime === startTime) this.#see(sample, { ...owner, name });
        }
      }
      if (swarm.kind !== "managed") continue;
      for (const { pid, name } of swarm.support)
        this.#see(snapshot.processes.get(pid), { swarmId: swarm.id, agentId: null, name });
    }
    this.#lastWallMs = wallMs;
    return rows;
  }

  #see(sample: ProcessSample | undefined, owner: Owner): void {
    if (sample === undefined) return;
    const key = `${sample.pid} ${sample.startTime}`;
    const known = this.#accounts.get(key);
    if (known === undefined) {
      const isNew = sample.startedAtMs >= this.#lastWallMs;
      const from = (counter: number | null) => (counter === null ? null : isNew ? counter : 0);
      this.#accounts.set(key, {
        ...owner,
        identity: { pid: sample.pid, startTime: sample.startTime },
        last: sample,
        cpuSeconds: from(sample.cpuSeconds),
        peakRssBytes: sample.rssBytes,
        readBytes: from(sample.readBytes),
        writeBytes: from(sample.writeBytes),
      });
      return;
    }
    known.cpuSeconds = advance(known.cpuSeconds, known.last.cpuSeconds, sample.cpuSeconds);
    known.readBytes = advance(known.readBytes, known.last.readBytes, sample.readBytes);
    known.writeBytes = advance(known.writeBytes, known.last.writeBytes, sample.writeBytes);
    if (sample.rssBytes !== null) known.peakRssBytes = Math.max(known.peakRssBytes ?? 0, sample.rssBytes);
    known.last = sample;
  }

  #close(minuteMs: number, snapshot: Snapshot): ProcessAccount[] {
    const rows = [...this.#accounts.values()].map((account): ProcessAccount => ({
      minuteMs,
      pid: account.identity.pid,
      startTime: account.identity.startTime,
      name: account.name,
      swarmId: account.swarmId,
      agentId: account.agentId,
      cpuSeconds: account.cpuSeconds,
      peakRssBytes: account.peakRssBytes,
      readBytes: account.readBytes,
      writeBytes: account.writeBytes,
    }));
    for (const [key, account] of this.#accounts) {
      const { pid, startTime } = account.identity;
      if (snapshot.processes.get(pid)?.startTime !== startTime) this.#accounts.delete(key);
      else {
        account.cpuSeconds = account.last.cpuSeconds === null ? null : 0;
        account.readBytes = account.last.readBytes === null ? null : 0;
        account.writeBytes = account.last.writeBytes === null ? null : 0;
        account.peakRssBytes = account.last.rssBytes;
      }
    }
    return rows;
  }
}

/** A process of ours that is no agent: the engine, the keeper. */
export interface OwnProcess extends Owner {
  readonly pid: number;
}

/** A sum after one more reading of a counter that never runs backwards; `null` as soon as the system does not tell. */
function advance(sum: number | null, before: number | null, now: number | null): number | null {
  return sum === null || before === null || now === null ? null : sum + Math.max(0, now - before);
}
