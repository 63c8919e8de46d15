import type { Clock } from "../common/clock.ts";
import type { SwarmFigures } from "../protocol/model.ts";
import type { DecisionBook } from "./decisionBook.ts";

interface Pending {
  readonly decisionId: string;
  readonly before: SwarmFigures;
  readonly windowMs: number;
  readonly sinceMs: number;
}

/**
 * What a change has brought: figures of the same length of time before it was begun and after it was seen, written to its
 * decision. One a swarm: the next change ends the window of the one before, whose effect can no longer be told apart.
 */
export class Impacts {
  readonly #book: DecisionBook;
  readonly #clock: Clock;
  readonly #measure: (swarmId: string, sinceMs: number) => SwarmFigures;
  readonly #pending = new Map<string, Pending>();

  constructor(book: DecisionBook, clock: Clock, measure: (swarmId: string, sinceMs: number) => SwarmFigures) {
    this.#book = book;
    this.#clock = clock;
    this.#measure = measure;
  }

  /** A change begins. @returns the figures before it */
  begin(swarmId: string, windowMs: number): SwarmFigures {
    this.#pending.delete(swarmId);
    return this.#measure(swarmId, this.#clock.monotonicMs() - windowMs);
  }

  /** It was seen. */
  seen(swarmId: string, decisionId: string, before: SwarmFigures, windowMs: number): void {
    this.#pending.set(swarmId, { decisionId, before, windowMs, sinceMs: this.#clock.monotonicMs() });
  }

  /** Once a tick. */
  look(): void {
    const now = this.#clock.monotonicMs();
    for (const [swarmId, { decisionId, before, windowMs, sinceMs }] of this.#pending) {
      if (now - sinceMs < windowMs) continue;
      this.#pending.delete(swarmId);
      const decision = this.#book.get(decisionId);
      if (decision === null) continue;
      this.#book.update({ ...decision, impact: { windowMs, before, after: this.#measure(swarmId, sinceMs) } });
    }
  }
}
