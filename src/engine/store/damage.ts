/** Enough to say that it is bad. */
const MOST = 10_000;

/** Rows that did not hold what was written, each counted once however often it is read. */
export class Damage {
  readonly #places = new Set<string>();

  get rows(): number {
    return this.#places.size;
  }

  add(place: string): void {
    if (this.#places.size < MOST) this.#places.add(place);
  }
}
