/**
 * Calls back with every step at which all of the series were measured. Of a month that is 43,200 steps, so the values are of
 * one array that is filled anew for each. @returns how many steps those are
 */
export function eachMeasured(
  series: readonly Float64Array[],
  look: (values: readonly number[], step: number) => void,
): number {
  const steps = Math.min(...series.map(({ length }) => length));
  const values = series.map(() => Number.NaN);
  let count = 0;
  for (let step = 0; step < steps; step++) {
    let isMeasured = true;
    for (let at = 0; at < series.length; at++) {
      const value = series[at]?.[step] as number;
      values[at] = value;
      isMeasured &&= Number.isFinite(value);
    }
    if (!isMeasured) continue;
    count++;
    look(values, step);
  }
  return count;
}
