import { readlinkSync, statSync } from "node:fs";
import type { ProcessIdentity } from "../protocol/model.ts";

/** A process changes its folder seldom; a new one shows within this time. */
const REFRESH_EVERY_MS = 10_000;
const MAX_DEPTH = 64;

interface Remembered {
  directory: string | null;
  atMs: number;
  usedMs: number;
}

/** Working directory or Git root of agents, remembered per process identity. */
export class WorkingDirectories {
  readonly #procRoot: string;
  readonly #known = new Map<string, Remembered>();

  constructor(procRoot: string) {
    this.#procRoot = procRoot;
  }

  /** @param nowMs monotonic time of the snapshot */
  of({ pid, startTime }: ProcessIdentity, nowMs: number): string | null {
    const key = `${pid}-${startTime}`;
    const before = this.#known.get(key);
    if (before !== undefined && nowMs - before.atMs < REFRESH_EVERY_MS) {
      before.usedMs = nowMs;
      return before.directory;
    }
    const directory = readDirectory(`${this.#procRoot}/${pid}/cwd`);
    this.#known.set(key, { directory, atMs: nowMs, usedMs: nowMs });
    return directory;
  }

  /** Forgets those that nobody has asked for in a while. */
  forgetUnused(nowMs: number): void {
    for (const [key, entry] of this.#known) if (nowMs - entry.usedMs > REFRESH_EVERY_MS) this.#known.delete(key);
  }
}

/**
 * The Git root above a process's folder, else the folder; `null` when it may not be read, or there is no `/proc`.
 * `.git` is looked for *through* the link of the process, so that one in a container is judged by its own file system.
 */
function readDirectory(link: string): string | null {
  let directory: string;
  try {
    directory = readlinkSync(link);
  } catch {
    // Another user's process, gone, or no such system: unknown.
    return null;
  }
  // The kernel marks a folder that was removed below the process.
  directory = directory.replace(/ \(deleted\)$/, "");
  if (!directory.startsWith("/")) return null;
  const parts = directory.split("/").filter((part) => part !== "");
  for (let up = 0; up <= Math.min(parts.length, MAX_DEPTH); up++) {
    // A repository has `.git` as a folder, a worktree or submodule as a file.
    if (exists(`${link}/${"../".repeat(up)}.git`)) return `/${parts.slice(0, parts.length - up).join("/")}`;
  }
  return directory;
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    // Not there, or not for us to see: the next level up may have it.
    return false;
  }
}
