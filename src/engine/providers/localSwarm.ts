import type { Clock } from "../common/clock.ts";
import { DisposableStore } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import { cleanText } from "../common/text.ts";
import type {
  Json,
  KeeperPort,
  Log,
  ManagedAgent,
  ProcessReader,
  SpawnerPort,
  TaskMessage,
  TaskOutcome,
} from "../ports.ts";
import type { KeptProcess } from "../protocol/keeper.ts";
import type { EngineMessage } from "../protocol/worker.ts";
import type { ManagedSwarm, SwarmDefinition } from "./provider.ts";
import { SpoolReader } from "./spoolReader.ts";
import { StartBackoff } from "./startBackoff.ts";
import { Worker, type WorkerCommand, type WorkerTimes } from "./worker.ts";

const READ_BYTES = 256 * 1024;
const STDERR_TAIL_BYTES = 2_000;

export interface LocalSwarmParts {
  readonly definition: SwarmDefinition;
  readonly keeper: KeeperPort;
  readonly spawner: SpawnerPort;
  readonly processes: ProcessReader;
  /** Ends what an agent left behind; resolves when nothing of it is alive, rejects when something could not be ended. */
  readonly sweepGroup: (spawnId: string, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A swarm of worker processes on this machine, spawned through the keeper and spoken to in JSON lines. */
export class LocalSwarm implements ManagedSwarm {
  readonly id: string;
  readonly swarmId: string;
  readonly #parts: LocalSwarmParts;
  #definition: SwarmDefinition;
  readonly #workers = new Map<string, Worker>();
  /** Workers whose end is being settled: they still count, and are still shown. */
  readonly #ended = new Set<string>();
  readonly #readers = new Map<string, SpoolReader>();
  readonly #backoff: StartBackoff;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #changed = new Emitter<void>();
  readonly #idle = new Emitter<void>();
  readonly #taskEnd = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  readonly onChange = this.#changed.on;
  readonly onIdle = this.#idle.on;
  readonly onTaskEnd = this.#taskEnd.on;
  /** Settled, but the keeper still holds the entry: tried again at each look until it agrees that the process ended. */
  readonly #toForget = new Set<string>();
  #info: Readonly<Record<string, Json>> | null = null;

  constructor(parts: LocalSwarmParts) {
    this.#parts = parts;
    this.id = this.swarmId = parts.definition.id;
    this.#definition = parts.definition;
    this.#backoff = new StartBackoff();
    this.#owned.add(this.#changed);
    this.#owned.add(this.#idle);
    this.#owned.add(this.#taskEnd);
    this.#owned.add(
      parts.keeper.onEvent((event) => {
        const worker = this.#workers.get(event.spawnId);
        if (worker === undefined) return;
        if (event.event === "output" && event.stream === "stdout") this.#read(worker);
        if (event.event === "exit") this.#settleExit(worker, { code: event.code, signal: event.signal });
      }),
    );
  }

  redefine(definition: SwarmDefinition): void {
    this.#definition = definition;
  }

  /** `info` of the latest `ready` message: what a support process tells about itself. */
  get info(): Readonly<Record<string, Json>> | null {
    return this.#workers.size === 0 ? null : this.#info;
  }

  agents(): readonly ManagedAgent[] {
    return [...this.#workers.values()].map((w) => ({
      id: w.id,
      pid: w.pid,
      startTime: w.startTime,
      startedAtMs: w.startedAtMs,
      state: w.state,
      stateSinceMs: w.stateSinceMs,
      task: w.task,
      tasksDone: w.tasksDone,
      problem: w.problem,
    }));
  }

  idleAgents(): readonly string[] {
    return [...this.#workers.values()].filter((w) => w.state === "idle").map((w) => w.id);
  }

  startBlock() {
    return this.#backoff.block();
  }

  async startAgent(cap: number, signal: AbortSignal): Promise<void> {
    const { spawner } = this.#parts;
    try {
      const plan = await this.#definition.launch();
      const spawned = await spawner.spawn(this.id, cap, plan, AbortSignal.any([signal, this.#abort.signal]));
      // A look at the keeper's list while the answer was under way may have brought it already.
      if (this.#workers.has(spawned.spawnId)) return;
      this.#add({
        id: spawned.spawnId,
        pid: spawned.pid,
        startTime: spawned.startTime,
        startedAtMs: this.#parts.clock.wallMs(),
      });
    } catch (error) {
      const reason = toCoded(error);
      if (reason.code === "spawn.failed") this.#backoff.failed(this.#now().monotonicMs, reason);
      this.#parts.log.warn("agent.startFailed", {
        swarmId: this.id,
        code: reason.code,
        reason: String(reason.args["reason"] ?? ""),
      });
      this.#changed.emit();
      throw error;
    }
  }

  /** Takes over an agent that an engine before this one started. */
  adopt(kept: KeptProcess, startedAtMs: number): void {
    if (kept.pid === null || this.#workers.has(kept.spawnId)) return;
    const worker = this.#add({
      id: kept.spawnId,
      pid: kept.pid,
      startTime: kept.startTime ?? 0,
      startedAtMs,
      readOffset: kept.stdout.firstOffset,
    });
    if (kept.exit !== null) this.#settleExit(worker, kept.exit);
  }

  assign(agentId: string, task: TaskMessage): boolean {
    const worker = this.#workers.get(agentId);
    if (worker === undefined || !worker.assign(task.id, this.#now())) return false;
    this.#say(worker, { type: "task", id: task.id, input: task.input });
    this.#changed.emit();
    return true;
  }

  drainAgent(agentId: string): void {
    const worker = this.#workers.get(agentId);
    if (worker !== undefined) this.#carryOut(worker, worker.drain(this.#now()));
  }

  endAgent(agentId: string): void {
    const worker = this.#workers.get(agentId);
    if (worker !== undefined) this.#carryOut(worker, worker.stop(this.#now()));
  }

  observe(): void {
    const now = this.#now();
    for (const spawnId of this.#toForget) this.#forget(spawnId);
    for (const worker of this.#workers.values()) {
      this.#carryOut(worker, worker.tick(now));
      // The keeper's exit event is the ordinary way; this is for the one that was lost.
      if (!this.#ended.has(worker.id) && !this.#parts.processes.isAlive(worker.pid, worker.startTime)) {
        this.#settleExit(worker, { code: null, signal: null });
      }
    }
  }

  dispose(): void {
    this.#abort.abort();
    this.#owned.dispose();
  }

  #add(identity: { id: string; pid: number; startTime: number; startedAtMs: number; readOffset?: number }): Worker {
    const worker = new Worker(identity, this.#definition, this.#now());
    this.#workers.set(worker.id, worker);
    const { keeper } = this.#parts;
    const reader = new SpoolReader(
      (offset) => keeper.read(worker.id, "stdout", offset, READ_BYTES, this.#abort.signal),
      (bytes) => this.#carryOut(worker, worker.output(bytes, this.#now())),
      identity.readOffset,
    );
    this.#readers.set(worker.id, reader);
    this.#changed.emit();
    // Output that came before we knew the id would otherwise wait for the next line.
    this.#read(worker);
    return worker;
  }

  #carryOut(worker: Worker, commands: readonly WorkerCommand[]): void {
    for (const command of commands) {
      switch (command.kind) {
        case "drain":
          this.#say(worker, { type: "drain" });
          break;
        case "signal":
          this.#parts.keeper
            .signal(worker.id, command.name, this.#abort.signal)
            .catch((error: unknown) => this.#report("agent.signalFailed", worker, error));
          break;
        case "ready":
          this.#info = command.info;
          this.#backoff.ready();
          break;
        case "taskEnd":
          this.#taskEnd.emit({ agentId: worker.id, taskId: command.taskId, outcome: command.outcome });
          break;
      }
    }
    if (commands.length === 0) return;
    this.#changed.emit();
    if (worker.state === "idle") this.#idle.emit();
  }

  #say(worker: Worker, message: EngineMessage): void {
    this.#parts.keeper.write(worker.id, `${JSON.stringify(message)}\n`, this.#abort.signal).catch((error: unknown) => {
      // A worker that does not read, or is gone: its exit or its deadline settles it; the operator sees why.
      this.#report("agent.writeFailed", worker, error);
    });
  }

  #read(worker: Worker): void {
    this.#readers
      .get(worker.id)
      ?.pump()
      .catch((error: unknown) => this.#report("agent.readFailed", worker, error));
  }

  /** The process ended: read what it still said, end what it left behind, then free its place. */
  #settleExit(worker: Worker, exit: { code: number | null; signal: string | null }): void {
    if (this.#ended.has(worker.id)) return;
    this.#ended.add(worker.id);
    this.#settle(worker, exit).catch((error: unknown) => {
      this.#ended.delete(worker.id);
      this.#report("agent.endUnsettled", worker, error);
    });
  }

  async #settle(worker: Worker, seen: { code: number | null; signal: string | null }): Promise<void> {
    const { keeper, spawner, log } = this.#parts;
    const signal = this.#abort.signal;
    // Seen gone without the keeper's event (it came before we knew the id): the keeper still remembers how it ended.
    const kept = seen.code === null && seen.signal === null ? await keeper.list(signal) : [];
    const exit = kept.find(({ spawnId }) => spawnId === worker.id)?.exit ?? seen;
    await this.#readers
      .get(worker.id)
      ?.pump()
      .catch((error: unknown) => this.#report("agent.readFailed", worker, error));
    const stderr = await this.#stderrTail(worker);
    await this.#parts.sweepGroup(worker.id, signal);
    const how = exit.signal ?? (exit.code === null ? "seen gone" : `exit code ${exit.code}`);
    spawner.release(worker.id, how);
    this.#workers.delete(worker.id);
    this.#readers.delete(worker.id);
    this.#ended.delete(worker.id);
    if (!worker.ending) {
      const reason: Coded = {
        code: "worker.crashLoop",
        args: { command: this.#definition.label, exitCode: exit.code, signal: exit.signal, stderr, retryInMs: 0 },
      };
      this.#backoff.died(worker.everReady, this.#now().wallMs - worker.startedAtMs, this.#now().monotonicMs, reason);
      log.warn("agent.died", { swarmId: this.id, pid: worker.pid, exitCode: exit.code, signal: exit.signal, stderr });
    } else log.info("agent.ended", { swarmId: this.id, pid: worker.pid, how });
    for (const command of worker.gone(how, this.#now())) {
      if (command.kind === "taskEnd")
        this.#taskEnd.emit({ agentId: worker.id, taskId: command.taskId, outcome: command.outcome });
    }
    this.#forget(worker.id);
    this.#changed.emit();
  }

  #forget(spawnId: string): void {
    this.#toForget.add(spawnId);
    this.#parts.keeper.forget(spawnId, this.#abort.signal).then(
      () => this.#toForget.delete(spawnId),
      (error: unknown) => {
        if (error instanceof CodedError && error.code === "keeper.not-found") this.#toForget.delete(spawnId);
      },
    );
  }

  async #stderrTail(worker: Worker): Promise<string> {
    try {
      const end = (await this.#parts.keeper.read(worker.id, "stderr", 0, 1, this.#abort.signal)).endOffset;
      const from = Math.max(0, end - STDERR_TAIL_BYTES);
      const chunk = await this.#parts.keeper.read(worker.id, "stderr", from, STDERR_TAIL_BYTES, this.#abort.signal);
      return cleanText(Buffer.from(chunk.data).toString("utf8"), 300);
    } catch (error) {
      this.#report("agent.readFailed", worker, error);
      return "";
    }
  }

  #report(code: string, worker: Worker, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const reason = error instanceof CodedError ? error.code : toCoded(error).args["message"];
    this.#parts.log.warn(code, { swarmId: this.id, pid: worker.pid, reason: String(reason) });
  }

  #now(): WorkerTimes {
    return { monotonicMs: this.#parts.clock.monotonicMs(), wallMs: this.#parts.clock.wallMs() };
  }
}
