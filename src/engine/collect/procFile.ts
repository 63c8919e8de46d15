import { closeSync, openSync, readFileSync, readSync, statfsSync } from "node:fs";

/** Type number that statfs(2) gives for procfs. */
const PROC_MAGIC = 0x9fa0;

/** A real procfs keeps its meaning behind an open descriptor; a folder of recorded files does not. */
export function isRealProc(root: string): boolean {
  try {
    return statfsSync(root).type === PROC_MAGIC;
  } catch {
    // No such folder: the reads that follow say so themselves, as unknown figures.
    return false;
  }
}

/** The text of a small file; `null` when it is missing or may not be read, which every caller takes as "unknown". */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Absent feature, no permission, gone: all the same to the caller.
    return null;
  }
}

const INITIAL_BYTES = 16_384;
const MAX_BYTES = 8 << 20;

/**
 * A file of the proc file system that is read once a tick. The descriptor stays open (each read at position 0 makes the
 * kernel write the text anew), which saves the path look-up and the close.
 */
export class HeldFile {
  readonly #path: string;
  readonly #hold: boolean;
  #fd = -1;
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);

  constructor(path: string, hold: boolean) {
    this.#path = path;
    this.#hold = hold;
  }

  /** The present text; `null` when the file cannot be read. */
  read(): string | null {
    try {
      if (this.#fd < 0) this.#fd = openSync(this.#path, "r");
      for (;;) {
        let length = 0;
        for (;;) {
          const got = readSync(this.#fd, this.#buffer, length, this.#buffer.length - length, length);
          length += got;
          if (got === 0 || length === this.#buffer.length) break;
        }
        if (length < this.#buffer.length || length >= MAX_BYTES) return this.#buffer.toString("latin1", 0, length);
        // Full: the file may go on. Begin again with twice the room, so that the text is of one moment.
        this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2);
      }
    } catch {
      // Absent on this kernel, switched off (EOPNOTSUPP), or not for us: unknown. Opened anew at the next tick.
      this.dispose();
      return null;
    } finally {
      if (!this.#hold) this.dispose();
    }
  }

  dispose(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
