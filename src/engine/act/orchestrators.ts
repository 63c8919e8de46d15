import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { CodedError } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Log, OrchestratedView, OrchestratorsPort } from "../ports.ts";
import type { AllocationKept, ClaimedAnswer, ToolRole, TopologyResult } from "../protocol/orchestrators.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { OrchestratedSwarm, OrchestratorDefinition } from "../providers/provider.ts";
import type { DecisionBook } from "./decisionBook.ts";

export interface OrchestratorSetParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly create: (definition: DefinedOrchestrator) => OrchestratedSwarm;
  /** The one book of decisions: whoever keeps it writes ends again that could not be written. */
  readonly book: () => Pick<DecisionBook, "add" | "update">;
}

/** With the kind that it is of. */
export interface DefinedOrchestrator extends OrchestratorDefinition {
  readonly provider: string;
}

interface Entry {
  definition: DefinedOrchestrator;
  readonly swarm: OrchestratedSwarm;
  processes: number;
}

/** Every swarm of an orchestrator, made from the configuration. What acts on one goes through here, so one actor does. */
export class OrchestratorSet implements OrchestratorsPort, Disposable {
  readonly #parts: OrchestratorSetParts;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new Set<Promise<void>>();
  readonly #changed = new Emitter<void>();
  /** Something is to be seen that was not there before. */
  readonly onChange = this.#changed.on;

  constructor(parts: OrchestratorSetParts) {
    this.#parts = parts;
  }

  /** Takes a new configuration. What is no longer in it is ended, its process first of all. */
  define(definitions: readonly DefinedOrchestrator[]): void {
    const wanted = new Map(definitions.map((definition) => [definition.id, definition]));
    let isOther = false;
    for (const [id, { swarm, definition }] of this.#entries) {
      if (wanted.get(id)?.provider === definition.provider) continue;
      this.#entries.delete(id);
      this.#end(swarm);
      isOther = true;
    }
    for (const definition of definitions) {
      const known = this.#entries.get(definition.id);
      if (known !== undefined) {
        known.definition = definition;
        known.swarm.redefine(definition);
        continue;
      }
      const swarm = this.#parts.create(definition);
      swarm.onChange(() => this.#changed.emit());
      this.#entries.set(definition.id, { definition, swarm, processes: 0 });
      isOther = true;
    }
    if (isOther) this.#changed.emit();
  }

  list(): readonly OrchestratedView[] {
    return [...this.#entries.values()].map(viewOf);
  }

  has(swarmId: string): boolean {
    return this.#entries.has(swarmId);
  }

  get(swarmId: string): OrchestratedView {
    return viewOf(this.#entry(swarmId));
  }

  takeToken(swarmId: string, url: string, token: string | null): void {
    const refusal = this.#entry(swarmId).swarm.takeToken(url, token);
    if (refusal !== null) throw new CodedError(refusal.code, refusal.args);
  }

  observe(): void {
    for (const { swarm } of this.#entries.values()) swarm.observe();
  }

  saw(swarmId: string, processes: number, recordIds: readonly string[]): void {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined) return;
    entry.processes = processes;
    entry.swarm.sawProcesses(recordIds);
  }

  async scale(
    swarmId: string,
    target: number,
    by: string,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ActionOutcome> {
    const entry = this.#entry(swarmId);
    const { clock, log } = this.#parts;
    const book = this.#parts.book();
    const began = clock.monotonicMs();
    const { id, label, mode } = entry.definition;
    const refusal = entry.swarm.refusal(target);
    if (refusal !== null) return { kind: "refused", reason: refusal };
    // Written down before anything is done.
    const reason = { code: "operator.scale", args: { by } };
    const known = { id, label, mode, target: entry.swarm.view().recordCount ?? 0 };
    const asked = { origin: "operator", by, to: target, reason, inputs: null, undoOf: null } as const;
    const decision = book.add(known, asked, { kind: "acting", sinceMs: clock.wallMs() });
    log.info("swarm.target", { swarmId, to: target });
    const outcome = await this.#scaled(entry, target, deadlineMs, signal, began);
    book.update({ ...decision, state: outcome });
    return outcome;
  }

  async #scaled(
    entry: Entry,
    target: number,
    deadlineMs: number,
    signal: AbortSignal,
    began: number,
  ): Promise<ActionOutcome> {
    const outcome = await entry.swarm.scale(target, deadlineMs, signal);
    if (outcome.kind === "refused") return outcome;
    const elapsedMs = Math.round(this.#parts.clock.monotonicMs() - began);
    const claimed = { records: outcome.records, notes: outcome.notes };
    const seen = { live: entry.processes, elapsedMs, claimed };
    return outcome.kind === "confirmed"
      ? { kind: "confirmed", ...seen }
      : { kind: "unconfirmed", ...seen, reason: outcome.reason };
  }

  async ask(swarmId: string, role: ToolRole, signal: AbortSignal): Promise<ClaimedAnswer> {
    return this.#entry(swarmId).swarm.ask(role, signal);
  }

  async optimize(swarmId: string, signal: AbortSignal): Promise<TopologyResult> {
    return this.#entry(swarmId).swarm.optimizeTopology(signal);
  }

  async keepAllocation(
    swarmId: string,
    allocation: Readonly<Record<string, number>>,
    signal: AbortSignal,
  ): Promise<AllocationKept> {
    return this.#entry(swarmId).swarm.keepAllocation(allocation, signal);
  }

  /** Resolves when their processes are gone. */
  async end(): Promise<void> {
    for (const { swarm } of this.#entries.values()) this.#end(swarm);
    this.#entries.clear();
    await Promise.all(this.#ending);
  }

  dispose(): void {
    for (const { swarm } of this.#entries.values()) swarm.dispose();
    this.#entries.clear();
    this.#changed.dispose();
  }

  #end(swarm: OrchestratedSwarm): void {
    const ending = swarm.end().catch(() => undefined);
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  /** @throws CodedError `swarm.unknown` */
  #entry(swarmId: string): Entry {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined)
      throw new CodedError("swarm.unknown", { swarmId, known: [...this.#entries.keys()].join(", ") });
    return entry;
  }
}

function viewOf({ definition, swarm }: Entry): OrchestratedView {
  const { id, label, provider, mode, minAgents, maxAgents } = definition;
  const { serverPid, directory, busyCount, ...facts } = swarm.view();
  return {
    ...{ id, label, provider, mode, minAgents, maxAgents, facts, busyCount, serverPid, directory },
    breaker: swarm.breaker(),
  };
}
