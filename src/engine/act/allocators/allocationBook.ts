import type { Clock } from "../../common/clock.ts";
import type { AllocationLedger } from "../../ports.ts";
import {
  type AllocationRecord,
  type AllocationState,
  type AllocationStep,
  placeOf,
  type ResourceLimits,
} from "../../protocol/allocators.ts";

/** Looked through at a start for what is in force. */
const LOOK_BACK = 2_000;
const PAGE = 50;

/**
 * Writes the history of allocations. What is about to be done is on disk before it is; what has been done and cannot be
 * written is kept here and tried again.
 */
export class AllocationBook {
  readonly #ledger: AllocationLedger;
  readonly #clock: Clock;
  readonly #newId: (wallMs: number) => string;
  readonly #unsaved = new Map<string, AllocationRecord>();

  readonly #onChange: () => void;

  constructor(ledger: AllocationLedger, clock: Clock, newId: (wallMs: number) => string, onChange: () => void) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#newId = newId;
    this.#onChange = onChange;
  }

  /** @throws CodedError `store.write` */
  begin(
    by: string,
    limits: readonly ResourceLimits[],
    state: AllocationState,
    about: Partial<Pick<AllocationRecord, "undoOf" | "expected">> = {},
  ): AllocationRecord {
    const wallMs = this.#clock.wallMs();
    const steps = limits.map((one): AllocationStep => ({ limits: one, previous: null, state: { kind: "waiting" } }));
    const id = this.#newId(wallMs);
    const record: AllocationRecord = { id, wallMs, by, steps, state, undoOf: null, undoneBy: null, ...about };
    this.#ledger.add(record);
    this.#onChange();
    return record;
  }

  /** A step that is about to be taken. @throws CodedError `store.write`: then it is not */
  intend(record: AllocationRecord, index: number, previous: ResourceLimits): AllocationRecord {
    const next = withStep(record, index, { previous, state: { kind: "acting" } });
    this.#ledger.update(next);
    this.#onChange();
    return next;
  }

  step(record: AllocationRecord, index: number, state: AllocationStep["state"]): AllocationRecord {
    return this.update(withStep(record, index, { state }));
  }

  update(record: AllocationRecord): AllocationRecord {
    try {
      this.#ledger.update(record);
      this.#unsaved.delete(record.id);
    } catch {
      // It has happened, whatever the disk says; the store tells what is wrong with it.
      this.#unsaved.set(record.id, record);
    }
    this.#onChange();
    return record;
  }

  retry(): void {
    for (const record of this.#unsaved.values()) this.update(record);
  }

  get(id: string): AllocationRecord | null {
    return this.#unsaved.get(id) ?? this.#ledger.get(id);
  }

  /** Newest first. */
  list(query: { readonly limit: number; readonly before?: string | undefined }): readonly AllocationRecord[] {
    return this.#ledger.list(query).map((record) => this.#unsaved.get(record.id) ?? record);
  }

  /** After a start: what was cut off is told so. */
  recover(): void {
    for (const record of this.#ledger.open()) this.update({ ...record, state: { kind: "interrupted" } });
  }

  /**
   * By place, what was set last and seen. An undo holds for agents to come also where it was not seen: those of its time keep
   * what cannot be taken from them (a nice value, without the privilege), and nobody wants it for others.
   */
  inForce(): readonly ResourceLimits[] {
    const places = new Map<string, ResourceLimits>();
    const set = (limits: ResourceLimits) =>
      places.set(placeOf(limits), { ...places.get(placeOf(limits)), ...limits } as ResourceLimits);
    for (const { steps, undoOf } of this.list({ limit: LOOK_BACK }).toReversed())
      for (const { limits, previous, state } of steps) {
        // Without what was before it was not even tried.
        const isTriedUndo = undoOf !== null && previous !== null && state.kind === "unconfirmed";
        if (state.kind === "confirmed" || isTriedUndo) set(limits);
        if (state.kind === "takenBack" && previous !== null) set(previous);
      }
    return [...places.values()];
  }

  /**
   * Of each of these the newest allocation since then that has set one of its places and stands; those that nothing has
   * overtaken are left out. One look through the history for all of them, no further back than the oldest.
   */
  overtaken(records: readonly AllocationRecord[]): ReadonlyMap<string, string> {
    const wanted = new Set(records.map(({ id }) => id));
    const found = new Map<string, string>();
    /** By place the newest that has set it, and how far back that is. */
    const setBy = new Map<string, { readonly id: string; readonly back: number }>();
    let back = 0;
    for (const record of this.#newestFirst()) {
      if (wanted.size === 0) break;
      if (wanted.delete(record.id)) {
        let newest: { readonly id: string; readonly back: number } | undefined;
        for (const { limits } of record.steps) {
          const other = setBy.get(placeOf(limits));
          if (other !== undefined && other.back < (newest?.back ?? Number.POSITIVE_INFINITY)) newest = other;
        }
        if (newest !== undefined) found.set(record.id, newest.id);
      }
      back++;
      if (record.undoneBy !== null || record.undoOf !== null) continue;
      for (const { limits, state } of record.steps) {
        const place = placeOf(limits);
        if (isInForce(state) && !setBy.has(place)) setBy.set(place, { id: record.id, back });
      }
    }
    return found;
  }

  *#newestFirst(): Generator<AllocationRecord> {
    let before: string | undefined;
    for (let read = 0; read < LOOK_BACK; read += PAGE) {
      const page = this.list({ limit: PAGE, before });
      yield* page;
      before = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }
}

/** Set, or perhaps set: what an undo has to take back. */
export function isInForce(state: AllocationStep["state"]): boolean {
  if (state.kind === "takenBack") return state.outcome.kind !== "confirmed";
  return state.kind === "confirmed" || state.kind === "unconfirmed" || state.kind === "acting";
}

function withStep(record: AllocationRecord, index: number, change: Partial<AllocationStep>): AllocationRecord {
  return { ...record, steps: record.steps.map((step, n) => (n === index ? { ...step, ...change } : step)) };
}
