import type { Clock } from "../common/clock.ts";
import { type Disposable, DisposableStore } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Rng } from "../common/rng.ts";
import { RetryBudget } from "../guard/retryBudget.ts";
import type { Log, Submission, TaskOutcome, TaskOutput, TaskRecord, TaskRunner, TaskStore } from "../ports.ts";
import type { CancelResult, SubmitResult, TaskState } from "../protocol/tasks.ts";
import type { Guards } from "./guards.ts";
import { type IntakeParts, takeIn } from "./intake.ts";
import { Passage } from "./passage.ts";
import { leaseOf, lifeOf, type OpenTask, TaskBook } from "./taskBook.ts";
import type { TaskTally } from "./taskTally.ts";
import { TaskRuns } from "./taskRuns.ts";
import { TaskTimes } from "./taskTimes.ts";
import { type Lesson, type Verdict, verdictOf } from "./verdict.ts";

const RETRY_TTL_MS = 60_000;
const MIN_RETRIES_PER_SECOND = 0.1;

export interface TaskQueueParts {
  readonly store: TaskStore;
  readonly guards: Guards;
  readonly tally: TaskTally;
  /** The swarm's agents; `null` when there is no such swarm. */
  readonly runner: (swarmId: string) => TaskRunner | null;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly newId: (wallMs: number) => string;
  readonly swarmRefusal?: NonNullable<IntakeParts["swarmRefusal"]>;
}

/**
 * The durable queue. A task is waiting, running under the lease of one agent, or over; each step is on disk before
 * anything follows from it. A lease ends with an outcome heard from its agent, or with that agent's whole process group
 * seen gone; only then may the task run again. So no task ever runs twice at a time, and none that ended runs again.
 */
export class TaskQueue implements Disposable {
  readonly #parts: TaskQueueParts;
  readonly #owned = new DisposableStore();
  readonly #book = new TaskBook();
  readonly times = new TaskTimes();
  readonly runs = new TaskRuns();
  readonly #passage: Passage;
  /** Runners we listen to. */
  readonly #heard = new Map<string, { readonly runner: TaskRunner; readonly listening: DisposableStore }>();
  /** Outcomes heard and not yet written (the disk is full): tried again at each look. */
  readonly #unwritten = new Map<string, () => void>();
  readonly #seen: Set<string>;
  readonly #budget: RetryBudget;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #storeProblem: Coded | null = null;

  constructor(parts: TaskQueueParts) {
    this.#parts = parts;
    this.#passage = new Passage(parts.guards, this.times, parts.clock);
    this.#seen = new Set(parts.store.swarms());
    this.#budget = new RetryBudget({ minPerSecond: MIN_RETRIES_PER_SECOND, ttlMs: RETRY_TTL_MS }, () =>
      parts.clock.monotonicMs(),
    );
    this.#owned.add(this.#changed);
    for (const record of parts.store.open()) this.#restore(record);
  }

  get book(): TaskBook {
    return this.#book;
  }

  /** Why work stands still: the store could not be written. `null` when it could. */
  get problem(): Coded | null {
    return this.#storeProblem;
  }

  hasHad(swarmId: string): boolean {
    return this.#seen.has(swarmId);
  }

  /** Listens to the agents of a swarm; again with another one after it was replaced. */
  attach(runner: TaskRunner): void {
    const present = this.#heard.get(runner.swarmId);
    if (present?.runner === runner) return;
    present?.listening.dispose();
    const listening = new DisposableStore();
    listening.add(runner.onIdle(() => this.dispatch()));
    listening.add(runner.onHanded(({ agentId, taskId }) => this.#handed(agentId, taskId)));
    listening.add(runner.onTaskEnd(({ agentId, taskId, outcome }) => this.#end(agentId, taskId, outcome)));
    this.#heard.set(runner.swarmId, { runner, listening });
  }

  /** @throws CodedError `task.swarmGone`, `store.write`: then nothing was taken */
  submit(submission: Submission, by: string): readonly SubmitResult[] {
    const { store, clock, guards } = this.#parts;
    const runner = this.#parts.runner(submission.swarmId);
    if (runner === null) throw new CodedError("task.swarmGone", { swarmId: submission.swarmId });
    const { results, accepted } = takeIn(submission, by, clock.wallMs(), runner, this.#parts);
    if (accepted.length === 0) return results;
    try {
      store.add(accepted);
    } catch (error) {
      for (const { record } of accepted) guards.lane(record.lane).bulkhead.cancel(record.id);
      throw error;
    }
    const batch = this.runs.submitted(submission.swarmId, accepted.length, clock);
    for (const { record } of accepted) {
      this.#book.add({ record, sinceMs: clock.monotonicMs(), dueMs: null, timedOut: false, submission: batch });
      this.#parts.tally.submitted(record);
      this.#budget.deposit(guards.policy.retry.budgetRatio);
    }
    this.#seen.add(submission.swarmId);
    guards.swarmBreaker(submission.swarmId);
    this.dispatch();
    this.#changed.emit();
    return results;
  }

  cancel(taskId: string, by: string): CancelResult {
    const task = this.#book.get(taskId);
    if (task === undefined) {
      const record = this.#parts.store.get(taskId);
      const reason =
        record === null
          ? { code: "task.unknown", args: { taskId } }
          : { code: "task.over", args: { taskId, state: record.state.kind } };
      return { taskId, kind: "refused", reason };
    }
    const lease = leaseOf(task.record);
    if (lease === null) {
      this.#closeWaiting(task, { kind: "cancelled", atMs: this.#parts.clock.wallMs(), by });
      return { taskId, kind: "cancelled" };
    }
    if (lease.cancelledBy === null) {
      const next: TaskRecord = { ...task.record, state: { ...lease, cancelledBy: by } };
      this.#parts.store.update([lifeOf(next)]);
      this.#book.move(task, next);
    }
    this.#parts.runner(task.record.swarmId)?.cancelTask(lease.agentId, taskId);
    this.#changed.emit();
    return { taskId, kind: "stopping" };
  }

  /** What waits in a swarm and was submitted by this hand is cancelled, all in one piece. @throws CodedError `store.write` */
  cancelWaiting(swarmId: string, by: string): void {
    const { store, clock, guards } = this.#parts;
    const state: TaskState = { kind: "cancelled", atMs: clock.wallMs(), by };
    const tasks = [...this.#book.all()].filter(
      ({ record }) => record.swarmId === swarmId && record.submittedBy === by && record.state.kind === "waiting",
    );
    store.update(tasks.map(({ record }) => lifeOf({ ...record, state })));
    for (const task of tasks) {
      guards.lane(task.record.lane).bulkhead.cancel(task.record.id);
      this.#book.remove(task);
      this.runs.over({ ...task.record, state }, task.submission, clock.monotonicMs());
    }
    this.#changed.emit();
  }

  /** A swarm that is configured no more takes nothing: what waits for it ends, with that reason. */
  keepSwarms(swarmIds: ReadonlySet<string>): void {
    for (const [swarmId, { listening }] of this.#heard) {
      // Its agents are drained; what they still bring is heard as long as one of them works.
      if (swarmIds.has(swarmId) || this.#book.running(swarmId).size > 0) continue;
      listening.dispose();
      this.#heard.delete(swarmId);
    }
    for (const task of [...this.#book.all()]) {
      const { id, swarmId, state } = task.record;
      if (swarmIds.has(swarmId) || state.kind !== "waiting") continue;
      const reason = { code: "task.swarmGone", args: { swarmId } };
      const ended: TaskState = { kind: "failed", atMs: this.#parts.clock.wallMs(), reason };
      this.#settle(id, () => this.#closeWaiting(task, ended));
    }
  }

  /** Once a tick. */
  look(): void {
    for (const write of [...this.#unwritten.values()]) write();
    const now = this.#parts.clock.monotonicMs();
    for (const task of [...this.#book.allRunning()]) {
      const { swarmId, id } = task.record;
      const agentId = leaseOf(task.record)?.agentId ?? "";
      // Its agent was seen gone by an engine before this one, or was never started: nothing of the task can run.
      if (this.#parts.runner(swarmId)?.holds(agentId) !== true)
        this.#end(agentId, id, { kind: "lost", how: "its agent is gone", ours: true });
      if (task.dueMs !== null && now >= task.dueMs) task.timedOut = true;
      // Again at each look: its process may not have been there yet when it was asked the first time.
      if (task.timedOut || leaseOf(task.record)?.cancelledBy != null)
        this.#parts.runner(swarmId)?.cancelTask(agentId, id);
    }
    for (const task of this.#book.delayed()) {
      if (task.dueMs !== null && now < task.dueMs) continue;
      this.#book.undelay(task);
      task.dueMs = null;
      this.#passage.wait(task.record);
    }
    this.dispatch();
  }

  /** Gives waiting tasks to idle agents: critical before standard before background, each lane in its own order. */
  dispatch(): void {
    if (this.#unwritten.size > 0) return;
    for (const { runner } of this.#heard.values()) this.#dispatchTo(runner);
  }

  dispose(): void {
    for (const { listening } of this.#heard.values()) listening.dispose();
    this.#owned.dispose();
  }

  #dispatchTo(runner: TaskRunner): void {
    if (this.#book.waiting(runner.swarmId) === 0) return;
    const { store, clock } = this.#parts;
    const chosen: { task: OpenTask; before: TaskRecord; agentId: string }[] = [];
    for (const agentId of runner.idleAgents()) {
      const task = this.#takeFor(runner.swarmId);
      if (task === null) break;
      const wallMs = clock.wallMs();
      const before = task.record;
      const deadlineMs = wallMs + before.timeoutSeconds * 1000;
      const lease = { agentId, sinceMs: wallMs, deadlineMs, handed: false, cancelledBy: null };
      this.#book.move(task, { ...before, attempt: before.attempt + 1, state: { kind: "running", ...lease } });
      chosen.push({ task, before, agentId });
    }
    if (chosen.length === 0) return;
    // 1. The leases are on disk before any agent hears of its task.
    try {
      store.lease(chosen.map(({ task }) => lifeOf(task.record)));
      this.#storeProblem = null;
    } catch (error) {
      this.#storeProblem = toCoded(error);
      for (const { task, before } of chosen) this.#untake(task, before);
      return;
    }
    // 2. The agents get them.
    for (const { task, before, agentId } of chosen) {
      const { id, timeoutSeconds } = task.record;
      const input = store.input(id);
      const now = clock.monotonicMs();
      const waitedMs = now - task.sinceMs;
      this.times.begun(runner.swarmId, now, waitedMs);
      task.sinceMs = now;
      task.dueMs = now + timeoutSeconds * 1000;
      task.timedOut = false;
      const isGiven = input !== null && runner.assign(agentId, { id, input });
      if (isGiven) this.runs.begun(task.record, agentId, task.submission, now, waitedMs);
      if (isGiven) continue;
      // Not idle any more: it waits again, as if nothing had been.
      this.#untake(task, before);
      this.#settle(id, () => store.lease([lifeOf(before)]));
    }
    this.#changed.emit();
  }

  #takeFor(swarmId: string): OpenTask | null {
    for (;;) {
      const id = this.#passage.enter(swarmId);
      if (id === null) return null;
      const task = this.#book.get(id);
      if (task !== undefined) return task;
      this.#parts.log.error("task.astray", { taskId: id });
    }
  }

  #untake(task: OpenTask, before: TaskRecord): void {
    this.#passage.leave(task.record, "ignore", null);
    this.#book.move(task, before);
    task.dueMs = null;
    this.#passage.wait(task.record);
  }

  #handed(agentId: string, taskId: string): void {
    const task = this.#book.get(taskId);
    const lease = task === undefined ? null : leaseOf(task.record);
    if (task === undefined || lease === null || lease.agentId !== agentId || lease.handed) return;
    const next = { ...task.record, state: { ...lease, handed: true } };
    this.#book.move(task, next);
    try {
      this.#parts.store.lease([lifeOf(next)]);
    } catch (error) {
      // Only a restart in the next moments would ask for it, and then it errs on the safe side.
      this.#storeProblem = toCoded(error);
    }
  }

  /** An outcome was heard, or the agent is gone. Only the holder of the lease is believed, and only once. */
  #end(agentId: string, taskId: string, outcome: TaskOutcome): void {
    const task = this.#book.get(taskId);
    if (task === undefined || this.#unwritten.has(taskId) || leaseOf(task.record)?.agentId !== agentId) return;
    this.#parts.tally.heard(task.record, outcome);
    this.#settle(taskId, this.#conclude(task, outcome));
  }

  /** Decided once; carried out as often as it takes until it is written. */
  #conclude(task: OpenTask, outcome: TaskOutcome): () => void {
    const { clock, guards, rng } = this.#parts;
    const { record } = task;
    const wallMs = clock.wallMs();
    const durationMs = clock.monotonicMs() - task.sinceMs;
    const timedOut = task.timedOut || wallMs >= (leaseOf(record)?.deadlineMs ?? Number.POSITIVE_INFINITY);
    const verdict = verdictOf(
      record,
      outcome,
      { wallMs, tookMs: Math.round(durationMs), timedOut },
      { policy: guards.policy.retry, withdraw: () => this.#budget.withdraw(), rng },
    );
    if (verdict.kind === "again" && this.#parts.runner(record.swarmId) === null) {
      const reason = { code: "task.swarmGone", args: { swarmId: record.swarmId } };
      return () => this.#close(task, { ...record, state: { kind: "failed", atMs: wallMs, reason } });
    }
    if (verdict.kind === "over") {
      const { state, deaths, output, lesson } = verdict;
      return () => this.#close(task, { ...record, deaths, state }, output, lesson);
    }
    return () => this.#again(task, verdict);
  }

  #again(task: OpenTask, { attempt, deaths, pause, lesson }: Extract<Verdict, { kind: "again" }>): void {
    const { clock, store } = this.#parts;
    const now = clock.monotonicMs();
    const notBeforeMs = pause === null ? null : Math.round(clock.wallMs() + pause.delayMs);
    const state: TaskState = { kind: "waiting", notBeforeMs, lastFailure: pause?.reason ?? null };
    const next: TaskRecord = { ...task.record, attempt, deaths, state };
    store.update([lifeOf(next)]);
    this.#passage.leave(task.record, lesson, now - task.sinceMs);
    this.runs.ended(task.record, now, "again");
    if (pause === null) this.times.cut(next.swarmId, now);
    this.#book.move(task, next);
    task.sinceMs = now;
    task.timedOut = false;
    task.dueMs = pause === null ? null : now + pause.delayMs;
    if (pause === null) this.#passage.wait(task.record);
    else this.#book.delay(task);
    this.#afterChange();
  }

  /** The one place where a task ends. @throws CodedError `store.write`: then it has not */
  #close(task: OpenTask, ended: TaskRecord, output?: TaskOutput, lesson: Lesson = "ignore"): void {
    const { store, clock, guards } = this.#parts;
    const { id, lane } = task.record;
    store.update([lifeOf(ended)], output);
    if (task.record.state.kind === "running")
      this.#passage.leave(task.record, lesson, clock.monotonicMs() - task.sinceMs);
    else guards.lane(lane).bulkhead.cancel(id);
    this.#book.remove(task);
    this.#parts.tally.over(ended);
    this.runs.over(ended, task.submission, clock.monotonicMs());
    this.#afterChange();
  }

  #closeWaiting(task: OpenTask, state: TaskState): void {
    this.#close(task, { ...task.record, state });
  }

  /** Runs what must be written; what cannot be, now, is tried again at each look until it is. */
  #settle(taskId: string, write: () => void): void {
    const attempt = () => {
      try {
        write();
        this.#unwritten.delete(taskId);
        this.#storeProblem = null;
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== "store.write") throw error;
        this.#storeProblem = toCoded(error);
        this.#unwritten.set(taskId, attempt);
      }
    };
    attempt();
  }

  #afterChange(): void {
    this.#changed.emit();
    // The place that came free may be taken by the next, after what is under way is done.
    queueMicrotask(() => this.dispatch());
  }

  #restore(record: TaskRecord): void {
    const { clock, guards } = this.#parts;
    const now = clock.monotonicMs();
    const left = (wallMs: number) => Math.max(0, wallMs - clock.wallMs());
    const task: OpenTask = { record, sinceMs: now, dueMs: null, timedOut: false, submission: null };
    this.#book.add(task);
    const { state } = record;
    if (state.kind === "running") {
      this.#passage.resume(record);
      // A wall clock that was set must not give it more than its own time.
      task.dueMs = now + Math.min(record.timeoutSeconds * 1000, left(state.deadlineMs));
      return;
    }
    const notBeforeMs = state.kind === "waiting" ? state.notBeforeMs : null;
    if (notBeforeMs === null || left(notBeforeMs) === 0) this.#passage.wait(task.record);
    else {
      const longest = guards.policy.retry.maxSeconds * 1000;
      task.dueMs = now + Math.min(longest, left(notBeforeMs));
      this.#book.delay(task);
    }
  }
}
