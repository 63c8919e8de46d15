import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CodedError, type Coded, messageOf } from "../common/errors.ts";

/** Steps from one version of the schema to the next; `user_version` counts them. A step that shipped is never edited. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE swarm (id TEXT PRIMARY KEY, machineId TEXT NOT NULL, target INTEGER NOT NULL) STRICT;
   CREATE TABLE agent (
     spawnId TEXT PRIMARY KEY, machineId TEXT NOT NULL, swarmId TEXT NOT NULL, epoch INTEGER NOT NULL,
     reservedAtMs INTEGER NOT NULL, pid INTEGER, startTime INTEGER, endedAtMs INTEGER, how TEXT
   ) STRICT;
   CREATE INDEX agentOpen ON agent (swarmId) WHERE endedAtMs IS NULL;`,
  `ALTER TABLE swarm ADD COLUMN held INTEGER NOT NULL DEFAULT 0;`,
];

export interface OpenedDatabase {
  readonly db: DatabaseSync;
  readonly notices: readonly Coded[];
}

/**
 * Opens `swarm.db` for this process alone (EXCLUSIVE + WAL) with `synchronous=FULL`: a write that returned is on disk.
 * A damaged file is moved aside, never deleted, and a new one begun; the notice says where it went.
 * @throws CodedError `store.newer` (written by a newer version), `store.unusable`
 */
export function openDatabase(path: string, nowMs: number): OpenedDatabase {
  const existed = existsSync(path);
  try {
    return { db: open(path), notices: [] };
  } catch (error) {
    if (error instanceof CodedError || !existed || !isDamage(error)) {
      throw error instanceof CodedError
        ? error
        : new CodedError("store.unusable", { path, reason: messageOf(error) }, { cause: error });
    }
    const aside = `${path}.damaged-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    return {
      db: open(path),
      notices: [{ code: "store.quarantined", args: { path: aside, reason: messageOf(error) } }],
    };
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
    const check = db.prepare("PRAGMA quick_check").get() as { quick_check: string };
    if (check.quick_check !== "ok") throw new Error(`database disk image is malformed: ${check.quick_check}`);
    migrate(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length) throw new CodedError("store.newer", { path, version, known: MIGRATIONS.length });
  for (let step = version; step < MIGRATIONS.length; step++) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]} PRAGMA user_version=${step + 1}; COMMIT;`);
  }
}

/** SQLITE_CORRUPT is 11, SQLITE_NOTADB 26. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code === 11 || code === 26 || /malformed|not a database/.test(messageOf(error));
}
