const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines. Works on bytes, so a character split between two chunks survives. A line longer than
 * `maxBytes` is reported once, dropped to its end, and the stream goes on with the next: memory stays bounded.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: string) => void;
  readonly #onOverlong: () => void;
  #parts: Buffer[] = [];
  #length = 0;
  #dropping = false;

  constructor(maxBytes: number, onLine: (line: string) => void, onOverlong: () => void) {
    if (!Number.isInteger(maxBytes) || maxBytes < 1)
      throw new RangeError(`maxBytes must be an integer ≥ 1, got ${maxBytes}`);
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onOverlong = onOverlong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#dropping ? null : Buffer.concat(this.#parts, this.#length).toString("utf8");
      this.#clear();
      this.#dropping = false;
      if (line !== null) this.#onLine(line);
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(part: Buffer): void {
    if (this.#dropping || part.length === 0) return;
    if (this.#length + part.length > this.#maxBytes) {
      this.#clear();
      this.#dropping = true;
      this.#onOverlong();
      return;
    }
    this.#parts.push(part);
    this.#length += part.length;
  }

  #clear(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
