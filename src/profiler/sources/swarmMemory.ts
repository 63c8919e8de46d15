import type { SwarmMemoryReport, SwarmMemoryRound } from "../../engine/protocol/profiling.ts";
import { readProcessStat } from "../../engine/common/processIdentity.ts";
import { readMemory } from "./memory.ts";
import { pause } from "./waiting.ts";

/** One round goes once over all processes of the swarm, one after the other. */
export const ROUND_MS = 5_000;
/** Looked at in one round; of a larger swarm the rest is counted as left out. */
const MOST_PROCESSES = 500;
const MOST_AGENTS = 50;

/** A process of a swarm: an agent, or one of its helpers and tools. */
export interface SwarmProcess {
  readonly agentId: string;
  readonly pid: number;
  readonly startTime: number;
}

export interface ProfiledSwarm {
  readonly swarmId: string;
  /** As the engine sees them now. */
  readonly processes: () => readonly SwarmProcess[];
}

interface AgentSum {
  processes: number;
  rssBytes: number;
  pssBytes: number | null;
}

/**
 * RSS and PSS of all processes of a swarm, spread over a round so that nothing is read in one go: the kernel walks every mapping of a
 * process for its PSS. What that costs us is measured with it.
 */
export class SwarmMemory {
  readonly #swarm: ProfiledSwarm;
  readonly #elapsedMs: () => number;
  readonly #rounds: SwarmMemoryRound[] = [];
  readonly #costsMs: number[] = [];
  #agents = new Map<string, AgentSum>();

  constructor(swarm: ProfiledSwarm, elapsedMs: () => number) {
    this.#swarm = swarm;
    this.#elapsedMs = elapsedMs;
  }

  /** Round after round until it is over. Never throws. */
  async run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const began = this.#elapsedMs();
      await this.round(ROUND_MS, over);
      // Of a swarm without processes too.
      const left = ROUND_MS - (this.#elapsedMs() - began);
      if (!over.aborted) await pause(Math.max(1, left), over).catch(() => undefined);
    }
  }

  /** @param spreadMs over which it is spread; 0: in one go. One that is cut off is not told. */
  async round(spreadMs: number, over: AbortSignal): Promise<void> {
    const atMs = this.#elapsedMs();
    const all = this.#swarm.processes();
    const processes = all.slice(0, MOST_PROCESSES);
    const agents = new Map<string, AgentSum>();
    let costMs = 0;
    let rssBytes = 0;
    let pssBytes = 0;
    let withoutPss = 0;
    let seen = 0;
    for (const [n, { agentId, pid, startTime }] of processes.entries()) {
      const due = atMs + (n * spreadMs) / processes.length;
      if (spreadMs > 0) await pause(Math.max(0, due - this.#elapsedMs()), over).catch(() => undefined);
      if (over.aborted) return;
      const before = cpuMs();
      const isSame = readProcessStat(pid)?.startTime === startTime;
      const memory = isSame ? readMemory(pid) : null;
      costMs += cpuMs() - before;
      // Ended since the engine has seen it.
      if (memory === null || memory.rssBytes === null) continue;
      seen++;
      rssBytes += memory.rssBytes;
      if (memory.pssBytes === null) withoutPss++;
      else pssBytes += memory.pssBytes;
      const sum = agents.get(agentId) ?? { processes: 0, rssBytes: 0, pssBytes: 0 };
      agents.set(agentId, sum);
      sum.processes++;
      sum.rssBytes += memory.rssBytes;
      sum.pssBytes = sum.pssBytes === null || memory.pssBytes === null ? null : sum.pssBytes + memory.pssBytes;
    }
    this.#costsMs.push(costMs);
    this.#agents = agents;
    // A sum that leaves some out is none.
    const pss = withoutPss > 0 || seen === 0 ? null : pssBytes;
    this.#rounds.push({ atMs, processes: seen, leftOut: all.length - processes.length, rssBytes, pssBytes: pss });
  }

  /** `null` where no round came to its end. */
  report(): SwarmMemoryReport | null {
    if (this.#rounds.length === 0) return null;
    const agents = [...this.#agents].map(([agentId, sum]) => ({ agentId, ...sum }));
    return {
      ...{ swarmId: this.#swarm.swarmId, source: "measured", rounds: this.#rounds, roundMs: ROUND_MS },
      cpuMsPerRound: this.#costsMs.reduce((sum, ms) => sum + ms, 0) / this.#costsMs.length,
      agentCount: agents.length,
      agents: agents.toSorted((a, b) => b.rssBytes - a.rssBytes).slice(0, MOST_AGENTS),
    };
  }
}

/** CPU of this thread, where Node tells it (from 23.9 on), else of the process: then an upper bound. */
function cpuMs(): number {
  const all = process.cpuUsage();
  const usage = typeof process.threadCpuUsage === "function" ? process.threadCpuUsage() : all;
  return (usage.user + usage.system) / 1000;
}
