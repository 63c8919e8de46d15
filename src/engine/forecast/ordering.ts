import { type Sliced, STEPS_A_SLICE } from "../common/slices.ts";

const HALF_WORD = 65_536;

/**
 * Indices that put `times` in order, equal ones as they came; `null` when they are in order already. A merge of natural
 * runs: a file that is newest first, or two files one behind the other, take one or two passes.
 */
export function* orderOf(times: Float64Array): Sliced<Uint32Array | null> {
  const count = times.length;
  const order = new Uint32Array(count);
  // 1. The runs that are there; one that falls all the way is turned round.
  const ends: number[] = [];
  for (let at = 0; at < count;) {
    const begin = at;
    const falls = at + 1 < count && (times[at + 1] as number) < (times[at] as number);
    for (at++; at < count; at++) {
      const isLess = (times[at] as number) < (times[at - 1] as number);
      const isEqual = times[at] === times[at - 1];
      if (falls ? !isLess || isEqual : isLess) break;
      if (at % STEPS_A_SLICE === 0) yield;
    }
    for (let k = begin; k < at; k++) order[k] = falls ? begin + at - 1 - k : k;
    ends.push(at);
    if (ends.length % STEPS_A_SLICE === 0) yield;
  }
  if (ends.length <= 1 && (order[0] ?? 0) === 0) return null;
  // 2. Neighbours are merged, pair by pair, until one run is left.
  let from = order;
  let to = new Uint32Array(count);
  let runs = ends;
  while (runs.length > 1) {
    const merged: number[] = [];
    for (let r = 0; r < runs.length; r += 2) {
      const begin = r === 0 ? 0 : (runs[r - 1] as number);
      const middle = runs[r] as number;
      const end = runs[r + 1] ?? middle;
      let left = begin;
      let right = middle;
      for (let k = begin; k < end; k++) {
        const isLeft =
          right >= end ||
          (left < middle && (times[from[left] as number] as number) <= (times[from[right] as number] as number));
        to[k] = from[isLeft ? left++ : right++] as number;
        if (k % STEPS_A_SLICE === 0) yield;
      }
      merged.push(end);
    }
    [from, to] = [to, from];
    runs = merged;
  }
  return from;
}

/**
 * The middle one (the upper of two) of numbers ≥ 0, without sorting and without a copy: four passes over their bits,
 * sixteen at a time, because doubles ≥ 0 are in the order of their bits.
 * @param valueAt of 0…`count`−1; below 0 or NaN: not counted
 * @returns `null` when none is counted
 */
export function* medianOf(count: number, valueAt: (index: number) => number): Sliced<number | null> {
  const double = new Float64Array(1);
  const words = new Uint16Array(double.buffer);
  const tally = new Uint32Array(HALF_WORD);
  const found: number[] = [];
  let rank = -1;
  // Little-endian, as every platform we run on is: the fourth word is the highest.
  for (let level = 3; level >= 0; level--) {
    tally.fill(0);
    let counted = 0;
    for (let i = 0; i < count; i++) {
      if (i % STEPS_A_SLICE === 0) yield;
      double[0] = valueAt(i);
      if (!((double[0] as number) >= 0) || !matches(words, found)) continue;
      tally[words[level] as number] = (tally[words[level] as number] as number) + 1;
      counted++;
    }
    if (counted === 0) return null;
    if (rank < 0) rank = counted >> 1;
    let word = 0;
    while (rank >= (tally[word] as number)) rank -= tally[word++] as number;
    found.push(word);
  }
  for (const [index, word] of found.entries()) words[3 - index] = word;
  return double[0] as number;
}

/** Whether the highest words are those found so far. */
function matches(words: Uint16Array, found: readonly number[]): boolean {
  for (let index = 0; index < found.length; index++) if (words[3 - index] !== found[index]) return false;
  return true;
}
