/** A server that needs longer than this to show what it has added is taken to have added nothing. */
const COUNTS_MS = 60_000;

/**
 * What was done and what no list shows yet: a list may lag behind what was written, and doing it again would double it.
 * Records that were asked for count against the most there may be; those that were taken out are the first to be taken out
 * again, before any other.
 */
export class Unseen {
  readonly #nowMs: () => number;
  #asked = 0;
  #untilMs = 0;
  readonly #ended = new Map<string, number>();

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

  /** A tool says that it has taken these out. */
  ended(ids: readonly string[]): void {
    const now = this.#nowMs();
    for (const [id, untilMs] of this.#ended) if (now >= untilMs) this.#ended.delete(id);
    for (const id of ids) this.#ended.set(id, now + COUNTS_MS);
  }

  isEnded(id: string): boolean {
    return this.#nowMs() < (this.#ended.get(id) ?? 0);
  }
}
