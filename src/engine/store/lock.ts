import { setTimeout as delay } from "node:timers/promises";
import { CodedError } from "../common/errors.ts";
import type { Paths } from "../common/paths.ts";
import { type ExclusiveLock, takeExclusiveLock } from "../common/exclusiveLock.ts";

const TRIES = 20;
const PAUSE_MS = 100;

/** The engine's mutex. Whoever holds it is the one actor of this user and machine, and its epoch is the proof. */
export interface EngineLock extends ExclusiveLock {
  /** Higher than that of every holder before. Goes on every action, so that a stale engine is refused. */
  readonly epoch: number;
}

/**
 * Takes `lock.db` for the life of the process and raises its epoch by one, in one transaction.
 * @param floor an epoch the new one must exceed: what the keeper last saw, in case the file was lost
 * @throws CodedError `lock.held`, `lock.unusable`
 */
export function takeLock(paths: Pick<Paths, "lock">, floor = 0): EngineLock {
  if (!Number.isSafeInteger(floor) || floor < 0) throw new RangeError(`floor must be an integer ≥ 0, got ${floor}`);
  const { lock, result } = takeExclusiveLock(paths.lock, (database) => {
    database.exec(
      "CREATE TABLE IF NOT EXISTS epoch (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER NOT NULL) STRICT",
    );
    const row = database
      .prepare(
        `INSERT INTO epoch VALUES (1, ?1 + 1)
         ON CONFLICT (only) DO UPDATE SET value = max(value, ?1) + 1 RETURNING value`,
      )
      .get(floor);
    return Number(row?.["value"]);
  });
  return { epoch: result, intact: lock.intact, release: lock.release };
}

/** After the death of a keeper its engine may need a moment to follow; then the lock is free. */
export async function takeLockSoon(paths: Pick<Paths, "lock">): Promise<EngineLock> {
  for (let tries = 0; ; tries++) {
    try {
      return takeLock(paths);
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "lock.held" || tries >= TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}
