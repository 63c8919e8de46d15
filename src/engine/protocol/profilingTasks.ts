import type { Lane } from "./lanes.ts";
import type { SourceTag } from "./model.ts";

/** What tasks did while one of the agents that run them was profiled. */

/** Percentiles by nearest rank; `null` of too few: below 5, 20 and 100. */
export interface TaskSpread {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly mostMs: number | null;
}

export interface LaneTasks {
  readonly lane: Lane;
  /** Of the runs that began: since the submission, or since the run before. */
  readonly wait: TaskSpread;
  /** Of the runs that ended with an outcome of their own. */
  readonly run: TaskSpread;
  readonly done: number;
  readonly failed: number;
  /** Runs that failed or were cut off, and whose tasks wait again. */
  readonly again: number;
}

/** `agent`: its agent was busy · `place`: its lane or swarm was full · `retry`: its own run before · `nothing` · `unknown`. */
export const WAIT_CAUSES = ["agent", "place", "retry", "nothing", "unknown"] as const;
export type WaitCause = (typeof WAIT_CAUSES)[number];

/** One task on a critical path: how long it waited after what was before it had ended, and how long it ran. */
export interface PathLink {
  readonly taskId: string;
  readonly label: string;
  readonly lane: Lane;
  readonly agentId: string;
  readonly waitMs: number;
  /** From the submission of the batch on, where it ran before that. */
  readonly runMs: number;
  readonly waitedFor: WaitCause;
  /** `false`: a task of something else that stood in the way. */
  readonly inBatch: boolean;
}

/** What decided when a batch was over: links without a gap, that add up to its whole time. */
export interface BatchPath {
  /** Submitted by one call. */
  readonly tasks: number;
  readonly submittedAtMs: number;
  /** From the submission to the end of its last run. */
  readonly makespanMs: number;
  readonly waitMs: number;
  readonly runMs: number;
  /** That ran its tasks. */
  readonly agents: number;
  /** Sum of all of its runs. */
  readonly busyMs: number;
  readonly linkCount: number;
  /** In the order of time; of very many the last ones. */
  readonly links: readonly PathLink[];
}

/** What the tasks of the profiled agent's swarm did meanwhile. Measured by the engine. */
export interface ProfiledTasks {
  readonly swarmId: string;
  readonly source: SourceTag;
  readonly lanes: readonly LaneTasks[];
  /** Under way at the end. */
  readonly running: number;
  /** `false`: so many ran that the oldest are left out. */
  readonly whole: boolean;
  /** Of two tasks or more, that were over in this time. */
  readonly batches: number;
  /** Of the one of those that took longest. */
  readonly path: BatchPath | null;
}
