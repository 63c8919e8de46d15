import type { AttentionPort } from "../ports.ts";

/** Without an operator for this long every swarm is on hold: supervised, no growth. */
const HOLD_AFTER_MS = 60_000;
/** An engine that manages nothing and has no client ends after this long. */
const EXIT_AFTER_MS = 30_000;

/** Who is there, and what follows from nobody being there. Fed once a tick; durations are monotonic. */
export class Attention implements AttentionPort {
  #operatorSeenMs: number;
  #neededSeenMs: number;

  constructor(monotonicMs: number) {
    this.#operatorSeenMs = monotonicMs;
    this.#neededSeenMs = monotonicMs;
  }

  look(view: Parameters<AttentionPort["look"]>[0], monotonicMs: number): ReturnType<AttentionPort["look"]> {
    if (view.operators > 0) this.#operatorSeenMs = monotonicMs;
    if (view.clients > 0 || view.managesSomething) this.#neededSeenMs = monotonicMs;
    const alone = monotonicMs - this.#operatorSeenMs;
    return {
      hold:
        !view.keepRunning && alone >= HOLD_AFTER_MS
          ? { code: "hold.noOperator", args: { seconds: HOLD_AFTER_MS / 1000 } }
          : null,
      exit: monotonicMs - this.#neededSeenMs >= EXIT_AFTER_MS,
    };
  }
}
