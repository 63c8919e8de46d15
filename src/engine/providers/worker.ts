import type { Coded } from "../common/errors.ts";
import { LineSplitter } from "../common/lineSplitter.ts";
import { cleanText } from "../common/text.ts";
import type { Json, Lease, TaskOutcome } from "../ports.ts";
import type { AgentState } from "../protocol/model.ts";
import { workerMessage, WORKER_LINE_BYTES } from "../protocol/worker.ts";
import { resultOutput } from "./taskOutput.ts";

/** Grace between SIGTERM and SIGKILL. */
const KILL_GRACE_MS = 5_000;
/** An idle worker that was told to drain needs no more than it takes to end; the drain timeout is for the task of a busy one. */
const IDLE_DRAIN_MS = 30_000;
/** How long a worker may take to give up a task that was cancelled, before it is ended. */
const CANCEL_GRACE_MS = 5_000;
/**
 * After a restart of the engine: how long a worker may take to show that it has the task it was given in the last moment.
 * One that does not show it is ended, because asking again might run the task twice.
 */
const ACKNOWLEDGE_MS = 10_000;

/** What a worker is in. Each phase carries only what it needs. */
type Phase =
  | { readonly kind: "starting"; readonly deadlineMs: number }
  | { readonly kind: "idle" }
  /** `deadlineMs`: by then it has given its task up, or shown that it has it; else it is ended. */
  | { readonly kind: "working"; readonly task: string; readonly deadlineMs: number; readonly cancelled: boolean }
  | { readonly kind: "draining"; readonly task: string | null; readonly deadlineMs: number }
  | { readonly kind: "stopping"; readonly task: string | null; readonly deadlineMs: number; readonly killed: boolean };

/** What the owner has to do for a worker; the worker itself does no I/O. */
export type WorkerCommand =
  | { readonly kind: "drain" }
  | { readonly kind: "cancel"; readonly taskId: string }
  | { readonly kind: "signal"; readonly name: "SIGTERM" | "SIGKILL" }
  | { readonly kind: "taskEnd"; readonly taskId: string; readonly outcome: TaskOutcome }
  | { readonly kind: "ready"; readonly info: Readonly<Record<string, Json>> };

export interface WorkerLimits {
  readonly startTimeoutMs: number;
  readonly drainTimeoutMs: number;
}

export interface WorkerTimes {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * One long-lived worker as a state machine: bytes of its stdout, the passing of time and our wishes in, commands out.
 * It holds no timer and does no I/O, so an engine that comes back rebuilds it by reading the spool again.
 */
export class Worker {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
  readonly #limits: WorkerLimits;
  readonly #lines: LineSplitter;
  #phase: Phase;
  #phaseSinceMs: number;
  #problem: Coded | null = null;
  #tasksDone = 0;
  #out: WorkerCommand[] = [];
  #now: WorkerTimes;
  /** A lease from before this engine, until the worker has said anything. */
  #lease: Lease | null;
  everReady = false;

  constructor(
    identity: { id: string; pid: number; startTime: number; startedAtMs: number },
    limits: WorkerLimits,
    now: WorkerTimes,
    lease: Lease | null = null,
  ) {
    this.#lease = lease;
    this.id = identity.id;
    this.pid = identity.pid;
    this.startTime = identity.startTime;
    this.startedAtMs = identity.startedAtMs;
    this.#limits = limits;
    this.#now = now;
    this.#phase = { kind: "starting", deadlineMs: now.monotonicMs + limits.startTimeoutMs };
    this.#phaseSinceMs = now.wallMs;
    this.#lines = new LineSplitter(
      WORKER_LINE_BYTES,
      (line) => this.#line(line),
      () => void (this.#problem = { code: "worker.lineTooLong", args: { bytes: WORKER_LINE_BYTES } }),
    );
  }

  get state(): AgentState {
    if (this.#phase.kind === "starting" && this.#problem?.code === "worker.startTimeout") return "unresponsive";
    return this.#phase.kind;
  }

  get stateSinceMs(): number {
    return this.#phaseSinceMs;
  }

  get task(): string | null {
    return "task" in this.#phase ? this.#phase.task : (this.#lease?.taskId ?? null);
  }

  get tasksDone(): number {
    return this.#tasksDone;
  }

  get problem(): Coded | null {
    return this.#problem;
  }

  get ending(): boolean {
    return this.#phase.kind === "draining" || this.#phase.kind === "stopping";
  }

  /** Takes in output. Bytes may be cut anywhere. */
  output(bytes: Buffer, now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => this.#lines.push(bytes));
  }

  /** Gives it a task; only an idle worker takes one. */
  assign(taskId: string, now: WorkerTimes): boolean {
    if (this.#phase.kind !== "idle") return false;
    this.#now = now;
    this.#enter(working(taskId));
    return true;
  }

  /** Asks it to give up its task; whoever does not is ended. */
  cancel(taskId: string, now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => {
      if (this.task !== taskId) return;
      if (this.#phase.kind === "working") {
        if (this.#phase.cancelled) return;
        this.#enter({ ...this.#phase, cancelled: true, deadlineMs: now.monotonicMs + CANCEL_GRACE_MS });
        this.#out.push({ kind: "cancel", taskId });
      } else if (this.#phase.kind !== "stopping") this.#terminate();
    });
  }

  drain(now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => {
      if (this.ending) return;
      // Taken over from another engine it may have a task that it has not shown yet.
      const isBusy = this.task !== null || this.#lease !== null;
      this.#enter({ kind: "draining", task: this.task, deadlineMs: now.monotonicMs + this.#drainMs(isBusy) });
      this.#out.push({ kind: "drain" });
    });
  }

  stop(now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => {
      if (this.#phase.kind !== "stopping") this.#terminate();
    });
  }

  /** Deadlines: a start that takes too long, a drain that is ignored, a SIGTERM that is ignored. */
  tick(now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => {
      const phase = this.#phase;
      if (!("deadlineMs" in phase) || now.monotonicMs < phase.deadlineMs) return;
      if (phase.kind === "starting") {
        this.#problem = { code: "worker.startTimeout", args: { seconds: this.#limits.startTimeoutMs / 1000 } };
        this.#terminate();
      } else if (phase.kind === "working") {
        this.#terminate();
      } else if (phase.kind === "draining") {
        const seconds = Math.round((now.wallMs - this.#phaseSinceMs) / 1000);
        this.#problem = { code: "worker.drainIgnored", args: { seconds } };
        this.#terminate();
      } else if (!phase.killed) {
        this.#enter({ ...phase, killed: true, deadlineMs: now.monotonicMs + KILL_GRACE_MS });
        this.#out.push({ kind: "signal", name: "SIGKILL" });
      }
    });
  }

  /** Its process was seen gone. */
  gone(how: string, now: WorkerTimes): readonly WorkerCommand[] {
    return this.#run(now, () => {
      if (this.task === null) return;
      const ours = this.#phase.kind === "stopping";
      this.#out.push({ kind: "taskEnd", taskId: this.task, outcome: { kind: "lost", how, ours } });
    });
  }

  #withoutTask(phase: Phase): Phase {
    if (phase.kind === "working") return { kind: "idle" };
    if (phase.kind === "stopping") return { ...phase, task: null };
    if (phase.kind !== "draining") return phase;
    // Its task is done: from here on it only has to end.
    return {
      ...phase,
      task: null,
      deadlineMs: Math.min(phase.deadlineMs, this.#now.monotonicMs + this.#drainMs(false)),
    };
  }

  #drainMs(isBusy: boolean): number {
    const { drainTimeoutMs } = this.#limits;
    return isBusy ? drainTimeoutMs : Math.min(drainTimeoutMs, IDLE_DRAIN_MS);
  }

  #terminate(): void {
    this.#enter({
      kind: "stopping",
      task: this.task,
      deadlineMs: this.#now.monotonicMs + KILL_GRACE_MS,
      killed: false,
    });
    this.#out.push({ kind: "signal", name: "SIGTERM" });
  }

  #line(line: string): void {
    if (line.trim() === "") return;
    const message = parse(line);
    if (message === null) {
      this.#problem = { code: "worker.garbage", args: { line: cleanText(line, 200) } };
      return;
    }
    // Any sound message shows that it runs: after an engine restart the `ready` line may be out of the capped spool.
    if (message.type !== "log" && this.#phase.kind === "starting") {
      this.everReady = true;
      const lease = this.#lease;
      this.#lease = null;
      const deadlineMs = lease?.handed === false ? this.#now.monotonicMs + ACKNOWLEDGE_MS : Number.POSITIVE_INFINITY;
      this.#enter(lease === null ? { kind: "idle" } : working(lease.taskId, deadlineMs));
      this.#out.push({ kind: "ready", info: message.type === "ready" ? (message.info ?? {}) : {} });
    }
    switch (message.type) {
      case "started":
        // Known already when this engine assigned it; news when an engine before this one did.
        if (this.#phase.kind === "idle") this.#enter(working(message.id));
        // What was asked for to be shown is shown; a task to be given up has still to be given up.
        else if (this.#phase.kind === "working" && this.#phase.task === message.id && !this.#phase.cancelled)
          this.#enter(working(message.id));
        break;
      case "done":
      case "failed": {
        if (this.#problem?.code === "worker.garbage") this.#problem = null;
        if (message.type === "done") this.#tasksDone++;
        if (this.task !== message.id) break;
        const outcome: TaskOutcome =
          message.type === "done"
            ? { kind: "done", output: resultOutput(message.output ?? null) }
            : {
                kind: "failed",
                reason: { code: "task.failed", args: { error: cleanText(message.error, 300) } },
                output: resultOutput(message.error),
              };
        this.#enter(this.#withoutTask(this.#phase));
        this.#out.push({ kind: "taskEnd", taskId: message.id, outcome });
        break;
      }
      default:
        break;
    }
  }

  #enter(phase: Phase): void {
    if (phase.kind !== this.#phase.kind) this.#phaseSinceMs = this.#now.wallMs;
    this.#phase = phase;
  }

  #run(now: WorkerTimes, change: () => void): readonly WorkerCommand[] {
    this.#now = now;
    this.#out = [];
    change();
    return this.#out;
  }
}

function working(task: string, deadlineMs = Number.POSITIVE_INFINITY): Phase {
  return { kind: "working", task, deadlineMs, cancelled: false };
}

function parse(line: string) {
  try {
    const parsed = workerMessage.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: the caller shows the line.
    return null;
  }
}
