/**
 * The median of the last `window` values at each step, of those there are at the beginning. One sorted window is moved
 * along: a step costs a search and a shift of the window, not a sort.
 *
 * @param values finite
 * @throws RangeError for a window that is no whole number ≥ 1
 */
export function rollingMedian(values: Float64Array, window: number): Float64Array {
  if (!Number.isInteger(window) || window < 1) throw new RangeError(`window must be a whole number ≥ 1, got ${window}`);
  const out = new Float64Array(values.length);
  const sorted = new Float64Array(Math.min(window, values.length) + 1);
  let size = 0;
  for (let t = 0; t < values.length; t++) {
    const value = values[t] as number;
    let at = firstNotBelow(sorted, size, value);
    sorted.copyWithin(at + 1, at, size);
    sorted[at] = value;
    size++;
    if (size > window) {
      at = firstNotBelow(sorted, size, values[t - window] as number);
      sorted.copyWithin(at, at + 1, size);
      size--;
    }
    const middle = size >> 1;
    const upper = sorted[middle] as number;
    out[t] = size % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  }
  return out;
}

function firstNotBelow(sorted: Float64Array, size: number, value: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
