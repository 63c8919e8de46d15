import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { KeeperStatus } from "../protocol/files.ts";

/** Owner-only and renamed into place, so that a reader sees the old one or the new one. @throws ErrnoException */
export function writeStatus(path: string, status: KeeperStatus): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(status), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
