import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/engine/common/clock.ts";
import { Emitter } from "../src/engine/common/event.ts";
import { createRng } from "../src/engine/common/rng.ts";
import { uuidv7 } from "../src/engine/common/uuid.ts";
import type { TaskMessage, TaskOutcome, TaskRunner } from "../src/engine/ports.ts";
import { faultTolerancePolicy } from "../src/engine/protocol/faultTolerance.ts";
import { openStore } from "../src/engine/store/store.ts";
import { Guards } from "../src/engine/work/guards.ts";
import { TaskTally } from "../src/engine/work/taskTally.ts";
import { TaskQueue } from "../src/engine/work/taskQueue.ts";
import { median, report } from "./lib/report.ts";

/**
 * Tasks through submit → lease → finish with durability on (real SQLite in a file: submissions and outcomes are on disk
 * when answered, leases survive the death of the process), while others wait: 1,000, 10,000 and 100,000 of them. The
 * agents are stand-ins that are done at once: what is measured is the queue.
 */
const AGENTS = 20;
const ROUNDS = 7;
const TASKS = 500;
const BATCH = 500;

/** Agents that hand their result back when they are told to. */
class BenchRunner implements TaskRunner {
  readonly swarmId = "bench";
  readonly #idle = new Set(Array.from({ length: AGENTS }, (_, n) => `agent-${n}`));
  readonly #given: { agentId: string; taskId: string }[] = [];
  readonly #wake = new Emitter<void>();
  readonly #ends = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  readonly onIdle = this.#wake.on;
  readonly onTaskEnd = this.#ends.on;
  readonly onHanded = () => ({ dispose: () => undefined });
  on = true;
  finished = 0;

  refusal = () => null;
  idleAgents = () => (this.on ? [...this.#idle] : []);
  holds = () => true;
  cancelTask = () => undefined;
  output = async () => null;

  assign(agentId: string, { id }: TaskMessage): boolean {
    this.#idle.delete(agentId);
    this.#given.push({ agentId, taskId: id });
    return true;
  }

  /** Everything that is under way ends; returns how much that was. */
  finish(): number {
    const given = this.#given.splice(0);
    for (const { agentId, taskId } of given) {
      this.#idle.add(agentId);
      this.finished++;
      const tail = { text: "done", droppedBytes: 0 };
      const output = { stdout: tail, stderr: { text: "", droppedBytes: 0 } };
      this.#ends.emit({ agentId, taskId, outcome: { kind: "done", output } });
    }
    return given.length;
  }
}

const folder = mkdtempSync(join(tmpdir(), "bench-queue-"));
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const costs = new Map<number, number>();
try {
  for (const waiting of [1_000, 10_000, 100_000]) {
    const store = openStore({ path: join(folder, `${waiting}.db`), machineId: "bench", clock: systemClock });
    const lanes = { standard: { capacity: AGENTS, queueLimit: 1_000_000 } };
    const policy = faultTolerancePolicy.parse({ lanes });
    const parts = { store: store.tasks, clock: systemClock, rng: createRng(1), log };
    const guards = new Guards({ ...parts, policy });
    const tally = new TaskTally({ ...parts, isDisturbed: () => false, onEvent: silent });
    const runner = new BenchRunner();
    const queue = new TaskQueue({ ...parts, guards, tally, runner: () => runner, newId: uuidv7 });
    queue.attach(runner);
    runner.on = false;
    const submit = (count: number) => {
      for (let sent = 0; sent < count; sent += BATCH) {
        const tasks = Array.from({ length: Math.min(BATCH, count - sent) }, (_, n) => ({
          input: { kind: "prompt" as const, prompt: `Fix the failing test number ${sent + n} of the suite.` },
        }));
        queue.submit({ swarmId: "bench", tasks }, "bench");
      }
    };
    const heapBefore = process.memoryUsage().heapUsed;
    submit(waiting);
    if (waiting === 100_000) {
      const bytes = (process.memoryUsage().heapUsed - heapBefore) / waiting;
      report({ bench: "queue", name: "memory_per_waiting_task", value: bytes, unit: "B", better: "lower" });
    }
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      const before = runner.finished;
      submit(TASKS);
      runner.on = true;
      queue.dispatch();
      while (runner.finished - before < TASKS) {
        runner.finish();
        // The queue gives the next tasks in the turn after.
        await Promise.resolve();
        queue.dispatch();
      }
      runner.on = false;
      rounds.push((performance.now() - began) / TASKS);
      while (runner.finish() > 0) await Promise.resolve();
    }
    const msPerTask = median(rounds);
    costs.set(waiting, msPerTask);
    report({
      bench: "queue",
      name: `tasks_per_second_${waiting}_waiting`,
      value: 1000 / msPerTask,
      unit: "tasks/s",
      better: "higher",
    });
    queue.dispose();
    store.close();
  }
  const ratio = (costs.get(100_000) ?? Number.NaN) / (costs.get(1_000) ?? Number.NaN);
  report({
    bench: "queue",
    name: "cost_100000_to_1000_waiting",
    value: ratio,
    unit: "times",
    target: 1.5,
    better: "lower",
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
