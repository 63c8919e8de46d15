/** Calls back with every step at which all of the series were measured. @returns how many those are */
export function eachMeasured(
  series: readonly Float64Array[],
  look: (values: readonly number[], step: number) => void,
): number {
  const steps = Math.min(...series.map(({ length }) => length));
  let count = 0;
  for (let step = 0; step < steps; step++) {
    const values = series.map((one) => one[step] as number);
    if (!values.every(Number.isFinite)) continue;
    count++;
    look(values, step);
  }
  return count;
}

/** Nearest rank: a value that really occurred. `null` of none. @param share 0..1 */
export function quantileOf(values: readonly number[], share: number): number | null {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
