import type { SpoolChunk } from "../ports.ts";

/**
 * Reads an output spool in order, one round at a time. A `pump` during a round makes one more round follow it: what is
 * announced while the last answer is on its way to us may be the only line the process ever says.
 */
export class SpoolReader {
  readonly #read: (offset: number) => Promise<SpoolChunk>;
  readonly #take: (bytes: Buffer) => void;
  #round: Promise<void> | null = null;
  #again = false;
  /** Up to here everything was taken in. */
  offset: number;

  constructor(read: (offset: number) => Promise<SpoolChunk>, take: (bytes: Buffer) => void, offset = 0) {
    this.#read = read;
    this.#take = take;
    this.offset = offset;
  }

  /** Settles when everything that was in the spool at the call was taken in. @throws what reading throws */
  pump(): Promise<void> {
    this.#again = true;
    this.#round ??= this.#rounds();
    return this.#round;
  }

  async #rounds(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#toEnd();
      }
    } finally {
      // In the same turn as the last look at `#again`: a pump after this begins a round of its own.
      this.#round = null;
    }
  }

  async #toEnd(): Promise<void> {
    for (;;) {
      const chunk = await this.#read(this.offset);
      this.offset = chunk.offset + chunk.data.length;
      if (chunk.data.length === 0) return;
      this.#take(Buffer.from(chunk.data));
      if (this.offset >= chunk.endOffset) return;
    }
  }
}
