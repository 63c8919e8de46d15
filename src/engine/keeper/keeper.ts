import type { Paths } from "../common/paths.ts";
import { readStartTime } from "../common/processIdentity.ts";
import type { Kill } from "../common/sendSignal.ts";
import type { KeeperStatus } from "../protocol/files.ts";
import { KEEPER_PROTOCOL, type KeeperReply, type KeeperRequest } from "../protocol/keeper.ts";
import { Agents } from "./agents.ts";
import { createBufferRelief } from "./bufferRelief.ts";
import type { EngineLog } from "./engineLog.ts";
import { type EngineEnded, EngineRun, type EngineTimes, defaultEngineTimes } from "./engineRunner.ts";
import { type RestartLimits, RestartPolicy, defaultRestartLimits } from "./restartPolicy.ts";
import { writeStatus } from "./statusFile.ts";

export interface KeeperTimes extends EngineTimes {
  /** From "failing" until the agents are ended. */
  readonly giveUpAfterMs: number;
  /** Each step of an ending: stdin closed → SIGTERM → SIGKILL; SIGTERM → SIGKILL for the engine. */
  readonly endStepMs: number;
}

export const defaultKeeperTimes: KeeperTimes = { ...defaultEngineTimes, giveUpAfterMs: 30_000, endStepMs: 5_000 };

/**
 * Parent of one engine at a time and of every agent. Its states: `running`; `failing` (the engine crashed too often:
 * agents are kept, SIGUSR2 asks for one more try); ending (for good: engine and agents are ended, then `onExit`).
 */
export class Keeper {
  readonly #paths: Paths;
  readonly #log: EngineLog;
  readonly #kill: Kill;
  readonly #times: KeeperTimes;
  readonly #policy: RestartPolicy;
  readonly #agents: Agents;
  readonly #onExit: (code: number) => void;
  readonly #startTime = readStartTime(process.pid);
  #folder: string;
  #run: EngineRun | null = null;
  #engineStarts = 0;
  #highestEpoch = 0;
  #lastExit: KeeperStatus["lastExit"] = null;
  #state: KeeperStatus["state"] = "running";
  #timer: NodeJS.Timeout | null = null;
  #ending = false;

  constructor(options: {
    readonly paths: Paths;
    readonly folder: string;
    readonly log: EngineLog;
    readonly onExit: (code: number) => void;
    readonly kill?: Kill;
    readonly times?: KeeperTimes;
    readonly limits?: RestartLimits;
  }) {
    this.#paths = options.paths;
    this.#folder = options.folder;
    this.#log = options.log;
    this.#onExit = options.onExit;
    this.#kill = options.kill ?? ((pid, signal) => process.kill(pid, signal));
    this.#times = options.times ?? defaultKeeperTimes;
    this.#policy = new RestartPolicy(options.limits ?? defaultRestartLimits);
    this.#agents = new Agents(options.paths.spool, {
      kill: this.#kill,
      emit: (event) => this.#run?.event(event),
      onSpooled: createBufferRelief(),
    });
  }

  start(): void {
    try {
      this.#agents.removeLeftovers();
    } catch (error) {
      // They only take room.
      this.#log.note("leftovers-kept", { reason: String(error) });
    }
    this.#startEngine();
  }

  /** One more try for an engine that crashed too often. Nothing happens in any other state. */
  tryAgain(): void {
    if (this.#state !== "failing" || this.#ending) return;
    this.#policy.forgive();
    this.#startEngine();
  }

  /** Ends the engine, then the agents, then the keeper. */
  async shutDown(code: number): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#cancelTimer();
    const run = this.#run;
    const step = this.#times.endStepMs;
    run?.signal("SIGTERM");
    if (!(await until(() => run === null || run.ended, step))) {
      run?.signal("SIGKILL");
      await until(() => run?.ended ?? true, step);
    }
    this.#agents.closeAllStdin();
    const allEnded = (): boolean => this.#agents.aliveCount === 0;
    const complain = (error: unknown): void => this.#log.note("signal-failed", { reason: String(error) });
    await until(allEnded, step);
    // Also when all leaders have ended by themselves: members of their groups may be left.
    this.#agents.signalAll("SIGTERM", complain);
    await until(allEnded, step);
    this.#agents.signalAll("SIGKILL", complain);
    await until(allEnded, step);
    this.#agents.removeAll();
    this.#log.note("keeper-ended", { code });
    this.#onExit(code);
  }

  #startEngine(): void {
    this.#cancelTimer();
    this.#engineStarts++;
    const startedMs = performance.now();
    try {
      this.#run = new EngineRun({
        enginesFolder: this.#paths.engines,
        folder: this.#folder,
        cwd: this.#paths.state,
        times: this.#times,
        kill: this.#kill,
        log: this.#log,
        handle: (request) => this.#handle(request),
        onEnd: (end) => this.#engineEnded(end),
      });
    } catch (error) {
      // Most failures to start are events; those that are thrown (no memory) count as a crash as well.
      this.#log.note("engine-not-started", { folder: this.#folder, reason: String(error) });
      const lifeMs = performance.now() - startedMs;
      this.#engineEnded({ code: null, signal: null, detail: String(error), lifeMs, greeted: false });
      return;
    }
    this.#setState("running");
  }

  #engineEnded(end: EngineEnded): void {
    this.#run = null;
    this.#lastExit = { code: end.code, signal: end.signal, detail: end.detail };
    if (this.#ending) return;
    const decision = this.#policy.decide({ ...end, atMs: performance.now(), agentsAlive: this.#agents.aliveCount > 0 });
    switch (decision.kind) {
      case "restart":
        this.#setState("running");
        this.#timer = setTimeout(() => this.#startEngine(), decision.afterMs);
        break;
      case "failing":
        this.#setState("failing");
        this.#timer = setTimeout(() => this.#giveUp(), this.#times.giveUpAfterMs);
        break;
      case "exit":
        if (decision.failed) this.#giveUp();
        else void this.shutDown(0);
    }
  }

  #giveUp(): void {
    this.#setState("failed");
    void this.shutDown(1);
  }

  #handle(request: KeeperRequest): KeeperReply | Promise<KeeperReply> {
    const { id } = request;
    if ("epoch" in request) {
      if (request.epoch < this.#highestEpoch) {
        return { id, ok: false, error: "stale-epoch", detail: String(this.#highestEpoch) };
      }
      this.#highestEpoch = request.epoch;
    }
    switch (request.op) {
      case "hello":
        return { id, ok: true, protocol: KEEPER_PROTOCOL, keeperPid: process.pid, engineStarts: this.#engineStarts };
      case "beat":
        return { id, ok: true };
      case "useEngine":
        this.#folder = request.folder;
        return { id, ok: true };
      case "spawn":
        // An engine that still speaks while everything is being ended must not start more.
        if (this.#ending) return { id, ok: false, error: "gone", detail: "keeper is ending" };
        return this.#agents.handle(request);
      default:
        return this.#agents.handle(request);
    }
  }

  #setState(state: KeeperStatus["state"]): void {
    this.#state = state;
    const status: KeeperStatus = {
      pid: process.pid,
      startTime: this.#startTime,
      state,
      lastExit: this.#lastExit,
      crashesInWindow: this.#policy.crashesInWindow(performance.now()),
    };
    try {
      writeStatus(this.#paths.keeperStatus, status);
    } catch (error) {
      this.#log.note("status-not-written", { path: this.#paths.keeperStatus, reason: String(error) });
    }
  }

  #cancelTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Looks every 20 ms; the ends of processes are told by events, but the last of several is not. */
async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(20, timeoutMs)));
  }
  return true;
}
