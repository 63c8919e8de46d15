/**
 * Work that can be done in pieces: it yields every few thousand steps, so that a process with something else to do can
 * see to that between two of them.
 */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Steps between two pauses: well below a millisecond. */
export const STEPS_A_SLICE = 20_000;

/** All of it at once. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
