import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import {
  listPids,
  procAvailable,
  readEnvironmentVariable,
  readProcessStat,
  readStartTime,
} from "../common/processIdentity.ts";
import { type Kill, sendSignal } from "../common/sendSignal.ts";
import type { KeeperEvent, KeptProcess } from "../protocol/keeper.ts";
import { SPAWN_ID_VARIABLE } from "../protocol/spawnId.ts";
import { Spool } from "./spool.ts";

/** What an agent has not read from its stdin yet; more is refused with `full`. */
export const MAX_UNSENT_STDIN_BYTES = 1 << 20;
/** After the end of a process, how long its last output may take to arrive when a grandchild keeps the pipe open. */
const EXIT_SETTLE_MS = 200;

export type StreamName = "stdout" | "stderr";

export interface AgentSpec {
  readonly spawnId: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly spoolBytes: number;
  /** Path of its spool files without the ending `.out`, `.err`. */
  readonly spoolBase: string;
}

/** What an agent needs of its keeper. */
export interface AgentHost {
  readonly kill: Kill;
  readonly emit: (event: KeeperEvent) => void;
  /** Told of every chunk of output that was spooled. */
  readonly onSpooled: (bytes: number) => void;
}

type Life =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly pid: number; readonly startTime: number | null }
  /** Ended and reaped: the pid is no longer ours, but members of its group may be left. */
  | { readonly kind: "ended"; readonly pid: number; readonly startTime: number | null }
  | { readonly kind: "unstarted" };

/**
 * One spawned process, leader of its own group and session, with its pipes and spools.
 *
 * Its exit is told once the output that came before it is in the spool (or `EXIT_SETTLE_MS` later): who reads to the end
 * on that event has read everything. For signals the true end counts, from the turn in which Node reaped it.
 */
export class Agent {
  readonly spawnId: string;
  readonly #child: ChildProcess | null;
  readonly #spools: Readonly<Record<StreamName, Spool>>;
  readonly #host: AgentHost;
  readonly #ready: Promise<string | null>;
  #life: Life = { kind: "starting" };
  #told: KeptProcess["exit"] = null;
  #stdinClosed = false;
  #writing = 0;
  #afterWrites: (() => void) | null = null;

  constructor(spec: AgentSpec, host: AgentHost) {
    this.spawnId = spec.spawnId;
    this.#host = host;
    this.#spools = {
      stdout: new Spool(`${spec.spoolBase}.out`, spec.spoolBytes),
      stderr: new Spool(`${spec.spoolBase}.err`, spec.spoolBytes),
    };
    try {
      this.#child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: { ...spec.env, [SPAWN_ID_VARIABLE]: spec.spawnId },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
        shell: false,
        windowsHide: true,
      });
    } catch (error) {
      // Some failures (a zero byte in an argument, an argument list too long) are thrown instead of emitted.
      this.#child = null;
      this.#ready = Promise.resolve(this.#unstarted(errnoOf(error)));
      return;
    }
    this.#ready = this.#watch(this.#child, spec);
  }

  /** Settles when the process runs: `null`, or when it could not be started: the errno and what it is about. */
  started(): Promise<string | null> {
    return this.#ready;
  }

  /** True until its end has been told. */
  get alive(): boolean {
    return this.#told === null;
  }

  describe(): KeptProcess {
    const life = this.#life;
    const known = life.kind === "running" || life.kind === "ended";
    return {
      spawnId: this.spawnId,
      pid: known ? life.pid : null,
      startTime: known ? life.startTime : null,
      stdout: this.#spools.stdout.range,
      stderr: this.#spools.stderr.range,
      stdinClosed: this.#stdinClosed,
      exit: this.#told,
    };
  }

  /** Accepts into the pipe, which is not the same as "was read by the agent". */
  write(data: string): "ok" | "full" | "gone" {
    const stdin = this.#child?.stdin;
    if (this.#life.kind !== "running" || !stdin?.writable) return "gone";
    if (stdin.writableLength + Buffer.byteLength(data) > MAX_UNSENT_STDIN_BYTES) return "full";
    stdin.write(data);
    return "ok";
  }

  closeStdin(): void {
    const stdin = this.#child?.stdin;
    this.#stdinClosed = true;
    if (stdin?.writable) stdin.end();
  }

  read(
    stream: StreamName,
    offset: number,
    maxBytes: number,
  ): Promise<{ data: Buffer; offset: number; endOffset: number }> {
    return this.#spools[stream].read(offset, maxBytes);
  }

  /**
   * Signals the whole group. While the leader is not reaped its pid cannot be anybody else's; its start time is compared
   * all the same, because libuv reaps several children before it tells of the first. Afterwards the group is signalled
   * only when a process is seen in it now that carries our spawn id: the kernel gives no new process the number of a
   * group that has members.
   * @returns false when nothing of it is left, or nothing that can be proved ours (systems without /proc)
   */
  signal(signal: NodeJS.Signals): boolean {
    const life = this.#life;
    if (life.kind !== "running" && life.kind !== "ended") return false;
    const leaderIsOurs = life.kind === "running" && (!procAvailable || readStartTime(life.pid) === life.startTime);
    if (!leaderIsOurs && !this.#groupHasMember(life.pid)) return false;
    // Windows has no process groups; there the leader alone is ended.
    return sendSignal(this.#host.kill, { pid: life.pid, wholeGroup: process.platform !== "win32" }, signal);
  }

  /** Lets go of pipes and spools. Only after its end was told. */
  remove(): void {
    this.#child?.stdin?.destroy();
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
    this.#spools.stdout.remove();
    this.#spools.stderr.remove();
  }

  #watch(child: ChildProcess, spec: AgentSpec): Promise<string | null> {
    // EPIPE when the agent has closed its stdin: later writes answer `gone`.
    child.stdin?.on("error", () => {});
    this.#drain("stdout", child.stdout);
    this.#drain("stderr", child.stderr);
    child.on("exit", (code, signal) => {
      if (this.#life.kind === "running") this.#life = { ...this.#life, kind: "ended" };
      const tell = (): void => this.#tell({ code, signal, error: null });
      const timer = setTimeout(tell, EXIT_SETTLE_MS);
      child.on("close", () => {
        clearTimeout(timer);
        if (this.#writing === 0) tell();
        else this.#afterWrites = tell;
      });
    });
    return new Promise((resolve) => {
      child.on("spawn", () => {
        // `spawn` is emitted with a pid; a missing one would be a failed start.
        if (child.pid === undefined) return resolve(this.#unstarted("EUNKNOWN no pid"));
        const startTime = procAvailable ? readStartTime(child.pid) : Date.now();
        this.#life = { kind: "running", pid: child.pid, startTime };
        resolve(null);
      });
      child.on("error", (error) => {
        if (this.#life.kind !== "starting") return;
        const about = errnoOf(error) === "ENOENT" && !existsSync(spec.cwd) ? `cwd ${spec.cwd}` : spec.command;
        resolve(this.#unstarted(`${errnoOf(error)} ${about}`));
      });
    });
  }

  #unstarted(reason: string): string {
    this.#life = { kind: "unstarted" };
    this.#told = { code: null, signal: null, error: reason };
    return reason;
  }

  #tell(exit: NonNullable<KeptProcess["exit"]>): void {
    if (this.#told !== null) return;
    this.#told = exit;
    this.#host.emit({ event: "exit", spawnId: this.spawnId, code: exit.code, signal: exit.signal });
  }

  /**
   * Pipe → spool. The pipe is paused while the disk works, so the agent waits and not our memory. Node resumes it once by
   * itself when the process ends, hence the chain: a second chunk may come before the first is written.
   */
  #drain(stream: StreamName, source: Readable | null): void {
    if (source === null) return;
    const spool = this.#spools[stream];
    let queued = 0;
    let last: Promise<void> = Promise.resolve();
    source.on("error", () => {});
    source.on("data", (chunk: Buffer) => {
      source.pause();
      queued++;
      this.#writing++;
      last = last
        .then(() => spool.append(chunk))
        .then(() => {
          this.#writing--;
          this.#host.onSpooled(chunk.length);
          if (--queued === 0) source.resume();
          this.#host.emit({ event: "output", spawnId: this.spawnId, stream, endOffset: spool.range.endOffset });
          if (this.#writing === 0) this.#afterWrites?.();
        });
    });
  }

  #groupHasMember(group: number): boolean {
    for (const pid of listPids()) {
      const stat = readProcessStat(pid);
      if (stat === null || stat.processGroup !== group || stat.state === "Z") continue;
      if (readEnvironmentVariable(pid, SPAWN_ID_VARIABLE) === this.spawnId) return true;
    }
    return false;
  }
}

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
