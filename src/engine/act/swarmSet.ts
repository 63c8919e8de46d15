import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { KeeperPort, Log, ProcessReader, RecyclePort, SpawnerPort, SwarmJournal, SwarmsPort } from "../ports.ts";
import type { KeptProcess } from "../protocol/keeper.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { ManagedSwarm, SwarmDefinition } from "../providers/provider.ts";
import { isEnding } from "./sizing.ts";
import { SwarmController } from "./swarmController.ts";

/** A swarm that also takes over agents an engine before this one started. */
export interface AdoptingSwarm extends ManagedSwarm {
  /** @param startedAtMs wall clock */
  adopt(kept: KeptProcess, startedAtMs: number): void;
}

const SUPPORT_STOP_MS = 10_000;
/** SIGTERM, its grace, SIGKILL, and the sweep after them. */
const END_MS = 12_000;

export interface SwarmSetParts {
  readonly keeper: KeeperPort;
  readonly journal: SwarmJournal;
  readonly spawner: SpawnerPort;
  readonly processes: ProcessReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly create: (definition: SwarmDefinition) => AdoptingSwarm;
  /** Ends processes of ours that no living agent of the keeper owns. */
  /** The time of an operator's hold is over. */
  readonly onHoldEnded: (swarmId: string) => void;
  readonly sweep: (signal: AbortSignal) => Promise<void>;
}

/** Every managed swarm with its controller: made from the configuration, joined to what already runs. */
export class SwarmSet implements Disposable, SwarmsPort, RecyclePort {
  readonly #parts: SwarmSetParts;
  readonly #controllers = new Map<string, SwarmController>();
  /** Removed from the configuration while agents were alive: drained, then forgotten. */
  readonly #leaving = new Set<string>();
  readonly #abort = new AbortController();
  #syncing: Promise<void> | null = null;
  #syncAgain = false;
  #held: Coded | null = null;
  readonly #shapeChanged = new Emitter<void>();
  /** A swarm grew, shrank, got another target or began or ended an action. */
  readonly onShapeChange = this.#shapeChanged.on;

  constructor(parts: SwarmSetParts) {
    this.#parts = parts;
  }

  list(): readonly SwarmController[] {
    return [...this.#controllers.values()];
  }

  get(swarmId: string): SwarmController {
    const controller = this.#controllers.get(swarmId);
    if (controller !== undefined) return controller;
    const known = this.list().filter((c) => c.supportOf === null);
    throw new CodedError("swarm.unknown", { swarmId, known: known.map((c) => c.id).join(", ") });
  }

  /** Whether anything of ours runs or should run. */
  get managesSomething(): boolean {
    return this.list().some((c) => c.target > 0 || c.agents().length > 0);
  }

  hold(reason: Coded | null): void {
    this.#held = reason;
    for (const controller of this.#controllers.values()) controller.held = reason;
  }

  holdSwarm(swarmId: string, held: boolean, forMs: number | null): boolean {
    return this.get(swarmId).holdByOperator(held, forMs);
  }

  /** Takes a new configuration. A swarm whose definition changed keeps its agents; new ones are started by the new definition. */
  define(definitions: readonly SwarmDefinition[]): void {
    const wanted = new Map(definitions.map((definition) => [definition.id, definition]));
    for (const [id, controller] of this.#controllers) {
      if (wanted.has(id)) continue;
      this.#leaving.add(id);
      void controller.scale(0, controller.definition.drainTimeoutMs + 15_000, this.#abort.signal);
    }
    for (const definition of definitions) {
      const old = this.#controllers.get(definition.id);
      this.#leaving.delete(definition.id);
      if (old !== undefined) {
        old.redefine(definition);
        continue;
      }
      this.#add(definition);
    }
  }

  #add(definition: SwarmDefinition): void {
    const controller = new SwarmController({
      swarm: this.#parts.create(definition),
      definition,
      journal: this.#parts.journal,
      spawner: this.#parts.spawner,
      processes: this.#parts.processes,
      clock: this.#parts.clock,
      log: this.#parts.log,
      onUncertain: () => void this.sync(),
      onShapeChange: () => this.#shapeChanged.emit(),
      onHoldEnded: () => this.#parts.onHoldEnded(definition.id),
    });
    controller.held = this.#held;
    this.#controllers.set(definition.id, controller);
  }

  /**
   * Joins journal, keeper and process table: agents the keeper holds are taken over, what nobody holds is ended and its
   * journal entry closed. Needed at start and whenever an answer of the keeper was lost.
   */
  async sync(): Promise<void> {
    this.#syncAgain = true;
    this.#syncing ??= (async () => {
      try {
        while (this.#syncAgain && !this.#abort.signal.aborted) {
          this.#syncAgain = false;
          await this.#syncOnce();
        }
      } catch (error) {
        if (!this.#abort.signal.aborted) {
          const reason = toCoded(error);
          this.#parts.log.error("swarm.syncFailed", {
            code: reason.code,
            reason: String(reason.args["message"] ?? reason.args["reason"] ?? ""),
          });
          throw error;
        }
      } finally {
        this.#syncing = null;
      }
    })();
    return this.#syncing;
  }

  async #syncOnce(): Promise<void> {
    const unheld = await this.adopt();
    await this.#parts.sweep(this.#abort.signal);
    for (const spawnId of unheld) this.#parts.spawner.release(spawnId, "not with the keeper; swept");
  }

  /** Takes over what the keeper holds. Returns the spawns that the journal has open and the keeper does not know. */
  async adopt(): Promise<readonly string[]> {
    const { keeper, journal, spawner } = this.#parts;
    const signal = this.#abort.signal;
    // The journal is read twice. Only entries of the first reading, before the list, may be missing from the list and be
    // closed for it. And whatever is in the list was written down before it was spawned, so the second reading knows it.
    const open = journal.openEntries();
    const kept = await keeper.list(signal);
    const byId = new Map(kept.map((process) => [process.spawnId, process]));
    const entries = new Map(journal.openEntries().map((entry) => [entry.spawnId, entry]));
    for (const process of kept) {
      const entry = entries.get(process.spawnId);
      const controller = entry === undefined ? undefined : this.#controllers.get(entry.swarmId);
      if (entry === undefined || controller === undefined) {
        // Of a swarm that is configured no more, or ended and recorded already.
        if (process.exit === null) await keeper.signal(process.spawnId, "SIGTERM", signal);
        else await keeper.forget(process.spawnId, signal);
      } else if (process.pid === null) {
        spawner.release(process.spawnId, "could not be started");
        await keeper.forget(process.spawnId, signal);
      } else (controller.swarm as AdoptingSwarm).adopt(process, entry.reservedAtMs);
    }
    return open.filter(({ spawnId }) => !byId.has(spawnId)).map(({ spawnId }) => spawnId);
  }

  /** Once a tick: deadlines, processes that went, next steps. */
  observe(): void {
    for (const [id, controller] of this.#controllers) {
      controller.swarm.observe();
      controller.reconcile();
      if (this.#leaving.has(id) && controller.swarm.agents().length === 0) {
        this.#leaving.delete(id);
        this.#controllers.delete(id);
        controller.dispose();
        controller.swarm.dispose();
      }
    }
  }

  /** Sizes a swarm; its support swarms come up with it and go after it. */
  async scale(swarmId: string, target: number, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    const controller = this.get(swarmId);
    if (controller.supportOf !== null) throw new CodedError("swarm.unknown", { swarmId, known: controller.supportOf });
    const support = this.list().filter((c) => c.supportOf === swarmId);
    const refusal = controller.refusal(target);
    if (refusal !== null) return { kind: "refused", reason: refusal };
    if (target > 0) for (const s of support) void s.scale(s.startTarget(), deadlineMs, this.#abort.signal);
    const outcome = await controller.scale(target, deadlineMs, signal);
    if (controller.target === 0) await Promise.all(support.map((s) => s.scale(0, SUPPORT_STOP_MS, this.#abort.signal)));
    return outcome;
  }

  async stopAgent(agentId: string, deadlineMs: number, signal: AbortSignal, now = false): Promise<ActionOutcome> {
    return this.#ownerOf(agentId).retire(agentId, deadlineMs, signal, now);
  }

  async recycle(agentId: string, deadlineMs: number, signal: AbortSignal): Promise<ActionOutcome> {
    return this.#ownerOf(agentId).recycle(agentId, deadlineMs, signal);
  }

  /** @throws CodedError `agent.unknown` */
  #ownerOf(agentId: string): SwarmController {
    const controller = this.list().find((c) => c.agents().some((agent) => agent.id === agentId));
    if (controller === undefined) throw new CodedError("agent.unknown", { agentId });
    return controller;
  }

  endNow(swarmId: string): void {
    const controller = this.get(swarmId);
    for (const agent of controller.agents().filter(isEnding)) controller.swarm.endAgent(agent.id);
  }

  async stopAll(deadlineMs: number, signal: AbortSignal): Promise<void> {
    const own = this.list().filter((c) => c.supportOf === null);
    await Promise.all(own.map((c) => this.scale(c.id, 0, deadlineMs, signal)));
    const rest = this.list().filter((c) => c.agents().length > 0 || c.target > 0);
    for (const c of rest) for (const agent of c.agents()) c.swarm.endAgent(agent.id);
    await Promise.all(rest.map((c) => c.scale(0, END_MS, signal)));
  }

  dispose(): void {
    this.#abort.abort();
    for (const controller of this.#controllers.values()) {
      controller.dispose();
      controller.swarm.dispose();
    }
    this.#controllers.clear();
  }
}
