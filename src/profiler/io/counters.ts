/** Differences of the kernel's counters. A counter that went backwards began anew: nothing is known of the time between. */

const WRAP = 2 ** 32;

/** What was added to a counter; `null` when it went backwards or is none. */
export function added(before: number, after: number): number | null {
  return after >= before ? after - before : null;
}

/**
 * The same of a counter of 32 bits, as those of a disk's milliseconds are: after 49 days of work they begin anew. A step back is one of
 * these when what was added is then no more than `most`.
 */
export function addedWrapping(before: number, after: number, most: number): number | null {
  const plain = added(before, after);
  if (plain !== null) return plain;
  const wrapped = after + WRAP - before;
  return before < WRAP && wrapped >= 0 && wrapped <= most ? wrapped : null;
}

/** Whole numbers of a line, `null` for one that holds anything else. */
export function counts(fields: readonly string[]): readonly number[] | null {
  const numbers = fields.map(Number);
  return numbers.every((value) => Number.isSafeInteger(value) && value >= 0) ? numbers : null;
}
