import type { ImportRun } from "../ports.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";

/** `writing` and `removing` are under way; found at a start they were broken off. */
export type RunState = "writing" | "published" | "removing";

/** The notes of imports, one row each. Callers bring the transaction. */
export class PastRuns {
  readonly #store: StoreConnection;
  readonly #machineId: string;

  constructor(store: StoreConnection, machineId: string) {
    this.#store = store;
    this.#machineId = machineId;
  }

  add(run: ImportRun): void {
    const values = this.#values(run, "writing");
    this.#store.run(
      "INSERT INTO importRun (id, machineId, swarmId, state, toMs, body, crc) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...values,
      rowChecksum(values),
    );
  }

  setState(id: string, state: RunState): void {
    const run = this.get(id);
    if (run === null) return;
    this.#store.run(
      "UPDATE importRun SET state = ?, crc = ? WHERE id = ?",
      state,
      rowChecksum(this.#values(run, state)),
      id,
    );
  }

  drop(id: string): void {
    this.#store.run("DELETE FROM importRun WHERE id = ?", id);
  }

  get(id: string): ImportRun | null {
    const row = this.#store.get("SELECT body FROM importRun WHERE id = ?", id);
    return row === undefined ? null : runOf(row);
  }

  /** Those that are there as a whole, in the order in which they were imported. */
  of(swarmId: string): readonly ImportRun[] {
    return this.#store
      .all(
        "SELECT body FROM importRun WHERE swarmId = ? AND machineId = ? AND state = 'published' ORDER BY seq",
        swarmId,
        this.#machineId,
      )
      .map(runOf);
  }

  unpublished(): readonly string[] {
    return this.#store
      .all("SELECT id FROM importRun WHERE state <> 'published' AND machineId = ? ORDER BY seq DESC", this.#machineId)
      .map((row) => String(row["id"]));
  }

  #values(run: ImportRun, state: RunState) {
    const toMs = run.series.reduce((most, series) => Math.max(most, series.toMs), 0);
    return [run.id, this.#machineId, run.swarmId, state, toMs, JSON.stringify(run)] as const;
  }
}

function runOf(row: Record<string, unknown>): ImportRun {
  return JSON.parse(String(row["body"])) as ImportRun;
}
