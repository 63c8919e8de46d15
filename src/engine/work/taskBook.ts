import type { Lease, TaskLife, TaskRecord } from "../ports.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { TaskState } from "../protocol/tasks.ts";

/** An open task as the queue holds it; its input stays in the store. */
export interface OpenTask {
  record: TaskRecord;
  /** Began to wait or to run, monotonic, ms. */
  sinceMs: number;
  /** Monotonic, ms. Running: when it is ended. Waiting: not before; `null` when it may start now. */
  dueMs: number | null;
  /** The time was up and its agent was told to stop. */
  timedOut: boolean;
  /** The call it came by; `null`: before this engine began. */
  readonly submission: number | null;
}

export type RunningState = Extract<TaskState, { kind: "running" }>;

/** Open tasks by id, counted by swarm. */
export class TaskBook {
  readonly #open = new Map<string, OpenTask>();
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, Set<OpenTask>>();
  readonly #delayed = new Set<OpenTask>();

  get(id: string): OpenTask | undefined {
    return this.#open.get(id);
  }

  all(): IterableIterator<OpenTask> {
    return this.#open.values();
  }

  add(task: OpenTask): void {
    this.#open.set(task.record.id, task);
    this.#count(task.record, 1, task);
  }

  /** Another state of an open task. */
  move(task: OpenTask, record: TaskRecord): void {
    this.#count(task.record, -1, task);
    task.record = record;
    this.#count(record, 1, task);
  }

  /** It waits, but not in its lane's queue yet. */
  delay(task: OpenTask): void {
    this.#delayed.add(task);
  }

  undelay(task: OpenTask): void {
    this.#delayed.delete(task);
  }

  delayed(): readonly OpenTask[] {
    return [...this.#delayed];
  }

  remove(task: OpenTask): void {
    this.#open.delete(task.record.id);
    this.#delayed.delete(task);
    this.#count(task.record, -1, task);
  }

  waiting(swarmId: string): number {
    return this.#waiting.get(swarmId) ?? 0;
  }

  running(swarmId: string): ReadonlySet<OpenTask> {
    return this.#running.get(swarmId) ?? NONE;
  }

  /** Over all swarms. */
  *allRunning(): Generator<OpenTask> {
    for (const tasks of this.#running.values()) yield* tasks;
  }

  /** The task that an agent holds a lease of. */
  heldBy(agentId: string): OpenTask | undefined {
    for (const task of this.allRunning()) if (leaseOf(task.record)?.agentId === agentId) return task;
    return undefined;
  }

  /** The same, for taking the agent over after a restart. */
  leasedTo(agentId: string): Lease | null {
    const record = this.heldBy(agentId)?.record;
    const lease = record === undefined ? null : leaseOf(record);
    return record === undefined || lease === null ? null : { taskId: record.id, handed: lease.handed };
  }

  runningIn(lane: Lane): readonly OpenTask[] {
    return [...this.allRunning()].filter(({ record }) => record.lane === lane);
  }

  #count({ swarmId, state }: TaskRecord, by: 1 | -1, task: OpenTask): void {
    if (state.kind === "waiting") this.#waiting.set(swarmId, this.waiting(swarmId) + by);
    if (state.kind !== "running") return;
    const running = this.#running.get(swarmId) ?? new Set();
    this.#running.set(swarmId, running);
    if (by === 1) running.add(task);
    else running.delete(task);
  }
}

const NONE: ReadonlySet<OpenTask> = new Set();

export function leaseOf({ state }: TaskRecord): RunningState | null {
  return state.kind === "running" ? state : null;
}

export function lifeOf({ id, attempt, deaths, state }: TaskRecord): TaskLife {
  return { id, attempt, deaths, state };
}
