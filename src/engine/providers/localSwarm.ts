import type { Clock } from "../common/clock.ts";
import { DisposableStore } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import { cleanText } from "../common/text.ts";
import type {
  Json,
  KeeperPort,
  Lease,
  Log,
  ManagedAgent,
  ProcessReader,
  SpawnerPort,
  TaskInput,
  TaskMessage,
  TaskOutcome,
  TaskOutput,
} from "../ports.ts";
import type { KeptProcess } from "../protocol/keeper.ts";
import type { EngineMessage } from "../protocol/worker.ts";
import type { ManagedSwarm, SwarmDefinition } from "./provider.ts";
import { type AgentIdentity, agentOf, type AgentProcess } from "./agentProcess.ts";
import { CommandRun, commandRefusal, PROMPT_ARGUMENT } from "./commandRun.ts";
import { CommandStarts } from "./commandStarts.ts";
import { Forgetting } from "./forgetting.ts";
import { SpoolReader } from "./spoolReader.ts";
import { StartBackoff } from "./startBackoff.ts";
import { NO_OUTPUT, readTails } from "./taskOutput.ts";
import { Worker, type WorkerCommand, type WorkerTimes } from "./worker.ts";

const READ_BYTES = 256 * 1024;
/** Of the end of its stderr, what the log gets of one that died. */
const STDERR_LOGGED = 2_000;

export interface LocalSwarmParts {
  readonly definition: SwarmDefinition;
  readonly keeper: KeeperPort;
  readonly spawner: SpawnerPort;
  readonly processes: ProcessReader;
  /** Ends what an agent left behind; resolves when nothing of it is alive, rejects when something could not be ended. */
  readonly sweepGroup: (spawnId: string, signal: AbortSignal) => Promise<void>;
  /** The task that an engine before this one gave to this agent. */
  readonly leaseOf: (spawnId: string) => Lease | null;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A swarm of processes on this machine, spawned through the keeper: workers that are spoken to in JSON lines, or commands
 * of which each task gets its own.
 */
export class LocalSwarm implements ManagedSwarm {
  readonly id: string;
  readonly swarmId: string;
  readonly #parts: LocalSwarmParts;
  #definition: SwarmDefinition;
  readonly #workers = new Map<string, AgentProcess>();
  readonly #starts: CommandStarts;
  /** Workers whose end is being settled: they still count, and are still shown. */
  readonly #ended = new Set<string>();
  readonly #readers = new Map<string, SpoolReader>();
  readonly #backoff = new StartBackoff();
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  #places = 0;
  readonly #changed = new Emitter<void>();
  readonly #idle = new Emitter<void>();
  readonly #uncertain = new Emitter<void>();
  readonly onUncertain = this.#uncertain.on;
  readonly #handed = new Emitter<{ agentId: string; taskId: string }>();
  readonly #taskEnd = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  readonly onChange = this.#changed.on;
  readonly onIdle = this.#idle.on;
  readonly onTaskEnd = this.#taskEnd.on;
  readonly onHanded = this.#handed.on;
  readonly #forgetting: Forgetting;
  #info: Readonly<Record<string, Json>> | null = null;

  constructor(parts: LocalSwarmParts) {
    this.#parts = parts;
    this.id = this.swarmId = parts.definition.id;
    this.#definition = parts.definition;
    this.#starts = this.#createStarts();
    this.#forgetting = new Forgetting(parts.keeper, this.#abort.signal);
    for (const emitter of [this.#changed, this.#idle, this.#taskEnd, this.#handed, this.#uncertain])
      this.#owned.add(emitter);
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
    return [...this.#workers.values()].map(agentOf);
  }

  resize(places: number): void {
    this.#places = places;
    this.#idle.emit();
  }

  idleAgents(): readonly string[] {
    if (this.#definition.agentType === "worker")
      return [...this.#workers.values()].filter((w) => w.state === "idle").map((w) => w.id);
    const block = this.startBlock();
    const blocked = block !== null && this.#now().monotonicMs < block.retryAtMonotonicMs;
    const free = Math.max(0, this.#places - this.#workers.size - this.#starts.count);
    // After a failure one try at a time.
    return Array.from({ length: blocked ? 0 : block === null ? free : Math.min(1, free) }, () =>
      this.#parts.spawner.newSpawnId(),
    );
  }

  refusal(input: TaskInput): Coded | null {
    const { agentType, args } = this.#definition;
    return agentType === "worker" ? null : commandRefusal(this.id, args, input);
  }

  holds(agentId: string): boolean {
    return this.#workers.has(agentId) || this.#starts.has(agentId) || this.#parts.spawner.isOpen(agentId);
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
    const identity = { id: kept.spawnId, pid: kept.pid, startTime: kept.startTime ?? 0, startedAtMs };
    const lease = this.#parts.leaseOf(kept.spawnId);
    if (!this.#starts.found(kept.spawnId)) return;
    const worker = this.#add(identity, lease, kept.stdout.firstOffset);
    if (worker instanceof CommandRun && kept.exit === null) this.#takeOver(worker, lease, kept.stdinClosed === true);
    if (kept.exit !== null) this.#settleExit(worker, kept.exit);
  }

  assign(agentId: string, task: TaskMessage): boolean {
    if (this.#definition.agentType === "command") {
      if (this.#starts.count + this.#workers.size >= this.#places) return false;
      this.#starts.begin(agentId, task, this.#abort.signal);
      return true;
    }
    const worker = this.#workers.get(agentId);
    if (!(worker instanceof Worker) || !worker.assign(task.id, this.#now())) return false;
    const given = task.input.kind === "prompt" ? { prompt: task.input.prompt } : task.input.input;
    const input = this.#definition.prepare?.(given) ?? given;
    this.#tell(worker, { type: "task", id: task.id, input }).then(
      () => this.#handed.emit({ agentId, taskId: task.id }),
      // A worker that does not read, or is gone: its exit or its deadline settles it; the operator sees why.
      (error: unknown) => this.#report("agent.writeFailed", worker, error),
    );
    this.#changed.emit();
    return true;
  }

  cancelTask(agentId: string, taskId: string): void {
    this.#ask(agentId, (worker) => worker.cancel(taskId, this.#now()));
  }

  async output(agentId: string, signal: AbortSignal): Promise<TaskOutput | null> {
    const worker = this.#workers.get(agentId);
    return worker instanceof CommandRun ? this.#tails(worker.id, signal) : null;
  }

  drainAgent(agentId: string): void {
    this.#ask(agentId, (worker) => worker.drain(this.#now()));
  }

  endAgent(agentId: string): void {
    this.#ask(agentId, (worker) => worker.stop(this.#now()));
  }

  #ask(agentId: string, wish: (worker: AgentProcess) => readonly WorkerCommand[]): void {
    const worker = this.#workers.get(agentId);
    if (worker !== undefined) this.#carryOut(worker, wish(worker));
  }

  observe(): void {
    const now = this.#now();
    this.#forgetting.look();
    this.#starts.look();
    // A blocked start is due, or a place came free: nothing else tells of it.
    if (this.#definition.agentType === "command") this.#idle.emit();
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

  #add(identity: AgentIdentity, lease: Lease | null = null, readOffset = 0): AgentProcess {
    const isWorker = this.#definition.agentType === "worker";
    const worker = isWorker
      ? new Worker(identity, this.#definition, this.#now(), lease)
      : new CommandRun(identity, lease?.taskId ?? null, this.#definition, this.#now());
    this.#workers.set(worker.id, worker);
    if (worker instanceof Worker) {
      const { keeper } = this.#parts;
      const reader = new SpoolReader(
        (offset) => keeper.read(worker.id, "stdout", offset, READ_BYTES, this.#abort.signal),
        (bytes) => this.#carryOut(worker, worker.output(bytes, this.#now())),
        readOffset,
      );
      this.#readers.set(worker.id, reader);
    }
    this.#changed.emit();
    // Output that came before we knew the id would otherwise wait for the next line.
    this.#read(worker);
    return worker;
  }

  #createStarts(): CommandStarts {
    const { keeper, spawner, clock, log } = this.#parts;
    return new CommandStarts({
      swarmId: this.id,
      keeper,
      spawner,
      launch: () => this.#definition.launch(),
      maxAgents: () => this.#definition.maxAgents,
      add: (spawned, taskId) => {
        this.#backoff.ready();
        const identity = { ...spawned, startedAtMs: clock.wallMs() };
        return this.#add(identity, { taskId, handed: false }) as CommandRun;
      },
      handed: (agentId, taskId) => this.#handed.emit({ agentId, taskId }),
      unfed: (run, error) => {
        // One that ended without reading all of it is over anyway; one that runs must not wait for its prompt for ever.
        this.#report("agent.writeFailed", run, error);
        this.#carryOut(run, run.stop(this.#now()));
      },
      failed: (reason) => {
        log.warn("agent.startFailed", { swarmId: this.id, code: reason.code });
        if (reason.code === "spawn.failed") this.#backoff.failed(this.#now().monotonicMs, reason);
        this.#changed.emit();
      },
      uncertain: () => this.#uncertain.emit(),
      ended: (agentId, taskId, outcome) => this.#taskEnd.emit({ agentId, taskId, outcome }),
    });
  }

  /** Of the engine before: it has its whole prompt, or it is ended and its task waits again. */
  #takeOver(run: CommandRun, lease: Lease | null, stdinClosed: boolean): void {
    const whole = lease?.handed === true || stdinClosed || this.#definition.args.includes(PROMPT_ARGUMENT);
    if (lease === null || !whole) return this.#carryOut(run, run.stop(this.#now()));
    // Again does no harm, and the engine may have died between the last byte and this.
    this.#parts.keeper
      .closeStdin(run.id, this.#abort.signal)
      .catch((error: unknown) => this.#report("agent.writeFailed", run, error));
  }

  #carryOut(worker: AgentProcess, commands: readonly WorkerCommand[]): void {
    for (const command of commands) {
      switch (command.kind) {
        case "drain":
          this.#say(worker, { type: "drain" });
          break;
        case "cancel":
          this.#say(worker, { type: "cancel", id: command.taskId });
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

  #say(worker: AgentProcess, message: EngineMessage): void {
    this.#tell(worker, message).catch((error: unknown) => this.#report("agent.writeFailed", worker, error));
  }

  #tell(worker: AgentProcess, message: EngineMessage): Promise<void> {
    return this.#parts.keeper.write(worker.id, `${JSON.stringify(message)}\n`, this.#abort.signal);
  }

  #read(worker: AgentProcess): void {
    this.#readers
      .get(worker.id)
      ?.pump()
      .catch((error: unknown) => this.#report("agent.readFailed", worker, error));
  }

  /** The process ended: read what it still said, end what it left behind, then free its place. */
  #settleExit(worker: AgentProcess, exit: { code: number | null; signal: string | null }): void {
    if (this.#ended.has(worker.id)) return;
    this.#ended.add(worker.id);
    this.#settle(worker, exit).catch((error: unknown) => {
      this.#ended.delete(worker.id);
      this.#report("agent.endUnsettled", worker, error);
    });
  }

  async #settle(worker: AgentProcess, seen: { code: number | null; signal: string | null }): Promise<void> {
    const { keeper, spawner, log } = this.#parts;
    const signal = this.#abort.signal;
    // Seen gone without the keeper's event (it came before we knew the id): the keeper still remembers how it ended.
    const kept = seen.code === null && seen.signal === null ? await keeper.list(signal) : [];
    const entry = kept.find(({ spawnId }) => spawnId === worker.id);
    // Its end is still on the way to us, with how it ended and its last output: guessing would run a finished task again.
    if (entry?.exit === null) return void this.#ended.delete(worker.id);
    const exit = entry?.exit ?? seen;
    const reader = this.#readers.get(worker.id);
    await reader?.pump().catch((error: unknown) => this.#report("agent.readFailed", worker, error));
    const output = await this.#tails(worker.id, signal).catch((error: unknown) => {
      this.#report("agent.readFailed", worker, error);
      return NO_OUTPUT;
    });
    const stderr = cleanText(output.stderr.text.slice(-STDERR_LOGGED), 300);
    await this.#parts.sweepGroup(worker.id, signal);
    const how = exit.signal ?? (exit.code === null ? "seen gone" : `exit code ${exit.code}`);
    // The outcome is on disk before the journal closes: what dies in between is settled again, and never run again.
    this.#carryOut(worker, worker.gone(how, this.#now(), { code: exit.code, output }));
    spawner.release(worker.id, how);
    this.#workers.delete(worker.id);
    this.#readers.delete(worker.id);
    this.#ended.delete(worker.id);
    if (worker instanceof Worker && !worker.ending) {
      const reason: Coded = {
        code: "worker.crashLoop",
        args: { command: this.#definition.label, exitCode: exit.code, signal: exit.signal, stderr, retryInMs: 0 },
      };
      this.#backoff.died(worker.everReady, this.#now().wallMs - worker.startedAtMs, this.#now().monotonicMs, reason);
      log.warn("agent.died", { swarmId: this.id, pid: worker.pid, exitCode: exit.code, signal: exit.signal, stderr });
    } else log.info("agent.ended", { swarmId: this.id, pid: worker.pid, how });
    this.#forgetting.forget(worker.id);
    this.#changed.emit();
  }

  readonly #tails = (spawnId: string, signal: AbortSignal): Promise<TaskOutput> =>
    readTails((...part) => this.#parts.keeper.read(spawnId, ...part, signal));

  #report(code: string, worker: AgentProcess, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const reason = error instanceof CodedError ? error.code : toCoded(error).args["message"];
    this.#parts.log.warn(code, { swarmId: this.id, pid: worker.pid, reason: String(reason) });
  }

  #now(): WorkerTimes {
    return { monotonicMs: this.#parts.clock.monotonicMs(), wallMs: this.#parts.clock.wallMs() };
  }
}
