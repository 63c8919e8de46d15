const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** From this step on a day has too few steps to be a cycle; the week is. */
const WEEKLY_FROM_MS = DAY_MS / 4;
/** The usual step is the median of the last gaps. */
const GAPS = 32;
/** Steps left out at once and, over all rows, for each row: a stray date must not make a series of a million holes. */
const MOST_AT_ONCE = 8_192;
const MOST_A_ROW = 10;

/** Steps of rows that come with times, from those before alone. */
export class StepClock {
  readonly #gaps: number[] = [];
  #before: number | null = null;
  #rows = 0;
  #skipped = 0;
  #usualMs: number | null = null;

  /** @param atMs not before the last one @returns steps left out since the last row, and the position in the day or week */
  look(atMs: number): { readonly skipped: number; readonly phase: number } {
    this.#rows++;
    const gapMs = this.#before === null ? 0 : atMs - this.#before;
    this.#before = atMs;
    let skipped = 0;
    if (gapMs > 0) {
      const room = MOST_A_ROW * this.#rows + MOST_AT_ONCE - this.#skipped;
      if (this.#usualMs !== null)
        skipped = Math.max(0, Math.min(MOST_AT_ONCE, room, Math.round(gapMs / this.#usualMs) - 1));
      this.#skipped += skipped;
      this.#remember(gapMs);
    }
    const cycleMs = (this.#usualMs ?? 0) >= WEEKLY_FROM_MS ? WEEK_MS : DAY_MS;
    return { skipped, phase: (((atMs % cycleMs) + cycleMs) % cycleMs) / cycleMs };
  }

  #remember(gapMs: number): void {
    this.#gaps.push(gapMs);
    if (this.#gaps.length > GAPS) this.#gaps.shift();
    // Two gaps agree on a step; one alone may be the hole.
    if (this.#gaps.length < 2) return;
    const sorted = this.#gaps.toSorted((a, b) => a - b);
    this.#usualMs = sorted[sorted.length >> 1] ?? null;
  }
}
