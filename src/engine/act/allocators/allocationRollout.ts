import type { Clock, systemTimer } from "../../common/clock.ts";
import type { Disposable } from "../../common/disposable.ts";
import { type Coded, CodedError, messageOf, toCoded } from "../../common/errors.ts";
import type { AllocationLedger, AllocationTerms, Log, PlanRules, SwarmsPort } from "../../ports.ts";
import {
  type AllocationOutcome,
  type AllocationPreview,
  type AllocationRecord,
  type AllocatorSupport,
  changesOf,
  placeOf,
  type Resource,
  type ResourceLimits,
} from "../../protocol/allocators.ts";
import type { SwarmFigures } from "../../protocol/model.ts";
import { AllocationEffects } from "./allocationEffects.ts";
import { AllocationBook, isInForce } from "./allocationBook.ts";
import { type ResourceAllocator, unconfirmed } from "./allocator.ts";
import { withDeadline } from "./deadline.ts";
import { NextLook } from "./nextLook.ts";
import { asAgreed, checkedPlan, type PlannedChanges, type PlanParts, plannedChanges } from "./plannedChanges.ts";
import { stepsInOrder } from "./stepOrder.ts";

export interface AllocationRolloutParts {
  readonly allocators: readonly ResourceAllocator[];
  readonly ledger: AllocationLedger;
  readonly swarms: Pick<SwarmsPort, "list">;
  readonly rules: Pick<PlanRules, "worsened" | "isSeen" | "pauseMs" | "impactMs">;
  /** What the swarm's tasks did since then (monotonic), and how the machine is. */
  readonly measure: (swarmId: string, sinceMs: number) => SwarmFigures;
  /** Whether everything that its tasks did since then is kept. */
  readonly isWhole: (swarmId: string, sinceMs: number) => boolean;
  readonly clock: Clock;
  readonly timer: typeof systemTimer;
  readonly newId: (wallMs: number) => string;
  readonly log: Log;
  /** Something of the history is other than before. */
  readonly onChange?: () => void;
}

/**
 * Carries out one allocation at a time: value by value in a safe order, each written down, set, read again, and its effect
 * looked at before the next. One that is refused or not seen, or after which a swarm is worse off, takes back all before it.
 * Moved on by `look` once a tick.
 */
export class AllocationRollout implements Disposable {
  readonly #parts: AllocationRolloutParts;
  readonly #book: AllocationBook;
  readonly #effects: AllocationEffects;
  readonly #looks = new NextLook();
  readonly #stop = new AbortController();
  #running = false;

  constructor(parts: AllocationRolloutParts) {
    this.#parts = parts;
    this.#book = new AllocationBook(parts.ledger, parts.clock, parts.newId, () => parts.onChange?.());
    this.#effects = new AllocationEffects({ ...parts, book: this.#book });
  }

  /** What each resource can be limited by here. */
  support(): readonly { readonly resource: Resource; readonly support: AllocatorSupport }[] {
    return this.#parts.allocators.map((allocator) => ({ resource: allocator.id, support: allocator.can() }));
  }

  /** After a start: what was cut off is told so, and what is in force holds for agents to come. */
  recover(): void {
    this.#book.recover();
    for (const limits of this.#book.inForce()) this.#of(limits).remember(limits);
  }

  /** Once a tick. Never throws, never waits. */
  look(): void {
    this.#book.retry();
    for (const allocator of this.#parts.allocators) allocator.look();
    this.#effects.look();
    this.#looks.now();
  }

  find(id: string): AllocationRecord | null {
    return this.#book.get(id);
  }

  /** Newest first. */
  history(query: { readonly limit: number; readonly before?: string | undefined }): readonly AllocationRecord[] {
    return this.#book.list(query);
  }

  /**
   * Resolves when it is over: with `applied`, `refused` (nothing was done) or `rolledBack`. An abort takes back what was done.
   * @param plan is checked here, whatever it is
   * @throws CodedError `allocation.invalid`, `allocation.busy`, `store.write` (nothing was done), `engine.stopping`
   */
  async run(
    plan: unknown,
    by: string,
    signal: AbortSignal,
    { expected, from = [] }: AllocationTerms = {},
  ): Promise<AllocationRecord> {
    const checked = checkedPlan(plan);
    const about = expected === undefined ? {} : { expected };
    return this.#alone(() => this.#run(checked, by, about, from, AbortSignal.any([signal, this.#stop.signal])));
  }

  /**
   * What a plan would do now. Changes nothing.
   * @throws CodedError `allocation.invalid`, `engine.stopping`; the abort reason
   */
  async preview(plan: unknown, signal: AbortSignal): Promise<AllocationPreview> {
    const checked = checkedPlan(plan);
    const planned = await this.#planned(checked, AbortSignal.any([signal, this.#stop.signal]));
    if (planned.kind === "refused") return { plan: checked, changes: [], steps: 0, refusal: planned.reason, notes: [] };
    const { changes } = planned;
    const different = changes.filter(({ allocator, from, to }) => allocator.direction(from, to) !== 0);
    return {
      plan: different.map(({ to }) => to),
      changes: different.map(({ from, to }) => ({ from, to })),
      steps: stepsInOrder(changes).length,
      refusal: null,
      notes: [],
    };
  }

  /** Of each why it cannot be undone; `null` when it can. */
  undoRefusals(records: readonly AllocationRecord[]): readonly (Coded | null)[] {
    const overtaken = this.#book.overtaken(records);
    return records.map(({ id, undoneBy, steps }) => {
      if (undoneBy !== null) return { code: "allocation.undone", args: { id } };
      const by = overtaken.get(id);
      if (by !== undefined) return { code: "allocation.overtaken", args: { id, by } };
      const there = steps.filter(({ previous, state }) => previous !== null && isInForce(state));
      if (there.length === 0) return { code: "allocation.nothingToUndo", args: { id } };
      // Of each place the value that it was left with.
      const changed = changesOf(there).find(({ from, to }) => this.#isOthers(to, from));
      return changed === undefined
        ? null
        : { code: "allocation.changedSince", args: { id, what: placeOf(changed.to) } };
    });
  }

  /**
   * Goes back to what was before an allocation, last step first, as far as each can be.
   * @throws CodedError `allocation.unknown`, `allocation.undone`, `allocation.nothingToUndo`, `allocation.overtaken`,
   *   `allocation.busy`, `store.write` (nothing was done)
   */
  async undo(id: string, by: string, signal: AbortSignal): Promise<AllocationRecord> {
    const record = this.#book.get(id);
    if (record === null) throw new CodedError("allocation.unknown", { id });
    const refusal = this.undoRefusals([record])[0] ?? null;
    if (refusal !== null) throw new CodedError(refusal.code, refusal.args);
    signal.throwIfAborted();
    // Once begun it is not left half done because nobody waits for it any more.
    return this.#alone(() => this.#undo(record, by, this.#stop.signal));
  }

  /** What is under way stays as it is, and is told as interrupted by the next engine. */
  dispose(): void {
    this.#stop.abort(new CodedError("engine.stopping"));
  }

  async #alone(work: () => Promise<AllocationRecord>): Promise<AllocationRecord> {
    if (this.#running) throw new CodedError("allocation.busy");
    this.#running = true;
    try {
      return await work();
    } finally {
      this.#running = false;
    }
  }

  async #run(
    plan: readonly ResourceLimits[],
    by: string,
    about: Pick<AllocationRecord, "expected">,
    agreed: readonly ResourceLimits[],
    signal: AbortSignal,
  ): Promise<AllocationRecord> {
    const { clock, rules, swarms, measure } = this.#parts;
    const planned = asAgreed(await this.#planned(plan, signal), agreed);
    if (planned.kind === "refused")
      return this.#book.begin(by, plan, { kind: "refused", reason: planned.reason }, about);
    const began = clock.monotonicMs();
    // Lanes are shared: every swarm may suffer from what is done to one.
    const before = new Map(
      swarms.list().map(({ id, timeScale }) => [id, measure(id, began - rules.impactMs(timeScale))]),
    );
    const effectsBefore = this.#effects.before();
    this.#effects.end();
    let record = this.#book.begin(by, stepsInOrder(planned.changes), { kind: "acting" }, about);
    for (const [index, { limits }] of record.steps.entries()) {
      const taken = await this.#take(record, index, limits, signal);
      record = taken.record;
      const failure = taken.reason ?? (await this.#worsened(limits, taken.grows, before, signal));
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      if (failure !== null) return this.#takeBack(record, failure);
    }
    const elapsedMs = Math.round(clock.monotonicMs() - began);
    this.#parts.log.info("allocation.applied", { id: record.id, steps: record.steps.length });
    this.#effects.seen(record, effectsBefore);
    return this.#book.update({ ...record, state: { kind: "applied", elapsedMs } });
  }

  #planned(plan: readonly ResourceLimits[], signal: AbortSignal): Promise<PlannedChanges> {
    const within: PlanParts["within"] = (limits, work) => this.#within(limits, work, signal);
    return plannedChanges(plan, { of: (limits) => this.#of(limits), within, signal });
  }

  /** One step: read what is, write it down, set, read again. @returns why it counts as failed, else `null` */
  async #take(
    record: AllocationRecord,
    index: number,
    limits: ResourceLimits,
    signal: AbortSignal,
  ): Promise<{ readonly record: AllocationRecord; readonly reason: Coded | null; readonly grows: boolean }> {
    const allocator = this.#of(limits);
    let now = record;
    let grows = false;
    try {
      const previous = await this.#within(limits, (own) => allocator.read(limits, own), signal);
      grows = allocator.direction(previous, limits) > 0;
      now = this.#book.intend(now, index, previous);
      const outcome = await this.#within(limits, (own) => allocator.apply(limits, own), signal);
      now = this.#book.step(now, index, outcome);
      return { record: now, reason: outcome.kind === "confirmed" ? null : outcome.reason, grows };
    } catch (error) {
      // Whether it was set is not known: it is taken back with the others.
      const reason = toCoded(signal.aborted ? abortError(signal) : error);
      if (now !== record) now = this.#book.step(now, index, { kind: "unconfirmed", reason });
      return { record: now, reason, grows };
    }
  }

  /** Waits until the effect of a step is seen. @returns why a swarm is worse off, or that it was aborted; else `null` */
  async #worsened(
    limits: ResourceLimits,
    grows: boolean,
    before: ReadonlyMap<string, SwarmFigures>,
    signal: AbortSignal,
  ): Promise<Coded | null> {
    const { clock, rules, swarms, measure } = this.#parts;
    const sinceMs = clock.monotonicMs();
    for (let looks = 1; ; looks++) {
      try {
        await this.#looks.wait(signal);
      } catch {
        return toCoded(abortError(signal));
      }
      let isSeen = true;
      for (const { id, timeScale } of swarms.list()) {
        const was = before.get(id);
        if (was === undefined || (limits.resource !== "network" && limits.swarmId !== id)) continue;
        const is = measure(id, sinceMs);
        const worse = rules.worsened(was, is, grows);
        if (worse !== null) return { code: worse.code, args: { ...worse.args, swarmId: id } };
        isSeen &&= rules.isSeen(is, looks, clock.monotonicMs() - sinceMs, rules.pauseMs(timeScale));
      }
      if (isSeen) return null;
    }
  }

  async #takeBack(record: AllocationRecord, reason: Coded): Promise<AllocationRecord> {
    this.#parts.log.warn("allocation.rolledBack", { id: record.id, code: reason.code });
    let now = record;
    let left = 0;
    for (const [index, { limits, previous, state }] of [...record.steps.entries()].toReversed()) {
      if (previous === null || state.kind === "waiting") continue;
      // Whoever has set it since (a stop, another size) has the last word.
      const outcome = this.#isOthers(limits, previous)
        ? unconfirmed("allocation.changedSince", { id: record.id, what: placeOf(limits) })
        : await this.#goBack(limits, previous);
      if (outcome.kind !== "confirmed") left++;
      now = this.#book.step(now, index, { kind: "takenBack", outcome });
    }
    return this.#book.update({ ...now, state: { kind: "rolledBack", reason, left } });
  }

  async #undo(record: AllocationRecord, by: string, signal: AbortSignal): Promise<AllocationRecord> {
    const { clock } = this.#parts;
    const began = clock.monotonicMs();
    const back = record.steps
      .toReversed()
      .flatMap(({ previous, state }) => (previous !== null && isInForce(state) ? [previous] : []));
    this.#effects.end();
    let undoing = this.#book.begin(by, back, { kind: "acting" }, { undoOf: record.id });
    let reason: Coded | null = null;
    let left = 0;
    for (const [index, to] of back.entries()) {
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      const allocator = this.#of(to);
      let outcome: AllocationOutcome;
      try {
        const previous = await this.#within(to, (own) => allocator.read(to, own), signal);
        undoing = this.#book.intend(undoing, index, previous);
        outcome = await this.#within(to, (own) => allocator.undo(to, own), signal);
      } catch (error) {
        outcome = { kind: "unconfirmed", reason: toCoded(signal.aborted ? abortError(signal) : error) };
      }
      undoing = this.#book.step(undoing, index, outcome);
      if (outcome.kind === "confirmed") continue;
      left++;
      reason ??= outcome.reason;
    }
    if (left === 0) this.#book.update({ ...record, undoneBy: undoing.id });
    const elapsedMs = Math.round(clock.monotonicMs() - began);
    const state =
      reason === null ? ({ kind: "applied", elapsedMs } as const) : ({ kind: "partly", reason, left } as const);
    return this.#book.update({ ...undoing, state });
  }

  /** It is neither what was set nor what was before: somebody else has set it since. */
  #isOthers(set: ResourceLimits, previous: ResourceLimits | null): boolean {
    const allocator = this.#of(set);
    return allocator.changedSince(set) && (previous === null || allocator.changedSince(previous));
  }

  /** Also after the caller has given up: only the end of the engine stops it. */
  async #goBack(limits: ResourceLimits, previous: ResourceLimits): Promise<AllocationOutcome> {
    try {
      return await this.#within(limits, (own) => this.#of(limits).undo(previous, own), this.#stop.signal);
    } catch (error) {
      this.#parts.log.warn("allocation.notTakenBack", { resource: limits.resource, reason: messageOf(error) });
      return { kind: "unconfirmed", reason: toCoded(error) };
    }
  }

  #within<T>({ resource }: ResourceLimits, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    return withDeadline(resource, work, signal, this.#parts.timer);
  }

  #of({ resource }: ResourceLimits): ResourceAllocator {
    const allocator = this.#parts.allocators.find(({ id }) => id === resource);
    if (allocator === undefined) throw new RangeError(`allocators must hold one for ${resource}`);
    return allocator;
  }
}

function abortError({ reason }: AbortSignal): CodedError {
  return reason instanceof CodedError ? reason : new CodedError("aborted");
}
