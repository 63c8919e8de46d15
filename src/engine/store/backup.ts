import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../common/clock.ts";
import { CodedError, messageOf } from "../common/errors.ts";
import type { BackupPort } from "../ports.ts";
import type { StoreConnection } from "./connection.ts";

/** Backups by `VACUUM INTO`: consistent, compact, and made by SQLite itself, as nothing else may open the file. */
export function createBackups(store: StoreConnection, folder: string, clock: Clock): BackupPort {
  return {
    backup: (asked) => {
      const path = asked ?? join(folder, `swarm-${fileTime(clock.wallMs())}.db`);
      if (existsSync(path)) throw new CodedError("backup.exists", { path });
      const began = clock.monotonicMs();
      try {
        if (asked === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
        else if (!existsSync(dirname(path))) throw new Error(`the folder ${dirname(path)} does not exist`);
        copyInto(store, path);
        return { path, bytes: statSync(path).size, elapsedMs: Math.round(clock.monotonicMs() - began) };
      } catch (error) {
        throw new CodedError("backup.failed", { path, reason: messageOf(error) }, { cause: error });
      }
    },
  };
}

/** Readable by its owner alone from its first byte on. */
export function copyInto(store: StoreConnection, path: string): void {
  const before = process.umask(0o077);
  try {
    store.run("VACUUM INTO ?", path);
  } finally {
    process.umask(before);
  }
}

/** 2026-11-24T03-41-07Z: sorts by time, and is a file name everywhere. */
function fileTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
}
