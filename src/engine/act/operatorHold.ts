import type { Clock } from "../common/clock.ts";
import type { SwarmJournal } from "../ports.ts";
import { MAX_HOLD_SECONDS } from "../protocol/scaling.ts";

interface Hold {
  /** By the wall clock, as it is kept and shown; `null`: until it is lifted. */
  readonly untilMs: number | null;
  /** The same by the monotonic clock: what ends it. */
  readonly deadlineMs: number;
}

/** An operator's hold of one swarm, for a while or until it is lifted. Durable before it is in force, over restarts. */
export class OperatorHold {
  readonly #swarmId: string;
  readonly #journal: Pick<SwarmJournal, "setHold">;
  readonly #clock: Clock;
  #hold: Hold | null = null;

  constructor(swarmId: string, journal: Pick<SwarmJournal, "holds" | "setHold">, clock: Clock) {
    this.#swarmId = swarmId;
    this.#journal = journal;
    this.#clock = clock;
    const untilMs = journal.holds().get(swarmId);
    if (untilMs === undefined) return;
    // A clock that was set back while nobody ran cannot make it longer than any hold may be.
    const leftMs = untilMs === null ? Number.POSITIVE_INFINITY : Math.min(untilMs - clock.wallMs(), maxMs);
    this.#hold = { untilMs, deadlineMs: clock.monotonicMs() + leftMs };
  }

  get isHeld(): boolean {
    return this.#hold !== null;
  }

  /** Wall clock at its end; `null` without a hold, and for one that only an operator ends. */
  get untilMs(): number | null {
    return this.#hold?.untilMs ?? null;
  }

  /** @param forMs `null`: until it is lifted. @returns whether anything changed. @throws CodedError `store.write` */
  begin(forMs: number | null): boolean {
    if (forMs === null && this.#hold?.untilMs === null) return false;
    const untilMs = forMs === null ? null : Math.round(this.#clock.wallMs() + forMs);
    this.#journal.setHold(this.#swarmId, { untilMs });
    this.#hold = { untilMs, deadlineMs: this.#clock.monotonicMs() + (forMs ?? Number.POSITIVE_INFINITY) };
    return true;
  }

  /** @returns whether there was one. @throws CodedError `store.write` */
  lift(): boolean {
    if (this.#hold === null) return false;
    this.#journal.setHold(this.#swarmId, null);
    this.#hold = null;
    return true;
  }

  /** Ends one whose time is over. @returns whether it did. @throws CodedError `store.write`: it is still in force then */
  expire(): boolean {
    return this.#hold !== null && this.#clock.monotonicMs() >= this.#hold.deadlineMs && this.lift();
  }
}

const maxMs = MAX_HOLD_SECONDS * 1_000;
