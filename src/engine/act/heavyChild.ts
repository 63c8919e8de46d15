import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants, platform, setPriority } from "node:os";
import { CodedError, isErrno, systemErrno } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import type {
  HeavyAnswer,
  HeavyCall,
  HeavyKind,
  HeavyPort,
  HeavyReply,
  HeavyRequest,
  HeavyWork,
} from "../ports/heavy.ts";

/** When memory runs out the kernel takes it long before the engine or an agent. */
const OOM_SCORE = "800";
const STDERR_TAIL = 2_000;

export interface HeavyChildOptions {
  /** `heavy.js`, with the files that it reads beside it. */
  readonly script: string;
  /** Where those files are when they are not beside it. */
  readonly filesFolder?: string;
  /** Where those of the network's library are when they are not beside it, and a `tfjs-node` when there is one. */
  readonly tensorFlowFolder?: string;
  readonly nativeFolder?: string;
  /** Program that runs it; our own when left out. */
  readonly nodePath?: string;
  /** A request that runs longer is ended with its child; counted from its turn, the start of the child included. */
  readonly deadlineMs?: number;
  readonly idleMs?: number;
  readonly maxHeapMegabytes?: number;
}

type Folders = "filesFolder" | "tensorFlowFolder" | "nativeFolder";

interface Job {
  readonly message: HeavyRequest;
  readonly onProgress: ((doneRatio: number) => void) | undefined;
  /** Exactly one of both is called, once. */
  readonly resolve: (answer: HeavyAnswer) => void;
  readonly reject: (error: CodedError) => void;
}

/** The child and what it does: nothing, or one job until a deadline. */
type State =
  | { readonly kind: "none" }
  | { readonly kind: "idle"; readonly child: ChildProcess; readonly timer: NodeJS.Timeout }
  | { readonly kind: "busy"; readonly child: ChildProcess; readonly timer: NodeJS.Timeout; readonly job: Job };

/**
 * The engine's end of its heavy child: forked for the first request, niced to 19, first in line when memory runs out,
 * without the engine's environment. Requests wait for each other; one that is over its deadline or aborted takes the child
 * with it, since a calculation cannot be interrupted otherwise, and the next one gets a new child.
 */
export class HeavyChild implements HeavyPort {
  readonly #options: HeavyChildOptions & Required<Omit<HeavyChildOptions, Folders>>;
  #state: State = { kind: "none" };
  #queue: Job[] = [];
  #nextId = 1;
  #disposed = false;

  /** @throws RangeError for a time or size that is not above 0 */
  constructor(options: HeavyChildOptions) {
    this.#options = {
      nodePath: process.execPath,
      deadlineMs: 30_000,
      idleMs: 10_000,
      maxHeapMegabytes: 256,
      ...options,
    };
    const { deadlineMs, idleMs, maxHeapMegabytes } = this.#options;
    for (const [name, value] of Object.entries({ deadlineMs, idleMs, maxHeapMegabytes }))
      if (!(value > 0)) throw new RangeError(`${name} must be > 0, got ${value}`);
  }

  /** Of the child that runs now; `null` when there is none. */
  get pid(): number | null {
    return this.#state.kind === "none" ? null : (this.#state.child.pid ?? null);
  }

  get busy(): boolean {
    return this.#state.kind === "busy" || this.#queue.length > 0;
  }

  run<K extends HeavyKind>(
    kind: K,
    request: HeavyWork[K]["request"],
    { signal, onProgress }: HeavyCall,
  ): Promise<HeavyWork[K]["answer"]> {
    if (this.#disposed || signal.aborted) return Promise.reject(new CodedError("aborted", {}));
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        signal.removeEventListener("abort", onAbort);
        then();
      };
      const job: Job = {
        message: { id: this.#nextId++, kind, request } as HeavyRequest,
        onProgress,
        // The child answers each request with the answer of its kind: `heavy.ts` is typed by the same table.
        resolve: (answer) => settle(() => resolve(answer as HeavyWork[K]["answer"])),
        reject: (error) => settle(() => reject(error)),
      };
      const onAbort = (): void => this.#abort(job);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(job);
      this.#next();
    });
  }

  /** Ends the child; what runs or waits is rejected with `aborted`. */
  dispose(): void {
    this.#disposed = true;
    const waiting = this.#queue;
    this.#queue = [];
    this.#drop(new CodedError("aborted", {}));
    for (const job of waiting) job.reject(new CodedError("aborted", {}));
  }

  #abort(job: Job): void {
    const waiting = this.#queue.indexOf(job);
    if (waiting >= 0) {
      this.#queue.splice(waiting, 1);
      job.reject(new CodedError("aborted", {}));
    } else if (this.#state.kind === "busy" && this.#state.job === job) {
      this.#drop(new CodedError("aborted", {}));
      this.#next();
    }
  }

  /** Gives the oldest waiting job to the child when that is free. */
  #next(): void {
    if (this.#state.kind === "busy") return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    let child: ChildProcess;
    if (this.#state.kind === "idle") {
      ({ child } = this.#state);
      clearTimeout(this.#state.timer);
    } else {
      try {
        child = this.#start();
      } catch (error) {
        // `fork` throws for what the system refuses at once: no process, no memory.
        job.reject(died(null, null, error instanceof Error ? error.message : String(error)));
        this.#next();
        return;
      }
    }
    const { deadlineMs } = this.#options;
    const timer = setTimeout(() => {
      this.#drop(new CodedError("heavy.deadline", { afterMs: deadlineMs }));
      this.#next();
    }, deadlineMs);
    this.#state = { kind: "busy", child, timer, job };
    // A channel that is closed already is told by the end of the child.
    child.send(job.message, () => undefined);
  }

  #start(): ChildProcess {
    const {
      script,
      filesFolder = "",
      tensorFlowFolder = "",
      nativeFolder = "",
      nodePath,
      maxHeapMegabytes,
    } = this.#options;
    const child = fork(script, [filesFolder, tensorFlowFolder, nativeFolder], {
      execPath: nodePath,
      execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
      env: environment(),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    // Before it has threads of its own, so that they all inherit it.
    if (child.pid !== undefined) standBack(child.pid);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-STDERR_TAIL)));
    child.on("message", (reply: HeavyReply) => this.#answered(child, reply));
    child.on("error", (error) => this.#ended(child, died(null, null, error.message)));
    // Not "exit": its last words may still be in the pipe then.
    child.on("close", (code, signal) => this.#ended(child, died(code, signal, stderr)));
    return child;
  }

  #answered(child: ChildProcess, reply: HeavyReply): void {
    const state = this.#state;
    if (state.kind !== "busy" || state.child !== child || state.job.message.id !== reply.id) return;
    if (reply.kind === "progress") {
      state.job.onProgress?.(reply.doneRatio);
      return;
    }
    clearTimeout(state.timer);
    if (reply.last) {
      this.#state = { kind: "none" };
      child.kill("SIGKILL");
    } else {
      this.#state = { kind: "idle", child, timer: setTimeout(() => this.#drop(null), this.#options.idleMs) };
    }
    if (reply.kind === "answer") state.job.resolve(reply.answer);
    else state.job.reject(new CodedError(reply.error.code, reply.error.args));
    this.#next();
  }

  #ended(child: ChildProcess, error: CodedError): void {
    const state = this.#state;
    // One that we ended ourselves is none of ours any more.
    if (state.kind === "none" || state.child !== child) return;
    this.#drop(error);
    this.#next();
  }

  /** Ends the child at once, and its job with `error`. */
  #drop(error: CodedError | null): void {
    const state = this.#state;
    if (state.kind === "none") return;
    this.#state = { kind: "none" };
    clearTimeout(state.timer);
    state.child.kill("SIGKILL");
    if (state.kind === "busy" && error !== null) state.job.reject(error);
  }
}

function died(exitCode: number | null, signal: string | null, stderr: string): CodedError {
  return new CodedError("heavy.died", { exitCode, signal, stderr: cleanText(stderr) });
}

/** It needs nothing of ours; what it does not have it cannot leak. */
function environment(): Record<string, string> {
  const env: Record<string, string> = {};
  // The editor's own binary is a Node only when told so.
  if (process.versions["electron"] !== undefined) env["ELECTRON_RUN_AS_NODE"] = "1";
  const systemRoot = process.env["SystemRoot"];
  if (platform() === "win32" && systemRoot !== undefined) env["SystemRoot"] = systemRoot;
  return env;
}

function standBack(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
    if (platform() === "linux") writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE);
  } catch (error) {
    // It is gone already, which its end tells, or the system forbids it: then it runs as we do.
    if (!isErrno(error, "ESRCH", "ENOENT", "EACCES", "EPERM") && systemErrno(error) === null) throw error;
  }
}
