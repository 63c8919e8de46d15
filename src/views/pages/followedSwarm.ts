import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { managedOf } from "./swarms.ts";

/** What a page knows of the swarm it shows. */
export interface OfSwarm {
  readonly swarmId: string;
  readonly label: string;
  /** Ends what is under way for it; `null` when nothing is. */
  given: AbortController | null;
}

/**
 * The swarm that a page shows: the one that was chosen, else the first there is. What is known of it ends with it. In the place
 * of a swarm that has gone no other one is shown: it has other figures.
 */
export class FollowedSwarm<T extends OfSwarm> {
  readonly #overview: () => Overview | null;
  readonly #begin: (row: ManagedSwarmRow, label: string) => T;
  #chosen: string | null = null;
  #shown: T | null = null;
  #gone: string | null = null;

  /** @param begin what is known of a swarm that is shown from now on */
  constructor(overview: () => Overview | null, begin: (row: ManagedSwarmRow, label: string) => T) {
    this.#overview = overview;
    this.#begin = begin;
  }

  get shown(): T | null {
    return this.#shown;
  }

  /** The name of the one that was chosen and is not there. */
  get gone(): string | null {
    return this.#gone;
  }

  get row(): ManagedSwarmRow | null {
    return this.#shown === null ? null : this.#find(this.#shown.swarmId);
  }

  choose(swarmId: string): void {
    this.#chosen = swarmId;
    this.#gone = null;
  }

  /** @returns false as long as nothing is known of any swarm */
  follow(): boolean {
    const overview = this.#overview();
    if (overview === null) return false;
    this.#chosen ??= managedOf(overview)[0]?.id ?? null;
    if (this.#chosen === null) return false;
    const row = this.#find(this.#chosen);
    if (row !== null) {
      this.#gone = null;
      if (this.#shown?.swarmId !== row.id) this.#turnTo(row);
      return true;
    }
    this.#gone ??= this.#shown?.swarmId === this.#chosen ? this.#shown.label : this.#chosen;
    this.end();
    this.#shown = null;
    return true;
  }

  /** Begins anew with the swarm that is shown. */
  renew(): void {
    if (this.row !== null) this.#turnTo(this.row);
  }

  /** Gives up what is under way. */
  end(): void {
    this.#shown?.given?.abort();
  }

  #turnTo(row: ManagedSwarmRow): void {
    this.end();
    this.#shown = this.#begin(row, swarmLabel(row));
  }

  #find(swarmId: string): ManagedSwarmRow | null {
    return managedOf(this.#overview()).find(({ id }) => id === swarmId) ?? null;
  }
}
