import type { Coded } from "../common/errors.ts";

/** An agent that lived this long after it was ready did its work; its death starts the count anew. */
const HEALTHY_MS = 10_000;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/** Keeps a command that cannot start, or dies at once, from being started in a storm: 1 s, 2 s, 4 s … 60 s. */
export class StartBackoff {
  #failures = 0;
  #block: { readonly reason: Coded; readonly retryAtMonotonicMs: number } | null = null;

  /** It could not be started at all. */
  failed(monotonicMs: number, reason: Coded): void {
    this.#failures++;
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
    const args = { ...reason.args, retryInMs: delay, failures: this.#failures };
    this.#block = { reason: { code: reason.code, args }, retryAtMonotonicMs: monotonicMs + delay };
  }

  /** It ended without being asked to. */
  died(everReady: boolean, lifetimeMs: number, monotonicMs: number, reason: Coded): void {
    if (everReady && lifetimeMs >= HEALTHY_MS) {
      this.#failures = 0;
      this.#block = null;
    } else this.failed(monotonicMs, reason);
  }

  /** One came up: what blocked is over (its count goes only when an agent has lived for a while). */
  ready(): void {
    this.#block = null;
  }

  block() {
    return this.#block;
  }
}
