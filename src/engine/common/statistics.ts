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

/**
 * The value that so great a share of the values does not exceed, by nearest rank: one that really occurred. `null` of none.
 * @throws RangeError for a share that is not within 0..1
 */
export function nearestRank(values: ArrayLike<number>, share: number): number | null {
  return nearestRankOfSorted(Float64Array.from(values).toSorted(), share);
}

/** As `nearestRank`, of values in ascending order. */
export function nearestRankOfSorted(sorted: ArrayLike<number>, share: number): number | null {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be within 0..1, got ${share}`);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Mean distance from their median: a spread that one spike moves little. NaN of no values. */
export function meanAbsoluteDeviation(values: ArrayLike<number>): number {
  const centre = median(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs((values[i] as number) - centre);
  return sum / values.length;
}
