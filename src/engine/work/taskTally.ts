import type { Clock } from "../common/clock.ts";
import type { Coded } from "../common/errors.ts";
import type { TaskCounts, TaskOutcome, TaskRecord } from "../ports.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { BreakerState } from "../guard/breakerState.ts";

export interface TaskTallyParts {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Faults are injected into this swarm now. */
  readonly isDisturbed: (swarmId: string) => boolean;
  /** Kept for the look back: `event.recovered`, `event.outage`. */
  readonly onEvent: (event: Coded, swarmId: string) => void;
}

interface Outage {
  readonly sinceMs: number;
  heldBack: number;
  failed: number;
}

interface Entry {
  readonly lanes: Set<Lane>;
  done: number;
  failed: number;
  faultDone: number;
  faultFailed: number;
  /** A fault from which nothing has succeeded yet. */
  fault: { readonly cause: "agentDied" | "breakerOpened"; readonly sinceMs: number } | null;
  /** While the swarm's breaker is open or tries again. */
  outage: Outage | null;
  /** Whether it lets nothing through at all. */
  isShut: boolean;
  /** Open tasks that met a fault: submitted during one, or on an agent that died. */
  readonly atRisk: Set<string>;
}

/**
 * What became of tasks, counted by swarm since the engine started, and of faults: an agent that died under its task, a
 * breaker that opened. A fault is over with the first run that succeeds after it. What is under way when the engine ends
 * is not told of.
 */
export class TaskTally {
  readonly #parts: TaskTallyParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: TaskTallyParts) {
    this.#parts = parts;
  }

  counts(swarmId: string): TaskCounts {
    const { done, failed, faultDone, faultFailed } = this.#entries.get(swarmId) ?? NOTHING;
    return { done, failed, faultDone, faultFailed };
  }

  /** Lanes by which tasks of the swarm came. */
  lanes(swarmId: string): ReadonlySet<Lane> {
    return this.#entries.get(swarmId)?.lanes ?? NO_LANES;
  }

  submitted({ id, swarmId, lane }: Pick<TaskRecord, "id" | "swarmId" | "lane">): void {
    const entry = this.#entry(swarmId);
    entry.lanes.add(lane);
    if (entry.fault !== null || entry.outage !== null || this.#parts.isDisturbed(swarmId)) entry.atRisk.add(id);
    if (entry.outage !== null && entry.isShut) entry.outage.heldBack++;
  }

  /** How a run ended. What we ended ourselves is no fault. */
  heard({ id, swarmId }: Pick<TaskRecord, "id" | "swarmId">, outcome: TaskOutcome): void {
    const entry = this.#entry(swarmId);
    if (outcome.kind === "done") {
      if (entry.fault === null) return;
      const { cause, sinceMs } = entry.fault;
      entry.fault = null;
      this.#parts.onEvent({ code: "event.recovered", args: { cause, tookMs: this.#since(sinceMs) } }, swarmId);
      return;
    }
    if (outcome.kind === "lost" && outcome.ours) return;
    if (entry.outage !== null) entry.outage.failed++;
    if (outcome.kind !== "lost") return;
    entry.atRisk.add(id);
    entry.fault ??= { cause: "agentDied", sinceMs: this.#parts.clock.monotonicMs() };
  }

  /** A task is over for good. */
  over({ id, swarmId, state }: Pick<TaskRecord, "id" | "swarmId" | "state">): void {
    const entry = this.#entry(swarmId);
    const wasAtRisk = entry.atRisk.delete(id);
    if (state.kind === "done") {
      entry.done++;
      if (wasAtRisk) entry.faultDone++;
    } else if (state.kind === "failed") {
      entry.failed++;
      if (wasAtRisk) entry.faultFailed++;
    }
  }

  /** The state of the swarm's breaker; again and again. One that an operator forced open is no fault. */
  breaker(swarmId: string, kind: BreakerState["kind"], waiting: number): void {
    const entry = this.#entry(swarmId);
    entry.isShut = kind === "open";
    const isOut = kind === "open" || kind === "halfOpen";
    if (isOut && entry.outage === null) {
      const sinceMs = this.#parts.clock.monotonicMs();
      entry.outage = { sinceMs, heldBack: waiting, failed: 0 };
      entry.fault ??= { cause: "breakerOpened", sinceMs };
    } else if (!isOut && entry.outage !== null) {
      const { sinceMs, heldBack, failed } = entry.outage;
      entry.outage = null;
      const args = { heldBack, failed, tookMs: this.#since(sinceMs) };
      this.#parts.onEvent({ code: "event.outage", args }, swarmId);
    }
  }

  keepSwarms(swarmIds: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!swarmIds.has(id)) this.#entries.delete(id);
  }

  #since(monotonicMs: number): number {
    return Math.round(this.#parts.clock.monotonicMs() - monotonicMs);
  }

  #entry(swarmId: string): Entry {
    const known = this.#entries.get(swarmId);
    if (known !== undefined) return known;
    const entry: Entry = {
      ...NOTHING,
      lanes: new Set(),
      fault: null,
      outage: null,
      isShut: false,
      atRisk: new Set(),
    };
    this.#entries.set(swarmId, entry);
    return entry;
  }
}

const NOTHING: TaskCounts = { done: 0, failed: 0, faultDone: 0, faultFailed: 0 };
const NO_LANES: ReadonlySet<Lane> = new Set();
