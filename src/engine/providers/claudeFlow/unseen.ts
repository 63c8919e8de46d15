/** A server that needs longer than this to show what it has added is taken to have added nothing. */
const COUNTS_MS = 60_000;

/**
 * Records that were asked for and that no list has told of yet. They count against the most there may be: a list may lag
 * behind what was written, and asking again would double it.
 */
export class Unseen {
  readonly #nowMs: () => number;
  #asked = 0;
  #untilMs = 0;

  constructor(monotonicMs: () => number) {
    this.#nowMs = monotonicMs;
  }

  get count(): number {
    return this.#nowMs() < this.#untilMs ? this.#asked : 0;
  }

  /** Before it is asked: an answer may be lost. */
  asking(count: number): void {
    this.#asked = this.count + count;
    this.#untilMs = this.#nowMs() + COUNTS_MS;
  }

  /** So many of them were seen, or were refused. */
  settled(count: number): void {
    this.#asked = Math.max(0, this.#asked - count);
  }
}
