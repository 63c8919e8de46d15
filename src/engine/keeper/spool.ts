import { close, constants, open, read, rm, write } from "node:fs";

/** Writes at a position of an open file and tells how many bytes it took; replaced in tests by a disk that is full. */
export type WriteAt = (fd: number, data: Buffer, position: number) => Promise<number>;

/**
 * The last `capacity` bytes of an endless stream, in a file used as a ring: the byte at absolute offset `n` lies at
 * `n % capacity`. Offsets never restart. What was overwritten, or could not be written, is known as a gap; a reader sees
 * it as a later offset than it asked for.
 */
export class Spool {
  readonly #path: string;
  readonly #capacity: number;
  readonly #writeAt: WriteAt;
  #fd: number | null = null;
  /** Reads and writes that use the descriptor now: closing it under them could hit a file that got its number. */
  #users = 0;
  #removed = false;
  #first = 0;
  #end = 0;
  /** The last range that the disk refused. One is remembered: a second one widens it, which loses no truth, only bytes. */
  #gap: { from: number; to: number } | null = null;
  #lost = 0;

  constructor(path: string, capacity: number, writeAt: WriteAt = writeFileAt) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError(`capacity must be an integer ≥ 1, got ${capacity}`);
    this.#path = path;
    this.#capacity = capacity;
    this.#writeAt = writeAt;
  }

  /** The oldest byte that can be read, and one past the newest. */
  get range(): { readonly firstOffset: number; readonly endOffset: number } {
    return { firstOffset: this.#first, endOffset: this.#end };
  }

  /** Bytes the disk refused (full, or gone). */
  get lostBytes(): number {
    return this.#lost;
  }

  /** Appends. One at a time: the caller pauses its source meanwhile, which is what bounds the memory. Never rejects. */
  async append(chunk: Buffer): Promise<void> {
    // More than the ring holds: the front would be overwritten in the same call.
    const skipped = Math.max(0, chunk.length - this.#capacity);
    const data = chunk.subarray(skipped);
    const from = this.#end + skipped;
    const to = from + data.length;
    // Raised before the write, so that a read running meanwhile never returns bytes that are being overwritten.
    this.#first = Math.max(this.#first, to - this.#capacity);
    if (this.#gap !== null && this.#first >= this.#gap.to) this.#gap = null;
    let done = 0;
    this.#users++;
    try {
      this.#fd ??= await this.#open();
      while (done < data.length) {
        const position = (from + done) % this.#capacity;
        const room = Math.min(data.length - done, this.#capacity - position);
        const written = await this.#writeAt(this.#fd, data.subarray(done, done + room), position);
        if (written === 0) break;
        done += written;
      }
    } catch {
      // Disk full or folder gone. The bytes are counted below, and the agent must not be stopped by it.
    }
    if (done < data.length) {
      this.#lost += data.length - done;
      this.#gap = { from: this.#gap?.from ?? from + done, to };
    }
    this.#end = to;
    this.#leave();
  }

  /**
   * Bytes from `offset` on, or from the next byte that is still there.
   * @throws when the file cannot be read (ErrnoException)
   */
  async read(offset: number, maxBytes: number): Promise<{ data: Buffer; offset: number; endOffset: number }> {
    let from = Math.min(Math.max(offset, this.#first), this.#end);
    let to = this.#end;
    if (this.#gap !== null) {
      if (from < this.#gap.from) to = this.#gap.from;
      else if (from < this.#gap.to) from = this.#gap.to;
    }
    const fd = this.#removed ? null : this.#fd;
    const data = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(0, to - from)));
    let done = 0;
    this.#users++;
    try {
      while (fd !== null && done < data.length) {
        const position = (from + done) % this.#capacity;
        const room = Math.min(data.length - done, this.#capacity - position);
        const got = await readAt(fd, data.subarray(done, done + room), position);
        if (got === 0) break;
        done += got;
      }
    } finally {
      this.#leave();
    }
    // What the writer has overtaken while we read is no longer what it was.
    const stale = Math.min(done, Math.max(0, this.#first - from));
    return { data: data.subarray(stale, done), offset: from + stale, endOffset: this.#end };
  }

  /** Closes and deletes the file, as soon as nothing is being read or written. */
  remove(): void {
    this.#removed = true;
    this.#users++;
    this.#leave();
  }

  #leave(): void {
    this.#users--;
    if (!this.#removed || this.#users > 0) return;
    if (this.#fd !== null) close(this.#fd, ignore);
    this.#fd = null;
    rm(this.#path, { force: true }, ignore);
  }

  #open(): Promise<number> {
    // Not truncated and not following links: the keeper has emptied the folder when it started.
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    return new Promise((resolve, reject) => {
      open(this.#path, flags, 0o600, (error, fd) => (error === null ? resolve(fd) : reject(error)));
    });
  }
}

/** Deleting is best effort: a file that stays is emptied out at the next start of a keeper. */
function ignore(): void {}

function writeFileAt(fd: number, data: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, data, 0, data.length, position, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

function readAt(fd: number, into: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, got) => (error === null ? resolve(got) : reject(error)));
  });
}
