/** Whole cycles that must have been seen. */
export const LEAST_CYCLES = 3;
export const LEAST_PERIOD = 4;
/** Correlation with itself one period ago, over all of the series, and in each half. */
const LEAST_CORRELATION = 0.3;
const LEAST_IN_HALVES = 0.2;
/** A shorter period as good as this beats the longest: two days are a period of whatever has one of a day. */
const NEARLY_AS_GOOD = 0.85;

/** A period in steps, and how well the series correlates with itself that long ago. */
export interface Period {
  readonly lag: number;
  readonly correlation: number;
}

/**
 * The period of a series without holes, `null` when none stands out. Strict: a peak of the autocorrelation behind its
 * first fall, seen in each half of the series and again at the double lag, three cycles at least. A walk without aim has
 * waves too, but they hardly ever come twice (in 1% of walks). Takes n²/3 multiplications: 5 ms for 2,500 values.
 */
export function findPeriod(raw: Float64Array): Period | null {
  const n = raw.length;
  if (n < LEAST_CYCLES * LEAST_PERIOD) return null;
  const values = detrended(raw);
  const mostLag = Math.floor(n / LEAST_CYCLES);
  const whole = correlations(values, mostLag + 1);
  if (whole === null) return null;
  const half = n >> 1;

  let fallen = false;
  const peaks: Period[] = [];
  for (let lag = 1; lag <= mostLag; lag++) {
    const correlation = whole[lag] as number;
    fallen ||= correlation < LEAST_CORRELATION / 2;
    if (!fallen || lag < LEAST_PERIOD || correlation < LEAST_CORRELATION) continue;
    if (correlation > (whole[lag - 1] as number) && correlation >= (whole[lag + 1] as number))
      peaks.push({ lag, correlation });
  }
  const confirmed = peaks.filter(({ lag }) => {
    const parts = [values.subarray(0, half), values.subarray(half)];
    return (
      correlationAt(values, 2 * lag) >= LEAST_IN_HALVES &&
      parts.every((part) => correlationAt(part, lag) >= LEAST_IN_HALVES)
    );
  });
  const highest = Math.max(...confirmed.map(({ correlation }) => correlation));
  const best = confirmed.find(({ correlation }) => correlation >= NEARLY_AS_GOOD * highest);
  if (best === undefined) return null;
  // Noise makes side peaks around a broad one: take the top of the neighbourhood.
  const near = confirmed.filter(({ lag }) => lag <= best.lag * 1.2);
  return near.reduce((top, one) => (one.correlation > top.correlation ? one : top), best);
}

/** Less its straight line. */
export function detrended(values: Float64Array): Float64Array {
  const n = values.length;
  const middle = (n - 1) / 2;
  let sum = 0;
  let tilt = 0;
  let squares = 0;
  for (let t = 0; t < n; t++) {
    sum += values[t] as number;
    tilt += (t - middle) * (values[t] as number);
    squares += (t - middle) ** 2;
  }
  return values.map((value, t) => value - sum / n - (tilt / squares) * (t - middle));
}

/** Autocorrelations of lags 0…`most`, each over the pairs there are; `null` for a constant. */
function correlations(values: Float64Array, most: number): Float64Array | null {
  const out = new Float64Array(most + 1);
  for (let lag = 0; lag <= most; lag++) out[lag] = correlationAt(values, lag);
  return out[0] === 1 ? out : null;
}

/** Pearson's, between the series and itself `lag` steps ago; 0 where one of the two does not vary. */
export function correlationAt(values: Float64Array, lag: number): number {
  const n = values.length - lag;
  if (n < 3) return 0;
  let a = 0;
  let b = 0;
  for (let t = 0; t < n; t++) {
    a += values[t] as number;
    b += values[t + lag] as number;
  }
  a /= n;
  b /= n;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let t = 0; t < n; t++) {
    const x = (values[t] as number) - a;
    const y = (values[t + lag] as number) - b;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  // Below this all variation is rounding.
  if (!(squaresA > 1e-20 * n && squaresB > 1e-20 * n)) return 0;
  return lag === 0 ? 1 : product / Math.sqrt(squaresA * squaresB);
}
