import { type Disposable, DisposableStore } from "../common/disposable.ts";
import { Emitter } from "../common/event.ts";
import type { QueuePort, TaskLoad, TaskMessage, TaskOutcome, TaskRunner } from "../ports.ts";

/** More waiting tasks than this are refused and counted: the queue of this version lives in memory. */
const MAX_WAITING = 1_000;

/** Hands waiting tasks to idle agents, first come first served, one task an agent. Event-driven, not part of the tick. */
export class Dispatcher implements Disposable, QueuePort {
  readonly #runner: TaskRunner;
  readonly #owned = new DisposableStore();
  readonly #waiting: TaskMessage[] = [];
  readonly #running = new Map<string, TaskMessage>();
  readonly #ended = new Emitter<{ taskId: string; outcome: TaskOutcome }>();
  readonly onEnd = this.#ended.on;
  #done = 0;
  #failed = 0;
  #lost = 0;
  #shed = 0;

  constructor(runner: TaskRunner) {
    this.#runner = runner;
    this.#owned.add(this.#ended);
    this.#owned.add(runner.onIdle(() => this.#dispatch()));
    this.#owned.add(runner.onTaskEnd(({ taskId, outcome }) => this.#settle(taskId, outcome)));
  }

  /** `false` when too many wait. */
  submit(task: TaskMessage): boolean {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#shed++;
      return false;
    }
    this.#waiting.push(task);
    this.#dispatch();
    return true;
  }

  /** Forgets what waits (the swarm was stopped); returns how many. */
  clear(): number {
    return this.#waiting.splice(0).length;
  }

  load(): TaskLoad {
    return {
      waiting: this.#waiting.length,
      running: this.#running.size,
      done: this.#done,
      failed: this.#failed,
      lost: this.#lost,
      shed: this.#shed,
    };
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #dispatch(): void {
    if (this.#waiting.length === 0) return;
    for (const agentId of this.#runner.idleAgents()) {
      const task = this.#waiting[0];
      if (task === undefined) return;
      if (!this.#runner.assign(agentId, task)) continue;
      this.#waiting.shift();
      this.#running.set(task.id, task);
    }
  }

  #settle(taskId: string, outcome: TaskOutcome): void {
    // A task of an engine before this one is not in the map; its outcome counts all the same.
    this.#running.delete(taskId);
    if (outcome.kind === "done") this.#done++;
    else if (outcome.kind === "failed") this.#failed++;
    else this.#lost++;
    this.#ended.emit({ taskId, outcome });
  }
}
