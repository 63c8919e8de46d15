import { type Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { isErrno } from "../../common/errors.ts";

export interface DiskUseBounds {
  readonly mostEntries: number;
  readonly mostMs: number;
}

/** Used on disk below folders. `complete: false`: it is at least this; a bound was reached or something could not be read. */
export interface DiskUse {
  readonly bytes: number;
  readonly entries: number;
  readonly complete: boolean;
}

/** `st_blocks` counts in these, whatever the file system's own blocks are (stat(2)). */
const BLOCK_BYTES = 512;

/**
 * What folders take on disk, as `du` counts it: blocks, not lengths; a file with several names once; symbolic links not
 * followed; other file systems left out. A folder inside another of them counts once. Reads names and sizes only.
 * @throws RangeError for bounds that are no counts; the abort reason
 */
export async function diskUse(
  folders: readonly string[],
  bounds: DiskUseBounds,
  clock: Clock,
  signal: AbortSignal,
): Promise<DiskUse> {
  for (const [name, value] of Object.entries(bounds))
    if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} must be > 0, got ${value}`);
  const endMs = clock.monotonicMs() + bounds.mostMs;
  const seen = new Set<string>();
  let bytes = 0;
  let entries = 0;
  let complete = true;

  /** The device of what was counted; `null` when it is gone, not readable or counted already. */
  const count = async (path: string): Promise<{ readonly device: number; readonly isFolder: boolean } | null> => {
    try {
      const stats = await lstat(path);
      const { dev, ino, blocks, nlink, size } = stats;
      entries++;
      const key = `${dev} ${ino}`;
      if (seen.has(key)) return null;
      const isFolder = stats.isDirectory();
      // Files with one name cannot come twice; a set of millions of them would be the largest thing here.
      if (isFolder || nlink > 1) seen.add(key);
      bytes += blocks === undefined ? size : blocks * BLOCK_BYTES;
      return { device: dev, isFolder };
    } catch (error) {
      // Removed meanwhile counts for nothing; what may not be read is missing from the sum.
      if (!isErrno(error, "ENOENT")) complete = false;
      return null;
    }
  };

  for (const top of folders) {
    const first = await count(top);
    const open = first?.isFolder === true ? [top] : [];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      for await (const entry of listed(folder, () => (complete = false))) {
        signal.throwIfAborted();
        if (entries >= bounds.mostEntries || clock.monotonicMs() >= endMs) return { bytes, entries, complete: false };
        const path = join(folder, entry.name);
        const counted = await count(path);
        if (counted?.isFolder === true && counted.device === first?.device) open.push(path);
      }
    }
  }
  signal.throwIfAborted();
  return { bytes, entries, complete };
}

/** Names in a folder, a few at a time; none when it may not be read. */
async function* listed(folder: string, onUnreadable: () => void): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "EACCES", "EPERM", "ENOTDIR", "EIO")) throw error;
    if (!isErrno(error, "ENOENT")) onUnreadable();
  }
}
