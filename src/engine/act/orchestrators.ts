import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import { orAborted } from "../common/orAborted.ts";
import type { ConfirmedScale, Log, OrchestratedView, OrchestratorsPort, TopologyOptimizer } from "../ports.ts";
import type { AllocationKept, ClaimedAnswer, ToolRole, TopologyResult } from "../protocol/orchestrators.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { OrchestratedSwarm, OrchestratorDefinition } from "../providers/provider.ts";
import type { DecisionBook } from "./decisionBook.ts";

export interface OrchestratorSetParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly create: (definition: DefinedOrchestrator) => OrchestratedSwarm;
  /** Called after every scale that was confirmed; the orchestrator's own tool where there is none. */
  readonly topology?: TopologyOptimizer;
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
  readonly #ending = new Map<OrchestratedSwarm, Promise<void>>();
  readonly #changed = new Emitter<void>();
  /** Something is to be seen that was not there before. */
  readonly onChange = this.#changed.on;

  /** The orchestrator's own: it knows its agents best, and what it says it has done is read back. */
  readonly #ownTool: TopologyOptimizer = {
    afterScale: async ({ swarmId }, signal) => this.#entry(swarmId).swarm.optimizeTopology(signal),
  };

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
    const ended = book.update({ ...decision, state: outcome });
    if (outcome.kind !== "confirmed" || outcome.claimed === undefined) return outcome;
    const scale = { swarmId, from: decision.from, to: target, by };
    const leftMs = deadlineMs - (clock.monotonicMs() - began);
    const topology = await improved(this.#parts.topology ?? this.#ownTool, scale, leftMs, signal);
    const whole = { ...outcome, claimed: { ...outcome.claimed, topology } };
    book.update({ ...ended, state: whole });
    return whole;
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
    await Promise.all(this.#ending.values());
  }

  /** What has not ended by now is left behind; its process is told so a last time. */
  dispose(): void {
    for (const { swarm } of this.#entries.values()) swarm.dispose();
    for (const swarm of this.#ending.keys()) swarm.dispose();
    this.#entries.clear();
    this.#changed.dispose();
  }

  #end(swarm: OrchestratedSwarm): void {
    const ending = swarm.end().catch(() => undefined);
    this.#ending.set(swarm, ending);
    void ending.finally(() => this.#ending.delete(swarm));
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

/** Settles by the end of the time that is left of the scale, whatever the optimizer does. */
async function improved(
  optimizer: TopologyOptimizer,
  scale: ConfirmedScale,
  leftMs: number,
  signal: AbortSignal,
): Promise<TopologyResult> {
  const late = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
  const either = AbortSignal.any([signal, late]);
  try {
    return await orAborted(optimizer.afterScale(scale, either), either);
  } catch (error) {
    return { kind: "unconfirmed", reason: late.aborted ? { code: "topology.deadline", args: {} } : toCoded(error) };
  }
}
