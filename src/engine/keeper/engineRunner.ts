import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { procAvailable, readStartTime } from "../common/processIdentity.ts";
import { type Kill, sendSignal } from "../common/sendSignal.ts";
import { type KeeperEvent, KEEPER_FD } from "../protocol/keeper.ts";
import { EngineChannel, type RequestHandler } from "./channel.ts";
import type { EngineLog } from "./engineLog.ts";

export interface EngineTimes {
  /** How often it is looked whether the engine beats, and how many looks in a row may see none. A suspended machine skips looks, it does not add any. */
  readonly beatCheckMs: number;
  readonly maxMissedChecks: number;
}

export const defaultEngineTimes: EngineTimes = { beatCheckMs: 5_000, maxMissedChecks: 6 };

export interface EngineEnded {
  readonly code: number | null;
  readonly signal: string | null;
  readonly detail: string;
  readonly lifeMs: number;
  readonly greeted: boolean;
}

/** One life of one engine process: its pipe, its log, its heart. Restarts are somebody else's. */
export class EngineRun {
  readonly #child: ChildProcess;
  readonly #channel: EngineChannel | null;
  readonly #kill: Kill;
  readonly #log: EngineLog;
  readonly #startedMs = performance.now();
  readonly #startTime: number | null;
  readonly #beatTimer: NodeJS.Timeout;
  #missed = 0;
  #greeted = false;
  #ended = false;
  #note = "";

  constructor(options: {
    readonly enginesFolder: string;
    readonly folder: string;
    readonly cwd: string;
    readonly times: EngineTimes;
    readonly kill: Kill;
    readonly log: EngineLog;
    readonly handle: RequestHandler;
    readonly onEnd: (end: EngineEnded) => void;
  }) {
    const { times, log } = options;
    this.#kill = options.kill;
    this.#log = log;
    log.clearTail();
    // stdio 0..2, then KEEPER_FD. The environment is ours as it is; the engine builds that of the agents.
    this.#child = spawn(process.execPath, [join(options.enginesFolder, options.folder, "engine.js")], {
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#startTime = this.#child.pid === undefined ? null : readStartTime(this.#child.pid);
    const pipe = this.#child.stdio[KEEPER_FD] as Duplex | null | undefined;
    this.#channel =
      pipe == null
        ? null
        : new EngineChannel(pipe, (request) => {
            if (request.op === "hello") this.#greeted = true;
            if (request.op === "beat") this.#missed = 0;
            return options.handle(request);
          });
    for (const name of ["stdout", "stderr"] as const) {
      const source = this.#child[name];
      source?.on("data", (chunk: Buffer) => log.output(chunk, name === "stderr"));
      source?.on("error", () => {});
    }
    this.#beatTimer = setInterval(() => {
      if (++this.#missed <= times.maxMissedChecks) return;
      this.#missed = 0;
      this.#note = `no beat for ${times.beatCheckMs * times.maxMissedChecks} ms`;
      this.signal("SIGKILL");
    }, times.beatCheckMs);

    const end = (code: number | null, signal: string | null): void => {
      if (this.#ended) return;
      this.#ended = true;
      clearInterval(this.#beatTimer);
      this.#channel?.dispose();
      const detail = [this.#note, log.tail.trim()].filter((text) => text !== "").join("\n");
      const lifeMs = performance.now() - this.#startedMs;
      log.note("engine-ended", {
        pid: this.#child.pid ?? null,
        code,
        signal,
        lifeMs: Math.round(lifeMs),
        note: this.#note,
      });
      options.onEnd({ code, signal, detail, lifeMs, greeted: this.#greeted });
    };
    // The last words on stderr may still be in the pipe at `exit`; `close` waits for them, unless a child holds the pipe.
    this.#child.on("exit", (code, signal) => setTimeout(() => end(code, signal), 50));
    this.#child.on("close", (code, signal) => end(code, signal));
    this.#child.on("error", (error) => {
      this.#note = error.message;
      if (this.#child.pid === undefined) end(null, null);
    });
    log.note("engine-started", { pid: this.#child.pid ?? null, folder: options.folder });
  }

  get ended(): boolean {
    return this.#ended;
  }

  event(event: KeeperEvent): void {
    this.#channel?.event(event);
  }

  /** To the engine alone: its pid is ours until Node has reaped it, and the start time is compared besides. */
  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    if (procAvailable && readStartTime(pid) !== this.#startTime) return;
    try {
      sendSignal(this.#kill, { pid, wholeGroup: false }, signal);
    } catch (error) {
      this.#log.note("engine-signal-failed", { pid, signal, reason: String(error) });
    }
  }
}
