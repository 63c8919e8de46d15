/** What is read when: each part no sooner than it is due, and no work of a lane beside another of the same. */
export class Schedule<Part extends string> {
  readonly #monotonicMs: () => number;
  readonly #dueAtMs = new Map<Part, number>();
  readonly #begunAtMs = new Map<Part, number>();
  readonly #busy = new Set<Part>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Whether it is due; then the next time is `everyMs` after this one. */
  begin(part: Part, everyMs: number): boolean {
    const now = this.#monotonicMs();
    const begun = this.#begunAtMs.get(part);
    if (begun !== undefined && now - begun < everyMs) return false;
    if (now < (this.#dueAtMs.get(part) ?? Number.NEGATIVE_INFINITY)) return false;
    this.#begunAtMs.set(part, now);
    return true;
  }

  /** Due again after so long, whatever its usual distance is: it has failed. */
  defer(part: Part, afterMs: number): void {
    this.#begunAtMs.delete(part);
    this.#dueAtMs.set(part, this.#monotonicMs() + afterMs);
  }

  /** Due now. */
  forget(part: Part): void {
    this.#begunAtMs.delete(part);
    this.#dueAtMs.delete(part);
  }

  forgetAll(): void {
    this.#begunAtMs.clear();
    this.#dueAtMs.clear();
  }

  isBusy(lane: Part): boolean {
    return this.#busy.has(lane);
  }

  /** Does nothing while the lane is busy. */
  async alone(lane: Part, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(lane)) return;
    this.#busy.add(lane);
    try {
      await work();
    } finally {
      this.#busy.delete(lane);
    }
  }
}
