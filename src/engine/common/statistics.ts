/** The middle of the values; the mean of the two in the middle of an even number. NaN of none. The values stay as they are. */
export function median(values: ArrayLike<number>): number {
  return medianOfSorted(Float64Array.from(values).toSorted());
}

/** As `median`, of values in ascending order. */
export function medianOfSorted(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Mean distance from their median: a spread that one spike moves little. NaN of no values. */
export function meanAbsoluteDeviation(values: ArrayLike<number>): number {
  const centre = median(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs((values[i] as number) - centre);
  return sum / values.length;
}
