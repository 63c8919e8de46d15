import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CodedError, messageOf } from "./errors.ts";

/**
 * A mutex between processes: an SQLite file locked exclusively by one open connection. The kernel frees it when the
 * holder dies, however it dies, and keeps it while the holder is stopped. Nothing but SQLite may ever open the file: a
 * second open and close of it by the holder would drop its POSIX lock.
 */
export interface ExclusiveLock {
  /** False when the file was deleted or replaced under us, so that somebody else can hold "the lock" as well. */
  intact(): boolean;
  /** Frees the lock. May be called twice. */
  release(): void;
}

/** How long the loser of a tie waits: long enough for the other to finish one commit to a slow disk. */
const DEFAULT_WAIT_MS = 250;

/** Keeps the open connections reachable: a collected one would be closed, and the lock gone, behind its holder's back. */
const held = new Set<DatabaseSync>();

/** Primary result codes of SQLite; `errcode` carries the extended code in its higher bytes. */
const SQLITE_BUSY = 5;

/**
 * Takes the lock and runs `whileTaking` in the very transaction that takes it; what it writes is on disk before this
 * returns, and nobody can take the lock between that commit and the release.
 *
 * 1. `BEGIN EXCLUSIVE` in the normal locking mode. Here a loser lets go of its shared lock while it waits; in the
 *    exclusive mode it would keep it, and two that start at once would both time out.
 * 2. `locking_mode=EXCLUSIVE` inside that transaction: from here on the commit keeps the file lock.
 * 3. Commit with `synchronous=EXTRA`, which also flushes the folder entry of the journal that was removed.
 *
 * @throws CodedError `lock.held` when another process has it, `lock.unusable` when the file can be neither opened nor
 *   understood (delete it while nothing runs)
 */
export function takeExclusiveLock<T>(
  path: string,
  whileTaking: (database: DatabaseSync) => T,
  waitMs = DEFAULT_WAIT_MS,
): { lock: ExclusiveLock; result: T } {
  if (!Number.isInteger(waitMs) || waitMs < 0) throw new RangeError(`waitMs must be an integer ≥ 0, got ${waitMs}`);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: waitMs });
    database.exec("PRAGMA synchronous=EXTRA; PRAGMA cache_size=-64; BEGIN EXCLUSIVE; PRAGMA locking_mode=EXCLUSIVE");
    const result = whileTaking(database);
    database.exec("COMMIT");
    return { lock: holdOpen(database, path), result };
  } catch (error) {
    database?.close();
    const errcode = (error as { errcode?: unknown }).errcode;
    if (typeof errcode === "number" && (errcode & 0xff) === SQLITE_BUSY) {
      throw new CodedError("lock.held", { path }, { cause: error });
    }
    throw new CodedError("lock.unusable", { path, reason: messageOf(error) }, { cause: error });
  }
}

function holdOpen(database: DatabaseSync, path: string): ExclusiveLock {
  // `stat` does not open the file, so it cannot drop the lock.
  const inode = statSync(path, { bigint: true }).ino;
  held.add(database);
  return {
    intact: () => held.has(database) && statSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode,
    release: () => {
      if (held.delete(database)) database.close();
    },
  };
}
