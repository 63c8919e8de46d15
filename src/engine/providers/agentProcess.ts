import type { ManagedAgent } from "../ports.ts";
import type { CommandRun } from "./commandRun.ts";
import type { Worker } from "./worker.ts";

/** A long-lived worker, or one process for one task. */
export type AgentProcess = Worker | CommandRun;

export interface AgentIdentity {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
}

export function agentOf(process: AgentProcess): ManagedAgent {
  const { id, pid, startTime, startedAtMs, state, stateSinceMs, task, tasksDone, problem } = process;
  return { id, pid, startTime, startedAtMs, state, stateSinceMs, task, tasksDone, problem };
}
