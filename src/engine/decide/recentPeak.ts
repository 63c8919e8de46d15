/** The highest of the values of the last while: a falling queue of those that may still become it. */
export class RecentPeak {
  #values: { readonly value: number; readonly atMs: number }[] = [];

  add(value: number, atMs: number, sinceMs: number): void {
    this.#values = this.#values.filter((known) => known.atMs >= sinceMs && known.value > value);
    this.#values.push({ value, atMs });
  }

  /** 0 before the first. */
  highest(): number {
    return this.#values[0]?.value ?? 0;
  }
}
