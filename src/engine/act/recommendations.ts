import type { ScalerVerdict, SwarmView } from "../ports.ts";
import type { Coded, Decision } from "../protocol/model.ts";
import type { DecisionBook } from "./decisionBook.ts";

/** Looks in a row that must ask for something else before a recommendation goes: it must not flicker under the pointer. */
const PATIENCE = 3;

/** The one recommendation that a swarm may have waiting. */
export class Recommendations {
  readonly #book: DecisionBook;
  #pending: Decision | null = null;
  #others = 0;
  #dismissed: { readonly from: number; readonly to: number; readonly untilMs: number } | null = null;

  constructor(book: DecisionBook) {
    this.#book = book;
  }

  get pendingId(): string | null {
    return this.#pending?.id ?? null;
  }

  look(swarm: SwarmView, { to, reason, inputs }: ScalerVerdict, stamp: { readonly monotonicMs: number }): void {
    const asked = to === swarm.target ? null : to;
    if (this.#pending !== null) {
      if (this.#pending.to === asked) {
        this.#others = 0;
        return;
      }
      if (++this.#others < PATIENCE) return;
      const code = asked === null ? "decision.noLonger" : "decision.replaced";
      this.withdraw({ code, args: asked === null ? {} : { to: asked } });
    }
    if (asked === null || this.#wasDismissed(swarm.target, asked, stamp.monotonicMs)) return;
    try {
      const decision = { origin: "scaler", by: null, to: asked, reason, inputs, undoOf: null } as const;
      this.#pending = this.#book.add(swarm, decision, { kind: "recommended" });
      this.#others = 0;
    } catch {
      // Not written, so not made; the store says what is wrong with it, and the next look tries again.
    }
  }

  withdraw(reason: Coded): void {
    if (this.#pending === null) return;
    this.#book.update({ ...this.#pending, state: { kind: "withdrawn", reason, atMs: this.#book.now() } });
    this.taken();
  }

  /** It is being carried out. */
  taken(): void {
    this.#pending = null;
    this.#others = 0;
    this.#dismissed = null;
  }

  /** The same advice does not come again before then, unless it has become stronger. */
  dismiss(by: string, untilMs: number): void {
    const pending = this.#pending;
    this.withdraw({ code: "decision.dismissed", args: { by } });
    if (pending !== null) this.#dismissed = { from: pending.from, to: pending.to, untilMs };
  }

  #wasDismissed(from: number, to: number, nowMs: number): boolean {
    const last = this.#dismissed;
    if (last === null || nowMs >= last.untilMs || last.from !== from) return false;
    return to > from ? last.to > from && to <= last.to : last.to < from && to >= last.to;
  }
}
