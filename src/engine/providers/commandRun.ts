import type { Coded } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import type { TaskInput, TaskOutcome, TaskOutput } from "../ports.ts";
import type { AgentState } from "../protocol/model.ts";
import { MAX_ARGUMENT_PROMPT_BYTES } from "../protocol/tasks.ts";
import type { WorkerCommand, WorkerLimits, WorkerTimes } from "./worker.ts";

const KILL_GRACE_MS = 5_000;
const STDERR_SHOWN = 300;

/** The argument that the prompt takes the place of. */
export const PROMPT_ARGUMENT = "{prompt}";

type Phase =
  | { readonly kind: "working" }
  | { readonly kind: "draining"; readonly deadlineMs: number }
  | { readonly kind: "stopping"; readonly deadlineMs: number; readonly killed: boolean };

/** One process for one task, as a state machine like `Worker`: no timer, no I/O. How it ends is the outcome. */
export class CommandRun {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
  /** `null`: taken over from an engine before, and no task is leased to it: its outcome is known already. */
  readonly task: string | null;
  readonly everReady = true;
  readonly #limits: WorkerLimits;
  #phase: Phase = { kind: "working" };
  #sinceMs: number;

  constructor(
    identity: { id: string; pid: number; startTime: number; startedAtMs: number },
    task: string | null,
    limits: WorkerLimits,
    now: WorkerTimes,
  ) {
    this.id = identity.id;
    this.pid = identity.pid;
    this.startTime = identity.startTime;
    this.startedAtMs = identity.startedAtMs;
    this.task = task;
    this.#limits = limits;
    this.#sinceMs = now.wallMs;
  }

  get state(): AgentState {
    return this.#phase.kind;
  }
  get stateSinceMs(): number {
    return this.#sinceMs;
  }
  get tasksDone(): number {
    return 0;
  }
  get problem(): Coded | null {
    return null;
  }
  get ending(): boolean {
    return this.#phase.kind !== "working";
  }

  /** Its output stays in the spool until it has ended. */
  output(): readonly WorkerCommand[] {
    return [];
  }

  assign(): boolean {
    return false;
  }

  /** It has one task and ends by itself with it; what takes longer than the drain may is ended. */
  drain(now: WorkerTimes): readonly WorkerCommand[] {
    if (this.#phase.kind === "working")
      this.#enter({ kind: "draining", deadlineMs: now.monotonicMs + this.#limits.drainTimeoutMs }, now);
    return [];
  }

  cancel(taskId: string, now: WorkerTimes): readonly WorkerCommand[] {
    return taskId === this.task ? this.stop(now) : [];
  }

  stop(now: WorkerTimes): readonly WorkerCommand[] {
    if (this.#phase.kind === "stopping") return [];
    this.#enter({ kind: "stopping", deadlineMs: now.monotonicMs + KILL_GRACE_MS, killed: false }, now);
    return [{ kind: "signal", name: "SIGTERM" }];
  }

  tick(now: WorkerTimes): readonly WorkerCommand[] {
    const phase = this.#phase;
    if (!("deadlineMs" in phase) || now.monotonicMs < phase.deadlineMs) return [];
    if (phase.kind === "draining") return this.stop(now);
    if (phase.killed) return [];
    this.#enter({ ...phase, killed: true, deadlineMs: now.monotonicMs + KILL_GRACE_MS }, now);
    return [{ kind: "signal", name: "SIGKILL" }];
  }

  gone(
    how: string,
    _now: WorkerTimes,
    exit: { readonly code: number | null; readonly output: TaskOutput },
  ): readonly WorkerCommand[] {
    if (this.task === null) return [];
    return [{ kind: "taskEnd", taskId: this.task, outcome: this.#outcome(how, exit.code, exit.output) }];
  }

  #outcome(how: string, code: number | null, output: TaskOutput): TaskOutcome {
    // Told to end: whatever its exit code says, it did not finish on its own. Code 0 is its word that it did all the same.
    if (this.#phase.kind === "stopping" && code !== 0) return { kind: "lost", how, ours: true };
    if (code === null) return { kind: "lost", how, ours: false };
    if (code === 0) return { kind: "done", output };
    const stderr = cleanText(output.stderr.text.slice(-STDERR_SHOWN), STDERR_SHOWN);
    return { kind: "failed", reason: { code: "task.exitCode", args: { code, stderr } }, output };
  }

  #enter(phase: Phase, now: WorkerTimes): void {
    if (phase.kind !== this.#phase.kind) this.#sinceMs = now.wallMs;
    this.#phase = phase;
  }
}

/** Why a command could not take this; `null` when it can. */
export function commandRefusal(swarmId: string, args: readonly string[], input: TaskInput): Coded | null {
  if (input.kind !== "prompt") return { code: "task.inputNotPrompt", args: { swarmId } };
  const place = args.indexOf(PROMPT_ARGUMENT);
  if (place < 0) return null;
  const bytes = Buffer.byteLength(input.prompt);
  if (bytes > MAX_ARGUMENT_PROMPT_BYTES)
    return { code: "task.argumentTooLong", args: { bytes, limit: MAX_ARGUMENT_PROMPT_BYTES } };
  // A prompt that looks like an option would be one.
  const guarded = args.slice(0, place).includes("--");
  return input.prompt.startsWith("-") && !guarded ? { code: "task.argumentDash", args: {} } : null;
}

/** The arguments of one run, and what its stdin gets. */
export function commandInput(
  args: readonly string[],
  prompt: string,
): { readonly args: readonly string[]; readonly stdin: string } {
  if (!args.includes(PROMPT_ARGUMENT)) return { args, stdin: prompt };
  return { args: args.map((arg) => (arg === PROMPT_ARGUMENT ? prompt : arg)), stdin: "" };
}
