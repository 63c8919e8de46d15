import type { LocalTimes } from "./calendar.ts";
import { dailyCurve, type DayBins, dayBins } from "./dailyCurve.ts";
import { median, moments } from "./statistics.ts";
import { DAY_MS, lacking, type Track } from "./track.ts";

/** With fewer days a time of day is hardly more than what happened then. */
const LEAST_DAYS_MS = 3 * DAY_MS;
const LEAST_STEPS_A_DAY = 4;
const MOST_SHARE = 2;
/** A day that saw less of the curve's range says nothing about how far it follows it. */
const LEAST_RANGE_RATIO = 0.5;

/**
 * What level and time of day let expect of each step. From three days on: a curve of medians through the day, which each
 * day (by the clock on the wall) follows from its own level and as far as it does, so that a flat weekend is no surprise at
 * noon. With less than that, the median of all.
 */
export function expectedOf(track: Track, times: LocalTimes): Float64Array {
  const { values, stepMs } = track;
  if (lacking(track, LEAST_DAYS_MS) !== null || stepMs > DAY_MS / LEAST_STEPS_A_DAY)
    return new Float64Array(values.length).fill(median(values));
  const bins = dayBins(track, times);
  const days = daysOf(times);
  const above = (levels: Float64Array): Float64Array => values.map((value, t) => value - (levels[t] as number));

  // A first curve above each day's median, then levels above that curve: a hole at night lifts neither.
  const medians = new Float64Array(values.length);
  for (const { from, to } of days) medians.fill(median(values.subarray(from, to)), from, to);
  const first = dailyCurve(above(medians), bins);
  const levels = new Float64Array(values.length);
  for (const day of days) levels.fill(followingOf(values, first, bins, day).level, day.from, day.to);
  const usual = dailyCurve(above(levels), bins);

  const expected = new Float64Array(values.length);
  for (const day of days) {
    const { level, share } = followingOf(values, usual, bins, day);
    for (let t = day.from; t < day.to; t++) expected[t] = level + share * (usual[t] as number);
  }
  return expected;
}

interface Day {
  readonly from: number;
  readonly to: number;
}

function daysOf({ msOfDay }: LocalTimes): Day[] {
  const days: Day[] = [];
  let from = 0;
  for (let t = 1; t <= msOfDay.length; t++) {
    if (t < msOfDay.length && (msOfDay[t] as number) >= (msOfDay[t - 1] as number)) continue;
    days.push({ from, to: t });
    from = t;
  }
  return days;
}

/**
 * How a day follows the curve: y = level + share × curve, 0 ≤ share ≤ 2, by least squares over the medians of its half
 * hours; the level is the median of what is left. NaN for a day without any value.
 */
function followingOf(
  values: Float64Array,
  usual: Float64Array,
  { bins }: DayBins,
  { from, to }: Day,
): { readonly level: number; readonly share: number } {
  const x: number[] = [];
  const y: number[] = [];
  for (let start = from; start < to;) {
    let end = start;
    while (end < to && bins[end] === bins[start]) end++;
    const value = median(values.subarray(start, end));
    if (!Number.isNaN(value)) {
      x.push(median(usual.subarray(start, end)));
      y.push(value);
    }
    start = end;
  }
  const a = moments(x);
  const b = moments(y);
  const product = x.reduce((sum, one, index) => sum + (one - a.mean) * ((y[index] as number) - b.mean), 0) / a.count;
  const sawEnough = a.variance > 0 && rangeOf(x) >= LEAST_RANGE_RATIO * rangeOf(usual);
  const share = sawEnough ? Math.min(MOST_SHARE, Math.max(0, product / a.variance)) : 1;
  const rest = values.subarray(from, to).map((value, index) => value - share * (usual[from + index] as number));
  return { level: median(rest), share };
}

function rangeOf(values: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < values.length; t++) {
    least = Math.min(least, values[t] as number);
    greatest = Math.max(greatest, values[t] as number);
  }
  return greatest - least;
}
