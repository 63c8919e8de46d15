import type { BreakerPermit } from "./breakerState.ts";

export type Settlement = "success" | "failure" | "ignore" | "hung";

interface PermitOwner {
  /** Called once a permit. */
  settle(permit: Permit, how: Settlement, durationMs: number): void;
}

/** The right to one call, which counts once: whatever comes after its settlement does nothing. */
export class Permit implements BreakerPermit {
  readonly generation: number;
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly #owner: PermitOwner;
  #settled = false;
  /** The breaker no longer waits for this call. */
  onGivenUp: (() => void) | null = null;

  constructor(owner: PermitOwner, generation: number, startedMs: number, deadlineMs: number) {
    this.#owner = owner;
    this.generation = generation;
    this.startedMs = startedMs;
    this.deadlineMs = deadlineMs;
  }

  success(durationMs: number): void {
    this.#settle("success", durationMs);
  }

  failure(durationMs: number): void {
    this.#settle("failure", durationMs);
  }

  ignore(): void {
    this.#settle("ignore", 0);
  }

  expire(): void {
    this.#settle("hung", this.deadlineMs - this.startedMs);
    this.onGivenUp?.();
  }

  /** Its state is over: what it brings counts no more. */
  abandon(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.onGivenUp?.();
  }

  #settle(how: Settlement, durationMs: number): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.settle(this, how, durationMs);
  }
}
