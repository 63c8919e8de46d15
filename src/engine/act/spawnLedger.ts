import { CodedError } from "../common/errors.ts";
import type { JournalEntry, SwarmJournal } from "../ports.ts";

/**
 * Who counts against the cap. An entry counts from before the keeper is asked until its process group was seen gone, so
 * live + pending stays at or below the cap through lost acknowledgements and restarts. Every change is in the journal
 * before it is in memory.
 */
export class SpawnLedger {
  readonly #journal: SwarmJournal;
  readonly #open = new Map<string, string>();

  constructor(journal: SwarmJournal) {
    this.#journal = journal;
    for (const entry of journal.openEntries()) this.#open.set(entry.spawnId, entry.swarmId);
  }

  has(spawnId: string): boolean {
    return this.#open.has(spawnId);
  }

  /** Agents of a swarm that count: live, ending, or asked for and not heard of yet. */
  counted(swarmId: string): number {
    let count = 0;
    for (const owner of this.#open.values()) if (owner === swarmId) count++;
    return count;
  }

  /**
   * Writes down that one more is about to be spawned.
   * @param cap agents that may count at once; anything but an integer ≥ 0 allows none
   * @throws CodedError `spawn.cap`, `store.write`
   */
  reserve(entry: JournalEntry, cap: number): void {
    const counted = this.counted(entry.swarmId);
    if (!Number.isInteger(cap) || counted >= cap) {
      throw new CodedError("spawn.cap", { swarmId: entry.swarmId, cap: Number.isFinite(cap) ? cap : null, counted });
    }
    if (this.#open.has(entry.spawnId)) throw new RangeError(`spawnId ${entry.spawnId} is already in the ledger`);
    this.#journal.reserve(entry);
    this.#open.set(entry.spawnId, entry.swarmId);
  }

  started(spawnId: string, pid: number, startTime: number | null): void {
    if (this.#open.has(spawnId)) this.#journal.started(spawnId, pid, startTime);
  }

  /** Its group was seen gone, or it was never started. */
  release(spawnId: string, endedAtMs: number, how: string): void {
    if (!this.#open.has(spawnId)) return;
    this.#journal.ended(spawnId, endedAtMs, how);
    this.#open.delete(spawnId);
  }
}
