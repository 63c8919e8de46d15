import { CodedError } from "../common/errors.ts";

/** A row may be this share of a step away from where it belongs: clocks and schedulers jitter. */
const JITTER = 0.25;
/** Rows that are further off, at most. */
const MAX_OFF = 0.02;
/** Steps of the grid for each row, at most: a stray date must not make a series of a million holes. */
const MAX_STEPS_A_ROW = 10;

export interface Grid {
  readonly values: Float64Array;
  /** Epoch ms; of a hole, on the line between its neighbours. */
  readonly times: Float64Array;
  readonly stepMs: number;
}

/**
 * Puts rows on the grid of their usual step. Distances are counted from row to row, so that a step that is not exactly
 * known does not add up; rows that fall on the same step are averaged.
 *
 * @param values,times two rows or more, in any order
 * @throws CodedError `csv.unevenTime` when more than 2% are off the grid, `csv.tooLong` for far too many holes
 */
export function toGrid(values: readonly number[], times: readonly number[]): Grid {
  const order = sortedOrder(times);
  const count = order.length;
  const gaps = new Float64Array(count - 1);
  for (let i = 1; i < count; i++)
    gaps[i - 1] = (times[order[i] as number] as number) - (times[order[i - 1] as number] as number);
  const stepMs = usualGap(gaps);
  if (stepMs === null) throw new CodedError("csv.unevenTime", { off: count, rows: count, stepMs: 0 });

  let off = 0;
  let steps = 1;
  for (const gap of gaps) {
    const whole = Math.round(gap / stepMs);
    if (whole === 0 || Math.abs(gap / stepMs - whole) > JITTER) off++;
    steps += whole;
  }
  if (off > Math.max(1, MAX_OFF * count)) throw new CodedError("csv.unevenTime", { off, rows: count, stepMs });
  const most = MAX_STEPS_A_ROW * count;
  if (steps > most) throw new CodedError("csv.tooLong", { steps, most, stepMs });

  const out = { values: new Float64Array(steps).fill(Number.NaN), times: new Float64Array(steps), stepMs };
  let at = 0;
  let sharing = 0;
  for (let i = 0; i < count; i++) {
    const row = order[i] as number;
    const time = times[row] as number;
    const value = values[row] as number;
    const ahead = i === 0 ? 0 : Math.round((gaps[i - 1] as number) / stepMs);
    for (let k = 1; k < ahead; k++) out.times[at + k] = time - ((ahead - k) / ahead) * (gaps[i - 1] as number);
    at += ahead;
    // The mean of all rows on this step that have a value.
    if (ahead > 0) sharing = 0;
    const before = out.values[at] as number;
    if (Number.isNaN(before)) out.values[at] = value;
    else if (!Number.isNaN(value)) out.values[at] = before + (value - before) / (sharing + 1);
    if (!Number.isNaN(value)) sharing++;
    if (sharing <= 1) out.times[at] = time;
  }
  return out;
}

/** Indices by time; without the cost of sorting where rows are in order already. */
function sortedOrder(times: readonly number[]): Uint32Array {
  const order = Uint32Array.from(times, (_, i) => i);
  const inOrder = times.every((time, i) => i === 0 || time >= (times[i - 1] as number));
  return inOrder ? order : order.toSorted((a, b) => (times[a] as number) - (times[b] as number) || a - b);
}

/**
 * The median of what lies between rows; where rows jitter, the mean of all gaps near it, because a median sits on one side
 * of a gap that is now short, now long. `null` when no time passes at all.
 */
function usualGap(gaps: Float64Array): number | null {
  const positive = gaps.filter((gap) => gap > 0).toSorted();
  const median = positive[positive.length >> 1];
  if (median === undefined) return null;
  const near = positive.filter((gap) => Math.abs(gap - median) < 0.5 * median);
  const mean = Math.round(near.reduce((sum, gap) => sum + gap, 0) / near.length);
  return Math.abs(mean - median) < 0.01 * median ? median : mean;
}
