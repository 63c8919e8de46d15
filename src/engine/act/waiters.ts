import type { Clock } from "../common/clock.ts";
import type { Coded } from "../common/errors.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";

interface Waiter {
  readonly target: number;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly settle: (outcome: ActionOutcome) => void;
}

/** Who waits for a size to be seen. Each settles once: seen, replaced by another target, given up, or at its deadline. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(target: number, deadlineMs: number, signal: AbortSignal, live: () => number): Promise<ActionOutcome> {
    return new Promise((resolve) => {
      const now = this.#clock.monotonicMs();
      const waiter: Waiter = {
        target,
        sinceMs: now,
        deadlineMs: now + deadlineMs,
        settle: (outcome) => {
          this.#waiting.delete(waiter);
          signal.removeEventListener("abort", onAbort);
          resolve(outcome);
        },
      };
      const onAbort = () => waiter.settle(this.#unconfirmed(waiter, live(), { code: "aborted", args: {} }));
      signal.addEventListener("abort", onAbort);
      this.#waiting.add(waiter);
      if (signal.aborted) onAbort();
    });
  }

  confirm(live: number): void {
    for (const waiter of this.#waiting)
      waiter.settle({ kind: "confirmed", live, elapsedMs: this.#since(waiter.sinceMs) });
  }

  /** A later target: who waits for another one waits in vain. */
  supersede(target: number, live: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.target !== target)
        waiter.settle(this.#unconfirmed(waiter, live, { code: "scale.superseded", args: { target } }));
    }
  }

  expire(why: () => { readonly live: number; readonly reason: Coded }): void {
    const now = this.#clock.monotonicMs();
    for (const waiter of this.#waiting) {
      if (now < waiter.deadlineMs) continue;
      const { live, reason } = why();
      waiter.settle(this.#unconfirmed(waiter, live, reason));
    }
  }

  /** The engine ends. */
  end(live: number): void {
    for (const waiter of this.#waiting)
      waiter.settle(this.#unconfirmed(waiter, live, { code: "engine.stopping", args: {} }));
  }

  #unconfirmed({ sinceMs }: Waiter, live: number, reason: Coded): ActionOutcome {
    return { kind: "unconfirmed", live, elapsedMs: this.#since(sinceMs), reason };
  }

  #since(monotonicMs: number): number {
    return Math.round(this.#clock.monotonicMs() - monotonicMs);
  }
}
