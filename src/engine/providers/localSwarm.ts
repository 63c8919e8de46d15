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
import { CommandRun, commandInput, commandRefusal } from "./commandRun.ts";
import { SpoolReader } from "./spoolReader.ts";
import { StartBackoff } from "./startBackoff.ts";
import { NO_OUTPUT, readTail, STDERR_TAIL_BYTES, STDOUT_TAIL_BYTES } from "./taskOutput.ts";
import { Worker, type WorkerCommand, type WorkerTimes } from "./worker.ts";

/** A long-lived worker, or one process for one task. */
type AgentProcess = Worker | CommandRun;

const READ_BYTES = 256 * 1024;
/** Of the end of its stderr, what the log gets of one that died. */
const STDERR_LOGGED = 2_000;
/** One start may take this long before its answer counts as lost. */
const START_DEADLINE_MS = 15_000;

interface AgentIdentity {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
}

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
  /** Commands under way to their process, by spawn id. `uncertain`: the keeper's answer was lost. */
  readonly #coming = new Map<string, { readonly taskId: string; uncertain: boolean }>();
  /** Workers whose end is being settled: they still count, and are still shown. */
  readonly #ended = new Set<string>();
  readonly #readers = new Map<string, SpoolReader>();
  readonly #backoff: StartBackoff;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #changed = new Emitter<void>();
  readonly #idle = new Emitter<void>();
  readonly #uncertain = new Emitter<void>();
  /** A start whose answer was lost: the keeper's list has to be read again. */
  readonly onUncertain = this.#uncertain.on;
  readonly #handed = new Emitter<{ agentId: string; taskId: string }>();
  readonly #taskEnd = new Emitter<{ agentId: string; taskId: string; outcome: TaskOutcome }>();
  readonly onChange = this.#changed.on;
  readonly onIdle = this.#idle.on;
  readonly onTaskEnd = this.#taskEnd.on;
  readonly onHanded = this.#handed.on;
  /** Settled, but the keeper still holds the entry: tried again at each look until it agrees that the process ended. */
  readonly #toForget = new Set<string>();
  #info: Readonly<Record<string, Json>> | null = null;
  #places = 0;

  constructor(parts: LocalSwarmParts) {
    this.#parts = parts;
    this.id = this.swarmId = parts.definition.id;
    this.#definition = parts.definition;
    this.#backoff = new StartBackoff();
    this.#owned.add(this.#changed);
    this.#owned.add(this.#idle);
    this.#owned.add(this.#taskEnd);
    this.#owned.add(this.#handed);
    this.#owned.add(this.#uncertain);
    this.#owned.add(
      parts.keeper.onEvent((event) => {
        const worker = this.#workers.get(event.spawnId);
        if (worker === undefined) return;
        if (event.event === "output" && event.stream === "stdout" && worker instanceof Worker) this.#read(worker);
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

  resize(places: number): void {
    this.#places = places;
    this.#idle.emit();
  }

  idleAgents(): readonly string[] {
    if (this.#definition.agentType === "worker")
      return [...this.#workers.values()].filter((w) => w.state === "idle").map((w) => w.id);
    const block = this.startBlock();
    if (block !== null && this.#now().monotonicMs < block.retryAtMonotonicMs) return [];
    const free = Math.max(0, this.#places - this.#workers.size - this.#coming.size);
    // After a failure one try at a time.
    return Array.from({ length: block === null ? free : Math.min(1, free) }, () => this.#parts.spawner.newSpawnId());
  }

  refusal(input: TaskInput): Coded | null {
    const { agentType, args } = this.#definition;
    return agentType === "worker" ? null : commandRefusal(this.id, args, input);
  }

  holds(agentId: string): boolean {
    return this.#workers.has(agentId) || this.#coming.has(agentId) || this.#parts.spawner.isOpen(agentId);
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
    const coming = this.#coming.get(kept.spawnId);
    // Its own start is still under way and will add it.
    if (coming !== undefined && !coming.uncertain) return;
    this.#coming.delete(kept.spawnId);
    const worker = this.#add(identity, lease, kept.stdout.firstOffset);
    if (worker instanceof CommandRun && kept.exit === null) this.#takeOver(worker, lease);
    if (kept.exit !== null) this.#settleExit(worker, kept.exit);
  }

  assign(agentId: string, task: TaskMessage): boolean {
    if (this.#definition.agentType === "command") return this.#startCommand(agentId, task);
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
    const worker = this.#workers.get(agentId);
    if (worker !== undefined) this.#carryOut(worker, worker.cancel(taskId, this.#now()));
  }

  async output(agentId: string, signal: AbortSignal): Promise<TaskOutput | null> {
    const worker = this.#workers.get(agentId);
    return worker instanceof CommandRun ? this.#tails(worker.id, signal) : null;
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
    for (const [spawnId, { taskId, uncertain }] of this.#coming) {
      // The keeper's list was read again, and it is not there: nothing was started.
      if (!uncertain || this.#parts.spawner.isOpen(spawnId)) continue;
      this.#coming.delete(spawnId);
      const outcome = { kind: "lost", how: "never started", ours: true } as const;
      this.#taskEnd.emit({ agentId: spawnId, taskId, outcome });
    }
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

  /** The lease names the process before it exists, so that a restart at any moment finds the two together. */
  #startCommand(spawnId: string, task: TaskMessage): boolean {
    const { input } = task;
    if (input.kind !== "prompt" || this.#coming.size + this.#workers.size >= this.#places) return false;
    const coming = { taskId: task.id, uncertain: false };
    this.#coming.set(spawnId, coming);
    this.#runCommand(spawnId, task.id, input.prompt)
      .catch((error: unknown) => {
        const reason = toCoded(error);
        this.#parts.log.warn("agent.startFailed", { swarmId: this.id, code: reason.code });
        if (reason.code === "spawn.failed") this.#backoff.failed(this.#now().monotonicMs, reason);
        if (this.#parts.spawner.isOpen(spawnId)) {
          // Anything but a plain refusal leaves open whether it runs.
          coming.uncertain = true;
          this.#uncertain.emit();
          return;
        }
        this.#coming.delete(spawnId);
        const outcome: TaskOutcome =
          reason.code === "spawn.failed"
            ? { kind: "failed", reason, output: NO_OUTPUT }
            : { kind: "lost", how: reason.code, ours: true };
        this.#taskEnd.emit({ agentId: spawnId, taskId: task.id, outcome });
      })
      .finally(() => this.#changed.emit());
    return true;
  }

  async #runCommand(spawnId: string, taskId: string, prompt: string): Promise<void> {
    const { spawner, keeper, clock } = this.#parts;
    const signal = this.#abort.signal;
    const plan = await this.#definition.launch();
    const { args, stdin } = commandInput(plan.args, prompt);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    const { pid, startTime } = await spawner.spawn(
      this.id,
      this.#definition.maxAgents,
      { ...plan, args },
      deadline,
      spawnId,
    );
    this.#coming.delete(spawnId);
    this.#backoff.ready();
    const identity = { id: spawnId, pid, startTime, startedAtMs: clock.wallMs() };
    const run = this.#add(identity, { taskId, handed: false });
    try {
      if (stdin !== "") await keeper.write(spawnId, stdin, signal);
      this.#handed.emit({ agentId: spawnId, taskId });
      await keeper.closeStdin(spawnId, signal);
    } catch (error) {
      // One that ended without reading all of it: how it ended is its outcome. One that runs and never got its prompt
      // must not wait for ever.
      this.#report("agent.writeFailed", run, error);
      this.#carryOut(run, run.stop(this.#now()));
    }
  }

  /** A command of the engine before: it has its whole prompt, or it is ended and its task waits again. */
  #takeOver(run: CommandRun, lease: Lease | null): void {
    if (lease === null || !lease.handed) {
      this.#carryOut(run, run.stop(this.#now()));
      return;
    }
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
    const exit = kept.find(({ spawnId }) => spawnId === worker.id)?.exit ?? seen;
    await this.#readers
      .get(worker.id)
      ?.pump()
      .catch((error: unknown) => this.#report("agent.readFailed", worker, error));
    const output = await this.#tails(worker.id, signal).catch((error: unknown) => {
      this.#report("agent.readFailed", worker, error);
      return NO_OUTPUT;
    });
    const stderr = cleanText(output.stderr.text.slice(-STDERR_LOGGED), 300);
    await this.#parts.sweepGroup(worker.id, signal);
    const how = exit.signal ?? (exit.code === null ? "seen gone" : `exit code ${exit.code}`);
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
    for (const command of worker.gone(how, this.#now(), { code: exit.code, output })) {
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

  async #tails(spawnId: string, signal: AbortSignal): Promise<TaskOutput> {
    const { keeper } = this.#parts;
    const tail = (stream: "stdout" | "stderr", limit: number) =>
      readTail((offset, bytes) => keeper.read(spawnId, stream, offset, bytes, signal), limit);
    return { stdout: await tail("stdout", STDOUT_TAIL_BYTES), stderr: await tail("stderr", STDERR_TAIL_BYTES) };
  }

  #report(code: string, worker: AgentProcess, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const reason = error instanceof CodedError ? error.code : toCoded(error).args["message"];
    this.#parts.log.warn(code, { swarmId: this.id, pid: worker.pid, reason: String(reason) });
  }

  #now(): WorkerTimes {
    return { monotonicMs: this.#parts.clock.monotonicMs(), wallMs: this.#parts.clock.wallMs() };
  }
}
