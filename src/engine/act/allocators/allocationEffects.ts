import type { Clock } from "../../common/clock.ts";
import type { PlanRules, SwarmView } from "../../ports.ts";
import type { AllocationEffect, AllocationRecord } from "../../protocol/allocators.ts";
import type { SwarmFigures } from "../../protocol/model.ts";
import type { AllocationBook } from "./allocationBook.ts";

/** An allocation is about how things go in the long run, not about the next task: so many windows of a change of size. */
const WINDOWS = 5;

interface Pending {
  readonly id: string;
  readonly swarmId: string;
  /** Another one, and what is measured is not its effect alone. */
  readonly target: number;
  readonly before: SwarmFigures;
  readonly windowMs: number;
  readonly sinceMs: number;
}

export interface AllocationEffectsParts {
  readonly book: AllocationBook;
  readonly clock: Clock;
  readonly swarms: { list(): readonly Pick<SwarmView, "id" | "timeScale" | "target">[] };
  readonly rules: Pick<PlanRules, "impactMs">;
  readonly measure: (swarmId: string, sinceMs: number) => SwarmFigures;
  /** Whether everything since then is kept: what is told of a while must be of the whole of it. */
  readonly isWhole: (swarmId: string, sinceMs: number) => boolean;
}

/**
 * What an allocation has brought to each swarm that it is about: figures of the same length of time before it was begun and
 * after it was seen. The next allocation ends the window of the one before, whose effect can no longer be told apart.
 */
export class AllocationEffects {
  readonly #parts: AllocationEffectsParts;
  #pending: readonly Pending[] = [];

  constructor(parts: AllocationEffectsParts) {
    this.#parts = parts;
  }

  /** One is about to begin. @returns the figures before it, by swarm */
  before(): ReadonlyMap<string, SwarmFigures> {
    const { clock, swarms, measure, isWhole } = this.#parts;
    const nowMs = clock.monotonicMs();
    return new Map(
      swarms.list().flatMap(({ id, timeScale }) => {
        const sinceMs = nowMs - this.#windowMs(timeScale);
        return isWhole(id, sinceMs) ? [[id, measure(id, sinceMs)] as const] : [];
      }),
    );
  }

  /** Everything of it was seen. */
  seen({ id, steps }: AllocationRecord, before: ReadonlyMap<string, SwarmFigures>): void {
    const sinceMs = this.#parts.clock.monotonicMs();
    // Lanes are shared by all swarms.
    const isOfAll = steps.some(({ limits }) => limits.resource === "network");
    const named = new Set(steps.flatMap(({ limits }) => (limits.resource === "network" ? [] : [limits.swarmId])));
    this.#pending = this.#parts.swarms.list().flatMap(({ id: swarmId, timeScale, target }) => {
      const was = before.get(swarmId);
      if (was === undefined || !(isOfAll || named.has(swarmId))) return [];
      return [{ id, swarmId, target, before: was, windowMs: this.#windowMs(timeScale), sinceMs }];
    });
  }

  /** Something else is about to be set. */
  end(): void {
    this.#pending = [];
  }

  /** Once a tick. */
  look(): void {
    const { clock, book, measure, swarms, isWhole } = this.#parts;
    const now = clock.monotonicMs();
    const due = this.#pending.filter(({ sinceMs, windowMs }) => now - sinceMs >= windowMs);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((one) => !due.includes(one));
    for (const { id, swarmId, target, before, windowMs, sinceMs } of due) {
      const record = book.get(id);
      if (record === null || !isWhole(swarmId, sinceMs)) continue;
      if (swarms.list().find((swarm) => swarm.id === swarmId)?.target !== target) continue;
      const after = measure(swarmId, sinceMs);
      // A swarm of which nothing happened, before or after, has no effect to tell.
      if (before.begun + before.runs + after.begun + after.runs === 0) continue;
      const effect: AllocationEffect = { swarmId, impact: { windowMs, before, after } };
      book.update({ ...record, effects: [...(record.effects ?? []), effect] });
    }
  }

  #windowMs(timeScale: number): number {
    return WINDOWS * this.#parts.rules.impactMs(timeScale);
  }
}
