import type { SQLInputValue } from "node:sqlite";
import { unsealed } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import type { Damage } from "./damage.ts";
import { place } from "./packing.ts";

/** Rows looked at in one step: about a millisecond. */
const ROWS_A_STEP = 200;

interface Table {
  readonly name: string;
  readonly keys: readonly string[];
  readonly payload: string;
  readonly place: (...keys: number[]) => string;
}

const TABLES: readonly Table[] = [
  { name: "minute", keys: ["minuteMs", "part"], payload: "times", place: place.minute },
  { name: "block", keys: ["minuteMs", "seriesId", "part"], payload: "data", place: place.block },
  { name: "minuteRollup", keys: ["hourMs", "seriesId"], payload: "data", place: place.minuteRollup },
  { name: "hourRollup", keys: ["dayMs", "seriesId"], payload: "data", place: place.hourRollup },
];

/**
 * Reads every row of history once after the start, some at a time. A flipped bit in a key hides a row from every query,
 * and SQLite's check sees nothing wrong with it: without this its gap would be nobody's.
 */
export class Scrub {
  readonly #store: StoreConnection;
  readonly #damage: Damage;
  #table = 0;
  #after: readonly number[] | null = null;

  constructor(store: StoreConnection, damage: Damage) {
    this.#store = store;
    this.#damage = damage;
  }

  /** `false` when all has been read. @throws what SQLite throws */
  step(): boolean {
    const table = TABLES[this.#table];
    if (table === undefined) return false;
    const { name, keys, payload } = table;
    const list = keys.join(", ");
    const after = this.#after;
    const where = after === null ? "" : `WHERE (${list}) > (${keys.map(() => "?").join(", ")})`;
    const values: readonly SQLInputValue[] = [...(after ?? []), ROWS_A_STEP];
    const rows = this.#store.all(
      `SELECT ${list}, ${payload} FROM ${name} ${where} ORDER BY ${list} LIMIT ?`,
      ...values,
    );
    for (const row of rows) {
      const at = keys.map((key) => row[key] as number);
      const where = table.place(...at);
      if (unsealed(row[payload] as Uint8Array, where) === null) this.#damage.add(where);
      this.#after = at;
    }
    if (rows.length < ROWS_A_STEP) {
      this.#table++;
      this.#after = null;
    }
    return true;
  }
}
