/** Older ones are cut off when so many lie in front of the queue. */
const MOST_GONE = 64;

/**
 * The highest of the values of the last while: a falling queue of those that may still become it. Each is put in and taken
 * out once, so that a look costs the same however long the while is.
 */
export class RecentPeak {
  readonly #values: number[] = [];
  readonly #times: number[] = [];
  #head = 0;

  /** @param atMs not before the one that was added last @param sinceMs what is older is forgotten */
  add(value: number, atMs: number, sinceMs: number): void {
    const values = this.#values;
    const times = this.#times;
    while (values.length > this.#head && (values[values.length - 1] as number) <= value) {
      values.pop();
      times.pop();
    }
    values.push(value);
    times.push(atMs);
    while ((times[this.#head] as number) < sinceMs) this.#head++;
    if (this.#head < MOST_GONE) return;
    values.splice(0, this.#head);
    times.splice(0, this.#head);
    this.#head = 0;
  }

  /** 0 before the first. */
  highest(): number {
    return this.#values[this.#head] ?? 0;
  }
}
