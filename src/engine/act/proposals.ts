import type { Clock } from "../common/clock.ts";
import type { SwarmView } from "../ports.ts";
import type { Coded, Decision } from "../protocol/model.ts";
import type { DecisionBook } from "./decisionBook.ts";

/** A wish that nobody has agreed to by then is over: what it was about has changed. */
export const PROPOSAL_MS = 15 * 60_000;

interface Proposal {
  readonly decision: Decision;
  /** Monotonic. */
  readonly untilMs: number;
}

/** Sizes that agents have asked for, and that wait for an operator: one a swarm, the newest. */
export class Proposals {
  readonly #book: DecisionBook;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Proposal>();

  constructor(book: DecisionBook, clock: Clock) {
    this.#book = book;
    this.#clock = clock;
  }

  /** The same size again is the same wish. @throws CodedError `store.write` */
  add(
    swarm: SwarmView,
    to: number,
    by: string,
    reason: Coded,
  ): { readonly decision: Decision; readonly untilMs: number } {
    const present = this.#pending.get(swarm.id);
    if (present?.decision.to === to && present.decision.from === swarm.target) return this.#told(present);
    this.withdraw(swarm.id, { code: "decision.replaced", args: { to } });
    const asked = { origin: "agent", by, to, reason, inputs: null, undoOf: null } as const;
    const decision = this.#book.add(swarm, asked, { kind: "recommended" });
    const proposal = { decision, untilMs: this.#clock.monotonicMs() + PROPOSAL_MS };
    this.#pending.set(swarm.id, proposal);
    return this.#told(proposal);
  }

  has(decisionId: string): boolean {
    return [...this.#pending.values()].some(({ decision }) => decision.id === decisionId);
  }

  /** Once a tick. */
  look(swarm: SwarmView): void {
    const present = this.#pending.get(swarm.id);
    if (present === undefined) return;
    if (swarm.mode === "observe") this.withdraw(swarm.id, { code: "decision.noLonger", args: {} });
    else if (swarm.target !== present.decision.from) this.withdraw(swarm.id, { code: "decision.overtaken", args: {} });
    else if (this.#clock.monotonicMs() >= present.untilMs)
      this.withdraw(swarm.id, { code: "decision.unanswered", args: { afterMs: PROPOSAL_MS } });
  }

  withdraw(swarmId: string, reason: Coded): void {
    const present = this.#pending.get(swarmId);
    if (present === undefined) return;
    this.#pending.delete(swarmId);
    this.#book.update({ ...present.decision, state: { kind: "withdrawn", reason, atMs: this.#book.now() } });
  }

  /** It is being carried out. */
  taken(decisionId: string): void {
    for (const [swarmId, { decision }] of this.#pending) if (decision.id === decisionId) this.#pending.delete(swarmId);
  }

  #told({ decision, untilMs }: Proposal) {
    return { decision, untilMs: Math.round(this.#clock.wallMs() + untilMs - this.#clock.monotonicMs()) };
  }
}
