/**
 * Means over `bins` bins of `binSteps` steps each (not necessarily whole), the last one ending with the last value. A step
 * that two bins share counts for each by its share.
 * @throws RangeError when the values do not reach back that far, or for a bin shorter than a step
 */
export function coarsen(values: Float64Array, binSteps: number, bins: number): Float64Array {
  if (!(binSteps >= 1)) throw new RangeError(`binSteps must be ≥ 1, got ${binSteps}`);
  const start = values.length - bins * binSteps;
  // A rounding error of the product is no lack of values.
  if (!(bins >= 1) || start < -1e-6) throw new RangeError(`bins must fit into ${values.length} values, got ${bins}`);
  const out = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.max(0, start + bin * binSteps);
    const to = Math.min(values.length, start + (bin + 1) * binSteps);
    let sum = 0;
    for (let t = Math.floor(from); t < to; t++)
      sum += (values[t] as number) * (Math.min(to, t + 1) - Math.max(from, t));
    out[bin] = sum / (to - from);
  }
  return out;
}

/** Steps 1…`horizon` after the last bin, on straight lines between the centres of bins. `ahead` reaches past the horizon. */
export function refine(last: number, ahead: ArrayLike<number>, binSteps: number, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    // Position of the step's centre, counted in bins from the centre of the last measured one.
    const at = (h + 0.5) / binSteps + 0.5;
    const left = Math.floor(at);
    const before = left === 0 ? last : (ahead[left - 1] as number);
    const after = ahead[Math.min(left, ahead.length - 1)] as number;
    out[h] = before + (at - left) * (after - before);
  }
  return out;
}
