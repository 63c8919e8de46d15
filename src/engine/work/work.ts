import type { Clock } from "../common/clock.ts";
import { type Disposable, DisposableStore } from "../common/disposable.ts";
import { type Coded, CodedError } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type {
  Lease,
  LoadTask,
  SwarmView,
  Submission,
  TaskCounts,
  TaskLoad,
  TaskQuery,
  TaskRunLog,
  TaskRunner,
  TaskStore,
  TaskWindow,
  WorkApi,
  WorkPort,
  WorkRecords,
} from "../ports.ts";
import type { DemoFaults, FaultTolerancePolicy } from "../protocol/faultTolerance.ts";
import { LANE_START_SECONDS } from "../protocol/kpis.ts";
import { type Lane, LANES } from "../protocol/lanes.ts";
import {
  type BreakerAction,
  type BreakerRow,
  type CancelResult,
  type GuardState,
  type SubmitResult,
  swarmBreakerId,
  type TaskDetail,
  type TaskList,
} from "../protocol/tasks.ts";
import type { CapacityLeases } from "./capacityLeases.ts";
import type { Guards } from "./guards.ts";
import { textOf } from "./prompt.ts";
import { breakerRow, guardState, taskRow } from "./rows.ts";
import { canStart } from "./startable.ts";
import type { TaskQueue } from "./taskQueue.ts";
import type { TaskTally } from "./taskTally.ts";

/** Who submits the tasks of a swarm's own load. */
const OWN_LOAD = "own load";
/** Ended tasks kept for looking back and for their output. */
const KEEP_ENDED = 2_000;
const PRUNE_EVERY_MS = 60_000;
const OF_SWARM = swarmBreakerId("");
const EMPTY_TAIL = { text: "", droppedBytes: 0 };

export interface WorkParts {
  readonly queue: TaskQueue;
  readonly tally: TaskTally;
  readonly guards: Guards;
  readonly leases: CapacityLeases;
  readonly store: TaskStore;
  readonly runner: (swarmId: string) => TaskRunner | null;
  readonly swarms: () => readonly SwarmView[];
  readonly clock: Clock;
  readonly faults: () => DemoFaults | null;
}

/** Tasks, lanes and breakers as one thing: what the loop asks once a tick, and what clients ask. */
export class Work implements WorkApi, WorkPort, WorkRecords, Disposable {
  readonly #parts: WorkParts;
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #pruneAtMs = 0;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#owned.add(this.#changed);
    this.#owned.add(parts.queue.onChange(() => this.#changed.emit()));
    this.#owned.add(
      parts.guards.onChange(() => {
        this.#tellBreakers();
        parts.queue.dispatch();
        this.#changed.emit();
      }),
    );
  }

  /** Swarms as they are configured now: new ones are listened to, what waits for one that is gone ends. */
  follow(): void {
    const { queue, tally, guards, swarms, runner } = this.#parts;
    const ids = new Set(swarms().map(({ id }) => id));
    for (const id of ids) {
      const agents = runner(id);
      if (agents !== null) queue.attach(agents);
      if (queue.hasHad(id)) guards.swarmBreaker(id);
    }
    queue.keepSwarms(ids);
    queue.times.keepSwarms(ids);
    queue.runs.keepSwarms(ids);
    tally.keepSwarms(ids);
    guards.keepSwarms(ids);
    this.#tellBreakers();
  }

  reconfigure(policy: FaultTolerancePolicy): void {
    this.#parts.guards.reconfigure(policy);
  }

  /** Capacity that was given to others for a while. */
  get leases(): CapacityLeases {
    return this.#parts.leases;
  }

  leaseOf(spawnId: string): Lease | null {
    return this.#parts.queue.book.leasedTo(spawnId);
  }

  get busy(): boolean {
    const { book } = this.#parts.queue;
    return book.delayed().length > 0 || !book.allRunning().next().done;
  }

  problem(): Coded | null {
    return this.#parts.queue.problem;
  }

  look(): void {
    const { queue, guards, leases, clock, store } = this.#parts;
    guards.look();
    leases.look();
    queue.look();
    const now = clock.monotonicMs();
    if (now < this.#pruneAtMs) return;
    this.#pruneAtMs = now + PRUNE_EVERY_MS;
    try {
      // More of them at once: sooner again.
      if (store.prune(KEEP_ENDED) > 0) this.#pruneAtMs = now + 1_000;
    } catch {
      // A store that cannot be written says so by the queue; old tasks wait.
    }
  }

  keptSinceMs(): number | null {
    const { count, oldestMs } = this.#parts.store.ended();
    // So many are there only once older ones were forgotten, or are about to be.
    return count >= KEEP_ENDED ? oldestMs : null;
  }

  load(swarmId: string): TaskLoad | null {
    const { queue, guards } = this.#parts;
    if (!queue.hasHad(swarmId)) return null;
    const waiting = queue.book.waiting(swarmId);
    let servable = 0;
    const open = guards.swarmBreaker(swarmId).breaker.available();
    for (const { bulkhead, gate, breaker } of guards.lanes()) {
      if (gate === "paused") continue;
      servable += Math.max(
        0,
        Math.min(bulkhead.limit - bulkhead.inUse, breaker.breaker.available(), bulkhead.waitingIn(swarmId)),
      );
    }
    return {
      waiting,
      servable: Math.min(servable, open),
      running: queue.book.running(swarmId).size,
      done: this.#parts.tally.counts(swarmId).done,
    };
  }

  window(swarmId: string, sinceMs: number): TaskWindow {
    return this.#parts.queue.times.since(swarmId, sinceMs);
  }

  runs(swarmId: string): TaskRunLog | null {
    return this.#parts.queue.hasHad(swarmId) ? this.#parts.queue.runs.of(swarmId) : null;
  }

  counts(swarmId: string): TaskCounts | null {
    return this.#parts.queue.hasHad(swarmId) ? this.#parts.tally.counts(swarmId) : null;
  }

  startable(swarmId: string, taskSeconds: number | null): boolean | null {
    const { queue, guards, tally, runner } = this.#parts;
    if (!queue.hasHad(swarmId)) return null;
    const idle = runner(swarmId)?.idleAgents().length ?? 0;
    const servers = { agents: idle + queue.book.running(swarmId).size, idle, taskSeconds };
    const used = tally.lanes(swarmId);
    const permits = guards.swarmBreaker(swarmId).breaker.available();
    let ahead = 0;
    let all: boolean | null = used.size === 0 ? null : true;
    for (const { lane, bulkhead, gate, breaker } of guards.lanes()) {
      // Lanes are served in this order: who waits in one of those before goes first.
      ahead += bulkhead.waitingIn(swarmId);
      if (!used.has(lane)) continue;
      const { limit, inUse } = bulkhead;
      const can = canStart(
        {
          isOpen: gate === "open" && !bulkhead.isFull,
          permits: Math.min(permits, breaker.breaker.available()),
          ...{ limit, free: limit - inUse, ahead, deadlineSeconds: LANE_START_SECONDS[lane] },
        },
        servers,
      );
      if (can === false) return false;
      if (can === null) all = null;
    }
    return all;
  }

  arrive(swarmId: string, tasks: readonly LoadTask[]): void {
    for (const lane of LANES) {
      const own = tasks.filter((task) => task.lane === lane);
      if (own.length === 0) continue;
      const submission = {
        swarmId,
        lane,
        tasks: own.map(({ id, input }) => ({ id, input: { kind: "input", input } as const })),
      };
      this.#parts.queue.submit(submission, OWN_LOAD);
    }
  }

  stopped(swarmId: string): void {
    if (this.#parts.queue.book.waiting(swarmId) > 0) this.#parts.queue.cancelWaiting(swarmId, OWN_LOAD);
  }

  // -- What clients ask -----------------------------------------------------------------------------------------

  /** @throws CodedError `store.write` */
  submit(submission: Submission, by: string): readonly SubmitResult[] {
    return this.#parts.queue.submit(submission, by);
  }

  cancel(taskIds: readonly string[], by: string): readonly CancelResult[] {
    return taskIds.map((taskId) => this.#parts.queue.cancel(taskId, by));
  }

  /** @throws CodedError `task.unknown`, `task.notRetryable`, `store.write` */
  retry(taskId: string, by: string): SubmitResult {
    const { store } = this.#parts;
    const record = store.get(taskId);
    const input = store.input(taskId);
    if (record === null || input === null) throw new CodedError("task.unknown", { taskId });
    const { swarmId, lane, priority, timeoutSeconds, maxAttempts, state } = record;
    if (state.kind !== "failed" && state.kind !== "cancelled")
      throw new CodedError("task.notRetryable", { taskId, state: state.kind });
    const submission = { swarmId, lane, priority, timeoutSeconds, maxAttempts, retryOf: taskId, tasks: [{ input }] };
    return this.submit(submission, by)[0] as SubmitResult;
  }

  list(query: TaskQuery): TaskList {
    const rows = this.#parts.store.list({ ...query, limit: query.limit + 1 });
    return {
      wallMs: this.#parts.clock.wallMs(),
      tasks: rows.slice(0, query.limit).map(taskRow),
      more: rows.length > query.limit,
    };
  }

  /** @throws CodedError `task.unknown` */
  async task(taskId: string, signal: AbortSignal): Promise<TaskDetail> {
    const { store } = this.#parts;
    const record = this.#parts.queue.book.get(taskId)?.record ?? store.get(taskId);
    const input = store.input(taskId);
    if (record === null || input === null) throw new CodedError("task.unknown", { taskId });
    const { state, swarmId } = record;
    const runner = state.kind === "running" ? this.#parts.runner(swarmId) : null;
    const agentId = state.kind === "running" ? state.agentId : "";
    // It may end while its output is read; then what was stored with its outcome counts.
    const live = await runner?.output(agentId, signal).catch(() => null);
    const output = live ?? store.output(taskId) ?? { stdout: EMPTY_TAIL, stderr: EMPTY_TAIL };
    return { ...taskRow(record), input: textOf(input), ...output };
  }

  guard(): GuardState {
    const { guards, queue, leases, clock, faults } = this.#parts;
    const label = (swarmId: string) => this.#label(swarmId);
    return guardState(guards, queue.book, clock, label, faults(), (lane) => leases.rows(lane));
  }

  /** @throws CodedError `store.write` */
  laneAction(lane: Lane, action: "pause" | "resume" | "drain"): void {
    this.#parts.guards.setGate(lane, action === "pause" ? "paused" : action === "drain" ? "draining" : "open");
  }

  /** @throws CodedError `breaker.unknown`, `breaker.changed`, `breaker.illegal` */
  breakerAction(breakerId: string, action: BreakerAction, by: string, expected: number | undefined): BreakerRow {
    const { guards, clock } = this.#parts;
    const breaker = guards.act(breakerId, action, by, expected);
    const toWall = (monotonicMs: number) => Math.round(clock.wallMs() + monotonicMs - clock.monotonicMs());
    return breakerRow(breaker, guards, toWall, (swarmId) => this.#label(swarmId));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Without a look at the clock: that could change a state, and lead back here. */
  #tellBreakers(): void {
    const { guards, queue, tally } = this.#parts;
    for (const { id, breaker } of guards.breakers()) {
      if (!id.startsWith(OF_SWARM)) continue;
      const swarmId = id.slice(OF_SWARM.length);
      tally.breaker(swarmId, breaker.save().kind, queue.book.waiting(swarmId));
    }
  }

  #label(swarmId: string): string {
    return this.#parts.swarms().find(({ id }) => id === swarmId)?.label ?? swarmId;
  }
}
