/** Leads at which widths are computed; between them lie straight lines. */
const MAX_KNOTS = 24;
/** A quantile is taken of at least this many errors, pooled over neighbouring leads. */
const LEAST_POOLED = 48;

/** Absolute back-test errors, `origins × horizon` row by row; NaN where nothing was measured. */
export interface Errors {
  readonly origins: readonly number[];
  readonly horizon: number;
  readonly errors: Float64Array;
}

/**
 * Half the width of the interval at each lead, by split conformal prediction (Lei et al. 2018): the ⌈(n+1)·confidence⌉-th
 * smallest of n errors at that lead and its neighbours, made monotone over leads, since what is further away is not known
 * better. `null` when there are too few errors for that rank to exist.
 */
export function halfWidths(tested: Errors, confidence: number, uses: (row: number) => boolean): Float64Array | null {
  const { horizon } = tested;
  const rows = tested.origins.flatMap((_, row) => (uses(row) ? [row] : []));
  const knotCount = Math.min(MAX_KNOTS, horizon);
  const knots = Array.from({ length: knotCount }, (_, i) =>
    knotCount === 1 ? 0 : Math.round((i * (horizon - 1)) / (knotCount - 1)),
  );
  const atKnots: number[] = [];
  for (const knot of knots) {
    const width = quantileAround(tested, rows, knot, confidence);
    if (width === null) return null;
    atKnots.push(width);
  }
  return interpolate(knots, isotonic(atKnots), horizon);
}

/**
 * Share of values inside intervals that were calibrated without them: each origin is judged by the errors of those origins
 * alone whose forecasts share no step with its own. `null` when no two origins are that far apart.
 */
export function crossCoverage(tested: Errors, confidence: number): number | null {
  const { origins, horizon, errors } = tested;
  let inside = 0;
  let count = 0;
  for (const [row, origin] of origins.entries()) {
    const widths = halfWidths(tested, confidence, (other) => apart(origins[other] as number, origin, horizon));
    if (widths === null) continue;
    for (let h = 0; h < horizon; h++) {
      const error = errors[row * horizon + h] as number;
      if (Number.isNaN(error)) continue;
      count++;
      // Both sides went through the same sums: a hair's difference is rounding.
      if (error <= (widths[h] as number) * (1 + 1e-9)) inside++;
    }
  }
  return count === 0 ? null : inside / count;
}

/** Two tests that have no step of the series in common. */
export function apart(one: number, other: number, horizon: number): boolean {
  return Math.abs(one - other) >= horizon;
}

function quantileAround(
  { errors, horizon }: Errors,
  rows: readonly number[],
  lead: number,
  confidence: number,
): number | null {
  const wanted = Math.max(LEAST_POOLED, Math.ceil(2 / (1 - confidence)));
  // Grow the neighbourhood until it holds enough, or all there is.
  for (let reach = Math.max(0, Math.ceil(wanted / Math.max(1, rows.length) / 2 - 0.5)); ; reach = 2 * reach + 1) {
    const from = Math.max(0, lead - reach);
    const to = Math.min(horizon - 1, lead + reach);
    const pool: number[] = [];
    for (const row of rows) {
      for (let h = from; h <= to; h++) {
        const error = errors[row * horizon + h] as number;
        if (!Number.isNaN(error)) pool.push(error);
      }
    }
    const whole = from === 0 && to === horizon - 1;
    if (pool.length < wanted && !whole) continue;
    const rank = Math.ceil((pool.length + 1) * confidence - 1e-9);
    if (rank > pool.length) return null;
    return Float64Array.from(pool).toSorted()[rank - 1] as number;
  }
}

/** The closest non-decreasing values, by pooling adjacent violators (Barlow et al. 1972). */
export function isotonic(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.sum / last.count > block.sum / block.count;) {
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
}

function interpolate(knots: readonly number[], values: readonly number[], horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0, i = 0; h < horizon; h++) {
    while (i + 1 < knots.length && (knots[i + 1] as number) <= h) i++;
    const left = knots[i] as number;
    const right = knots[i + 1] ?? left;
    const from = values[i] as number;
    const to = values[i + 1] ?? from;
    out[h] = right === left ? from : from + ((to - from) * (h - left)) / (right - left);
  }
  return out;
}
