import type { DatabaseSync } from "node:sqlite";
import { rowChecksum } from "./checksum.ts";

/** Tables of rows that are acted upon or shown as words, with the columns that their checksum covers. */
export const CHECKED = {
  swarm: ["id", "machineId", "target", "held"],
  agent: ["spawnId", "machineId", "swarmId", "epoch", "reservedAtMs", "pid", "startTime", "endedAtMs", "how"],
  series: ["id", "machineId", "scope", "key", "metric", "source"],
  event: ["id", "machineId", "swarmId", "wallMs", "body"],
  decision: ["id", "machineId", "swarmId", "wallMs", "state", "body"],
  model: ["swarmId", "kind", "machineId", "version", "trainedAtMs", "fromMs", "toMs", "json"],
  task: ["id", "machineId", "swarmId", "lane", "idempotencyKey", "spec", "input"],
  taskLife: ["id", "state", "endedAtMs", "body"],
  taskOutput: ["id", "body"],
  guard: ["id", "machineId", "body"],
  allocation: ["id", "machineId", "wallMs", "state", "body"],
  profileStacks: ["machineId", "pid", "startTime", "fromMs", "toMs", "body"],
  importRun: ["id", "machineId", "swarmId", "state", "toMs", "body"],
} as const;

/** Rows from before there were checksums get theirs: once, when the column is made. */
export function addChecksums(db: DatabaseSync, tables: readonly (keyof typeof CHECKED)[]): void {
  for (const table of tables) {
    const columns = CHECKED[table];
    const rows = db.prepare(`SELECT rowid AS place, ${columns.join(", ")} FROM ${table}`).all();
    const update = db.prepare(`UPDATE ${table} SET crc = ? WHERE rowid = ?`);
    for (const row of rows) update.run(rowChecksum(columns.map((column) => row[column])), row["place"] as number);
  }
}

/** The first row that is not what was written, as words; `null` when all are. */
export function damagedRow(db: DatabaseSync): string | null {
  for (const [table, columns] of Object.entries(CHECKED)) {
    const rows = db.prepare(`SELECT ${columns.join(", ")}, crc FROM ${table}`).iterate();
    for (const row of rows as Iterable<Record<string, unknown>>) {
      if (rowChecksum(columns.map((column) => row[column])) !== row["crc"]) return `a row of ${table}`;
    }
  }
  return null;
}
