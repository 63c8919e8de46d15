import { CodedError } from "../common/errors.ts";
import { medianOf, orderOf } from "./ordering.ts";
import { resampled } from "./resampleRows.ts";
import { type Sliced, STEPS_A_SLICE } from "../common/slices.ts";

/** A row may be this share of a step away from where it belongs: clocks and schedulers jitter. */
const JITTER = 0.25;
/** Rows that are further off, at most, for the grid to be theirs; and rows that contradict another one of their time. */
const MAX_OFF = 0.02;
/** Steps of the grid for each row, at most: a stray date must not make a series of a million holes. */
const MAX_STEPS_A_ROW = 10;

export interface Grid {
  /** One a column, NaN where nothing is known. */
  readonly columns: readonly Float64Array[];
  /** Epoch ms; of a hole, on the line between its neighbours. */
  readonly times: Float64Array;
  readonly stepMs: number;
  /** The rows had no even step, and these values lie between theirs. */
  readonly isResampled: boolean;
}

/** Rows by time, none twice. */
export interface TimedRows {
  readonly times: Float64Array;
  readonly columns: readonly Float64Array[];
}

/**
 * Puts rows on the grid of their usual step. Where nearly all rows keep to it, each stays where it is and what it is: a
 * skipped step is a hole. Where they do not, the values are resampled to their median step (see `resampled`).
 *
 * @param columns as long as `times`; rows in any order, two or more. Rows of one time are averaged.
 * @throws CodedError `csv.sharedTimes` when many rows of one time say different things, `csv.tooLong` for far too many holes
 */
export function* toGrid(times: Float64Array, columns: readonly Float64Array[]): Sliced<Grid> {
  const rows = yield* distinct(times, columns, yield* orderOf(times));
  const count = rows.times.length;
  const gapBefore = (i: number): number => (rows.times[i + 1] as number) - (rows.times[i] as number);
  const median = yield* medianOf(count - 1, gapBefore);
  if (median === null) throw new CodedError("csv.sharedTimes", { shared: times.length, rows: times.length });
  const stepMs = yield* usualGap(rows.times, median);

  let off = 0;
  let steps = 1;
  for (let i = 0; i < count - 1; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const whole = Math.round(gapBefore(i) / stepMs);
    if (whole === 0 || Math.abs(gapBefore(i) / stepMs - whole) > JITTER) off++;
    steps += whole;
  }
  const isResampled = off > Math.max(1, MAX_OFF * count);
  if (isResampled) steps = Math.round(((rows.times[count - 1] as number) - (rows.times[0] as number)) / median) + 1;
  const most = MAX_STEPS_A_ROW * count;
  if (steps > most) throw new CodedError("csv.tooLong", { steps, most, stepMs: isResampled ? median : stepMs });
  if (isResampled) return { ...(yield* resampled(rows, median, steps)), stepMs: median, isResampled };
  // Nothing missing and nothing off: the rows are the grid, and need no copy.
  const isGrid = off === 0 && steps === count;
  return { ...(isGrid ? rows : yield* placed(rows, stepMs, steps)), stepMs, isResampled };
}

/** Each row on its step. Distances are counted from row to row, so that a step that is not exactly known does not add up. */
function* placed(rows: TimedRows, stepMs: number, steps: number): Sliced<TimedRows> {
  const count = rows.times.length;
  const times = new Float64Array(steps);
  const out: Float64Array[] = [];
  for (const [index, values] of rows.columns.entries()) {
    const column = new Float64Array(steps).fill(Number.NaN);
    let at = 0;
    let sharing = 0;
    for (let i = 0; i < count; i++) {
      if (i % STEPS_A_SLICE === 0) yield;
      const time = rows.times[i] as number;
      const value = values[i] as number;
      const gap = i === 0 ? 0 : time - (rows.times[i - 1] as number);
      const ahead = Math.round(gap / stepMs);
      if (index === 0) {
        for (let k = 1; k < ahead; k++) times[at + k] = time - ((ahead - k) / ahead) * gap;
        if (ahead > 0 || i === 0) times[at + ahead] = time;
      }
      at += ahead;
      // The mean of all rows on this step that have a value.
      if (ahead > 0) sharing = 0;
      const before = column[at] as number;
      if (Number.isNaN(before)) column[at] = value;
      else if (!Number.isNaN(value)) column[at] = before + (value - before) / (sharing + 1);
      if (!Number.isNaN(value)) sharing++;
    }
    out.push(column);
  }
  return { times, columns: out };
}

/** In order, rows of one time as one with their means. @throws CodedError `csv.sharedTimes` */
function* distinct(
  times: Float64Array,
  columns: readonly Float64Array[],
  order: Uint32Array | null,
): Sliced<TimedRows> {
  const count = times.length;
  const row = (i: number): number => (order === null ? i : (order[i] as number));
  const timeOf = (i: number): number => times[row(i)] as number;
  let doubled = 0;
  for (let i = 1; i < count; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    if (timeOf(i) === timeOf(i - 1)) doubled++;
  }
  if (doubled === 0 && order === null) return { times, columns };

  const out = new Float64Array(count - doubled);
  const means = columns.map(() => new Float64Array(count - doubled).fill(Number.NaN));
  let contradicting = 0;
  for (let i = 0, at = -1, sharing: number[] = []; i < count; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    if (i === 0 || timeOf(i) !== timeOf(i - 1)) {
      out[++at] = timeOf(i);
      sharing = columns.map(() => 0);
    }
    let contradicts = false;
    for (const [index, values] of columns.entries()) {
      const value = values[row(i)] as number;
      const mean = means[index];
      if (mean === undefined || Number.isNaN(value)) continue;
      const before = mean[at] as number;
      const others = sharing[index] ?? 0;
      contradicts ||= others > 0 && value !== before;
      mean[at] = others === 0 ? value : before + (value - before) / (others + 1);
      sharing[index] = others + 1;
    }
    if (contradicts) contradicting++;
  }
  if (contradicting > Math.max(1, MAX_OFF * count))
    throw new CodedError("csv.sharedTimes", { shared: contradicting, rows: count });
  return { times: out, columns: means };
}

/**
 * The median of what lies between rows; where rows jitter, the mean of all gaps near it, because a median sits on one side
 * of a gap that is now short, now long.
 */
function* usualGap(times: Float64Array, median: number): Sliced<number> {
  let sum = 0;
  let near = 0;
  for (let i = 1; i < times.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const gap = (times[i] as number) - (times[i - 1] as number);
    if (Math.abs(gap - median) >= 0.5 * median) continue;
    sum += gap;
    near++;
  }
  const mean = Math.round(sum / near);
  return Math.abs(mean - median) < 0.01 * median ? median : mean;
}
