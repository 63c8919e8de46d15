import { CodedError } from "../common/errors.ts";
import type { KeeperPort } from "../ports.ts";

/** Settled processes of which the keeper still holds the entry: told again at each look until it lets go of them. */
export class Forgetting {
  readonly #keeper: KeeperPort;
  readonly #signal: AbortSignal;
  readonly #open = new Set<string>();

  constructor(keeper: KeeperPort, signal: AbortSignal) {
    this.#keeper = keeper;
    this.#signal = signal;
  }

  forget(spawnId: string): void {
    this.#open.add(spawnId);
    this.#keeper.forget(spawnId, this.#signal).then(
      () => this.#open.delete(spawnId),
      (error: unknown) => {
        if (error instanceof CodedError && error.code === "keeper.not-found") this.#open.delete(spawnId);
      },
    );
  }

  look(): void {
    for (const spawnId of this.#open) this.forget(spawnId);
  }
}
