import type { Clock } from "../common/clock.ts";
import type { DecisionLedger, SwarmView } from "../ports.ts";
import type { Decision } from "../protocol/model.ts";

export type NewDecision = Pick<Decision, "origin" | "by" | "to" | "reason" | "inputs" | "undoOf"> &
  Partial<Pick<Decision, "notes" | "plan">>;

/**
 * Writes decisions. A beginning that cannot be written is an error, so that nothing is done which nobody could explain. An
 * end that cannot be written is kept here and tried again: it has happened, whatever the disk says.
 */
export class DecisionBook {
  readonly #ledger: DecisionLedger;
  readonly #clock: Clock;
  readonly #newId: (wallMs: number) => string;
  readonly #onChange: () => void;
  readonly #unsaved = new Map<string, Decision>();

  constructor(ledger: DecisionLedger, clock: Clock, newId: (wallMs: number) => string, onChange: () => void) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#newId = newId;
    this.#onChange = onChange;
  }

  /** @throws CodedError `store.write` */
  add(
    swarm: Pick<SwarmView, "id" | "label" | "mode" | "target">,
    { to, ...rest }: NewDecision,
    state: Decision["state"],
  ): Decision {
    const wallMs = this.#clock.wallMs();
    const decision: Decision = {
      id: this.#newId(wallMs),
      swarmId: swarm.id,
      swarmLabel: swarm.label,
      wallMs,
      mode: swarm.mode,
      from: swarm.target,
      to,
      ...rest,
      state,
      undoneBy: null,
    };
    this.#ledger.add(decision);
    this.#onChange();
    return decision;
  }

  update(decision: Decision): Decision {
    try {
      this.#ledger.update(decision);
      this.#unsaved.delete(decision.id);
    } catch {
      this.#unsaved.set(decision.id, decision);
    }
    this.#onChange();
    return decision;
  }

  get(id: string): Decision | null {
    return this.#unsaved.get(id) ?? this.#ledger.get(id);
  }

  /** As it is now, written or not. */
  newest(decision: Decision): Decision {
    return this.#unsaved.get(decision.id) ?? this.#ledger.get(decision.id) ?? decision;
  }

  /** Ends that could not be written. */
  retry(): void {
    for (const decision of this.#unsaved.values()) this.update(decision);
  }

  now(): number {
    return this.#clock.wallMs();
  }
}
