import type { Clock } from "../common/clock.ts";
import type { TaskRecord, TaskRun, TaskRunLog, TaskSubmission } from "../ports.ts";

/** Runs kept a swarm: at ten tasks a second still the last three minutes. */
const KEPT = 2_048;
/** Submissions kept a swarm that are over. */
const KEPT_SUBMISSIONS = 512;

type Open<T> = { -readonly [K in keyof T]: T[K] };

interface Log {
  readonly runs: Open<TaskRun>[];
  /** By task, those under way. */
  readonly under: Map<string, Open<TaskRun>>;
  readonly submissions: Map<number, Open<TaskSubmission>>;
  /** Up to when runs were given up to make room. */
  cutMs: number;
}

/**
 * Which agent ran which task when, lately and since this engine began, a bounded number a swarm. Times are monotonic. What the
 * store keeps of a task that is over names no agent and no time between, so this is told from memory.
 */
export class TaskRuns {
  readonly #logs = new Map<string, Log>();
  #last = 0;

  /** Tasks of one call. @returns what tells them from those of other calls */
  submitted(swarmId: string, tasks: number, clock: Pick<Clock, "monotonicMs" | "wallMs">): number {
    const { submissions } = this.#log(swarmId);
    const id = ++this.#last;
    const at = { submittedMs: clock.monotonicMs(), submittedAtMs: clock.wallMs() };
    submissions.set(id, { id, tasks, open: tasks, ...at, overMs: null });
    if (submissions.size > KEPT_SUBMISSIONS)
      for (const [old, { open }] of submissions) {
        if (submissions.size <= KEPT_SUBMISSIONS) break;
        if (open === 0) submissions.delete(old);
      }
    return id;
  }

  /** @param submission of which it came; `null`: of one before this engine */
  begun(record: TaskRecord, agentId: string, submission: number | null, atMs: number, waitedMs: number): void {
    const { id: taskId, swarmId, lane, label } = record;
    const log = this.#log(swarmId);
    const run = { taskId, lane, label, agentId, submission, waitedMs, beganMs: atMs, endedMs: null, outcome: null };
    log.runs.push(run);
    log.under.set(taskId, run);
    // Half at once, so that a busy swarm does not move the whole list with every task.
    if (log.runs.length > 2 * KEPT) log.cutMs = log.runs.splice(0, KEPT).at(-1)?.beganMs ?? log.cutMs;
  }

  /** Its run is over, whether it runs again or not. One that began before this engine is not known. */
  ended(
    { id, swarmId }: Pick<TaskRecord, "id" | "swarmId">,
    atMs: number,
    outcome: NonNullable<TaskRun["outcome"]>,
  ): void {
    const log = this.#logs.get(swarmId);
    const run = log?.under.get(id);
    if (log === undefined || run === undefined) return;
    log.under.delete(id);
    run.endedMs = atMs;
    run.outcome = outcome;
  }

  /** A task is over for good, and its run with it when one was under way. */
  over(task: Pick<TaskRecord, "id" | "swarmId" | "state">, submission: number | null, atMs: number): void {
    const { kind } = task.state;
    if (kind !== "waiting" && kind !== "running") this.ended(task, atMs, kind);
    const known = submission === null ? undefined : this.#logs.get(task.swarmId)?.submissions.get(submission);
    if (known === undefined) return;
    known.open--;
    if (known.open === 0) known.overMs = atMs;
  }

  /** In the order in which they began. */
  of(swarmId: string): TaskRunLog {
    const log = this.#logs.get(swarmId);
    if (log === undefined) return { runs: [], submissions: [], cutMs: Number.NEGATIVE_INFINITY };
    return {
      runs: log.runs.map((run) => ({ ...run })),
      submissions: [...log.submissions.values()].map((one) => ({ ...one })),
      cutMs: log.cutMs,
    };
  }

  keepSwarms(swarmIds: ReadonlySet<string>): void {
    for (const id of this.#logs.keys()) if (!swarmIds.has(id)) this.#logs.delete(id);
  }

  #log(swarmId: string): Log {
    const known = this.#logs.get(swarmId);
    if (known !== undefined) return known;
    const log: Log = { runs: [], under: new Map(), submissions: new Map(), cutMs: Number.NEGATIVE_INFINITY };
    this.#logs.set(swarmId, log);
    return log;
  }
}
