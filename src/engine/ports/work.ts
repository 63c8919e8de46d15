import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { Lane } from "../protocol/lanes.ts";
import type {
  BreakerAction,
  BreakerRow,
  CancelResult,
  GuardState,
  LaneAction,
  OutputTail,
  SubmitResult,
  TaskDetail,
  TaskList,
  TaskRow,
  TaskState,
  TaskStateKind,
} from "../protocol/tasks.ts";
import type { LoadTask } from "./agents.ts";

// Work: tasks, who runs them, where they are kept.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What is asked of an agent. */
export type TaskInput =
  | { readonly kind: "prompt"; readonly prompt: string }
  | { readonly kind: "input"; readonly input: Json };

export interface TaskMessage {
  readonly id: string;
  readonly input: TaskInput;
}

export interface TaskOutput {
  readonly stdout: OutputTail;
  readonly stderr: OutputTail;
}

export type TaskOutcome =
  | { readonly kind: "done"; readonly output: TaskOutput }
  | { readonly kind: "failed"; readonly reason: Coded; readonly output: TaskOutput }
  /**
   * Its agent is gone, with its whole process group, and no outcome was heard. `ours`: we ended it or never began; it
   * says nothing about the task.
   */
  | { readonly kind: "lost"; readonly how: string; readonly ours: boolean };

/** A swarm as the dispatcher sees it: agents that take one task at a time. */
export interface TaskRunner {
  readonly swarmId: string;
  /** Why its agents could not take this; `null` when they can. */
  refusal(input: TaskInput): Coded | null;
  /** Who can take a task now. For commands, of which each task gets its own: ids of the processes to come. */
  idleAgents(): readonly string[];
  /** `false` when the agent is no longer idle. After `true` exactly one `onTaskEnd` follows, in this engine or a later one. */
  assign(agentId: string, task: TaskMessage): boolean;
  /** Asks the agent to give its task up, and ends its process when it does not. */
  cancelTask(agentId: string, taskId: string): void;
  /** Whether this agent may still run something: it is known and not yet seen gone with all it left behind. */
  holds(agentId: string): boolean;
  /** What it has said so far on its own streams; `null` when nothing can be told while it runs. */
  output(agentId: string, signal: AbortSignal): Promise<TaskOutput | null>;
  readonly onIdle: (listener: () => void) => Disposable;
  /** The agent has the whole of its task. */
  readonly onHanded: (listener: (handed: { agentId: string; taskId: string }) => void) => Disposable;
  readonly onTaskEnd: (
    listener: (end: { agentId: string; taskId: string; outcome: TaskOutcome }) => void,
  ) => Disposable;
}

/** The lease of an agent that an engine before this one gave. */
export interface Lease {
  readonly taskId: string;
  readonly handed: boolean;
}

/** The load on one swarm. */
export interface TaskLoad {
  readonly waiting: number;
  /** Of those, how many more agents could start at once: lanes have room and breakers let them. */
  readonly servable: number;
  readonly running: number;
  readonly done: number;
}

/** Tasks of one swarm that are over, since the engine started. */
export interface TaskCounts {
  readonly done: number;
  readonly failed: number;
  /** Of both, those that met a fault: submitted during one, or on an agent that died. */
  readonly faultDone: number;
  readonly faultFailed: number;
}

/** What of the work becomes history. */
export interface WorkRecords {
  /** Which agent ran which task when. `null`: this swarm never had a task. */
  runs(swarmId: string): TaskRunLog | null;
  /** `null`: this swarm never had a task. */
  counts(swarmId: string): TaskCounts | null;
  /**
   * Whether a task submitted now could start within its lane's deadline, in each lane by which tasks of the swarm came.
   * `null`: it never had one, or that cannot be said.
   * @param taskSeconds 95th percentile of what a task takes; `null` before enough were seen
   */
  startable(swarmId: string, taskSeconds: number | null): boolean | null;
  /** Of the tasks that ended before this some may be forgotten; `null`: all are kept. */
  keptSinceMs(): number | null;
}

/** What tasks of one swarm did in a while, newest first. */
export interface TaskWindow {
  /** Of those that began, how long each had waited. */
  readonly waitedMs: readonly number[];
  /** Of the runs that ended, how long each took. Runs that we ended ourselves do not count. */
  readonly ranMs: readonly number[];
  /** Of those runs, how many failed. */
  readonly failed: number;
  /** Runs that we cut off by ending their agents; their tasks wait again. */
  readonly cut: number;
  /** `false`: so many that the older ones of the while are not kept; left out, all are there. */
  readonly whole?: boolean;
}

/** One run of a task on an agent. Times are monotonic, ms. */
export interface TaskRun {
  readonly taskId: string;
  readonly lane: Lane;
  readonly label: string;
  readonly agentId: string;
  /** The call it came by; `null`: before this engine began. */
  readonly submission: number | null;
  /** Since it was submitted, or since its run before. */
  readonly waitedMs: number;
  readonly beganMs: number;
  /** `null`: it still runs. */
  readonly endedMs: number | null;
  /** `again`: it waits for another run, because this one failed or was cut off. */
  readonly outcome: "done" | "failed" | "cancelled" | "again" | null;
}

/** Tasks that came by one call, all in one lane. */
export interface TaskSubmission {
  readonly id: number;
  readonly tasks: number;
  /** Of those, not over yet. */
  readonly open: number;
  readonly submittedMs: number;
  /** The same on the wall clock. */
  readonly submittedAtMs: number;
  readonly overMs: number | null;
}

/** Of one swarm, since this engine began, in the order in which they began. */
export interface TaskRunLog {
  readonly runs: readonly TaskRun[];
  readonly submissions: readonly TaskSubmission[];
  /** Runs that began until then may be left out. */
  readonly cutMs: number;
}

/** A task without its input: what the queue holds in memory. */
export interface TaskRecord extends TaskRow {
  /** Runs that ended with the death of their agent. */
  readonly deaths: number;
}

export interface TaskQuery {
  readonly swarmId?: string | undefined;
  readonly lane?: Lane | undefined;
  readonly states?: readonly TaskStateKind[] | undefined;
  readonly limit: number;
  readonly before?: string | undefined;
}

export interface NewTask {
  readonly record: TaskRecord;
  readonly input: TaskInput;
  readonly key: string | null;
}

/** What changes about a task while it lives. */
export interface TaskLife {
  readonly id: string;
  readonly attempt: number;
  readonly deaths: number;
  readonly state: TaskState;
}

/**
 * Tasks, breakers and gates of lanes. Every write is on disk when the call returns (breakers: survives the death of the
 * process); each throws `store.write` when it is not, and then nothing of it was written.
 */
export interface TaskStore {
  add(tasks: readonly NewTask[]): void;
  known(swarmId: string, key: string): { readonly id: string; readonly state: TaskStateKind } | null;
  /** On disk when it returns. `output`: with the outcome of the first, in one piece. */
  update(lives: readonly TaskLife[], output?: TaskOutput): void;
  /**
   * Survives the death of this process, not that of the machine: for leases. With the machine their agents are gone as
   * well, and a task that waits and one whose agent is gone are the same.
   */
  lease(lives: readonly TaskLife[]): void;
  /** Waiting and running, oldest first. */
  open(): readonly TaskRecord[];
  get(id: string): TaskRecord | null;
  input(id: string): TaskInput | null;
  output(id: string): TaskOutput | null;
  /** Newest first. */
  list(query: TaskQuery): readonly TaskRecord[];
  /** Swarms that ever had a task that is still kept. */
  swarms(): ReadonlySet<string>;
  /** Forgets the oldest ended ones above this number, a bounded piece at a time. */
  prune(keepEnded: number): number;
  /** How many ended ones there are, and when the oldest of them ended. */
  ended(): { readonly count: number; readonly oldestMs: number | null };
  guards(): ReadonlyMap<string, string>;
  /** A breaker or gate by its id, as JSON. */
  saveGuard(id: string, json: string): void;
}

export interface Submission {
  readonly swarmId: string;
  readonly lane?: Lane | undefined;
  readonly priority?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly retryOf?: string | undefined;
  readonly tasks: readonly {
    readonly id?: string;
    readonly input: TaskInput;
    /** Idempotency key: the same one again is the same task. */
    readonly key?: string | undefined;
  }[];
}

/** The work of all swarms, for clients. */
export interface WorkApi {
  /** Durable when it returns. @throws CodedError `store.write`: then nothing was taken */
  submit(submission: Submission, by: string): readonly SubmitResult[];
  /** @throws CodedError `store.write` */
  cancel(taskIds: readonly string[], by: string): readonly CancelResult[];
  /** @throws CodedError `task.unknown`, `task.notRetryable`, `store.write` */
  retry(taskId: string, by: string): SubmitResult;
  list(query: TaskQuery): TaskList;
  /** @throws CodedError `task.unknown` */
  task(taskId: string, signal: AbortSignal): Promise<TaskDetail>;
  guard(): GuardState;
  /** @throws CodedError `store.write` */
  laneAction(lane: Lane, action: LaneAction): void;
  /** @throws CodedError `breaker.unknown`, `breaker.changed` */
  breakerAction(breakerId: string, action: BreakerAction, by: string, expectedRevision: number | undefined): BreakerRow;
}

/** The work of all swarms, for the loop. */
export interface WorkPort {
  /** Something is under way that the next tick should not be long in seeing: a task that runs or waits to be retried. */
  readonly busy: boolean;
  /** Work stands still because the store cannot be written; `null` when it does not. */
  problem(): Coded | null;
  /** Once a tick: retries that are due, timeouts, breakers whose time has come. Synchronous and bounded. */
  look(): void;
  /** `null`: this swarm never had a task. */
  load(swarmId: string): TaskLoad | null;
  /** What its tasks did since then (monotonic), as far as it is still known. */
  window(swarmId: string, sinceMs: number): TaskWindow;
  /** Takes what a load source made; what finds no room is shed and counted. */
  arrive(swarmId: string, tasks: readonly LoadTask[]): void;
  /** The swarm with its own load was stopped: what that load made and nobody began is cancelled. */
  stopped(swarmId: string): void;
}
