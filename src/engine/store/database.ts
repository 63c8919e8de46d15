import { copyFileSync, existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CodedError, type Coded, messageOf } from "../common/errors.ts";
import { failureKind } from "./connection.ts";
import { damagedRow } from "./integrity.ts";
import { losesCommits } from "./walCheck.ts";
import { migrate } from "./schema.ts";

export interface OpenedDatabase {
  readonly db: DatabaseSync;
  /** `rebuilt`: the file was damaged and a new one begun. */
  readonly check: "ok" | "rebuilt";
  readonly notices: readonly Coded[];
}

/**
 * Opens `swarm.db` for this process alone (EXCLUSIVE + WAL) with `synchronous=FULL`: a write that returned is on disk.
 * A log with damage in its middle is copied aside and said. A damaged file is moved aside, never deleted, and a new one begun; the notice says where it went.
 * @param use tries what the content is needed for: damage that shows only then counts as well
 * @throws CodedError `store.newer` (written by a newer version), `store.unusable`
 */
export function openDatabase(path: string, nowMs: number, use: (db: DatabaseSync) => void = () => {}): OpenedDatabase {
  const existed = existsSync(path);
  const notices: Coded[] = [];
  if (losesCommits(`${path}-wal`)) {
    const aside = `${path}-wal.damaged-${nowMs}`;
    copyFileSync(`${path}-wal`, aside);
    notices.push({ code: "store.walDamaged", args: { path: aside } });
  }
  try {
    const db = openFile(path);
    use(db);
    return { db, check: "ok", notices };
  } catch (error) {
    if (error instanceof CodedError || !existed || !isDamage(error)) {
      throw error instanceof CodedError
        ? error
        : new CodedError("store.unusable", { path, reason: messageOf(error) }, { cause: error });
    }
    const aside = `${path}.damaged-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    return {
      db: openFile(path),
      check: "rebuilt",
      notices: [...notices, { code: "store.quarantined", args: { path: aside, reason: messageOf(error) } }],
    };
  }
}

/** The schema's own text is part of the file as well: a flipped letter of a name makes a column that nobody knows. */
function isDamage(error: unknown): boolean {
  return failureKind(error) === "damaged" || /no such (?:column|table)|has no column named/.test(messageOf(error));
}

/** @throws what SQLite throws; an Error that says `malformed` when the content is damaged */
export function openFile(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // auto_vacuum has an effect on a new file only: what is deleted later can then be given back to the disk.
    db.exec(
      `PRAGMA auto_vacuum=INCREMENTAL; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
       PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=4194304;`,
    );
    // `quick_check` and the indexes as well: the tables that grow large have none, so it costs hardly more.
    const check = db.prepare("PRAGMA integrity_check(1)").get() as { integrity_check: string };
    if (check.integrity_check !== "ok") throw new Error(`database disk image is malformed: ${check.integrity_check}`);
    migrate(db, path);
    const damaged = damagedRow(db);
    if (damaged !== null) throw new Error(`database disk image is malformed: ${damaged}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
