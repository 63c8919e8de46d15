import type { LocalTimes } from "./calendar.ts";
import { binMedians } from "./profile.ts";
import { median } from "./statistics.ts";
import { DAY_MS, lacking, MINUTE_MS, type Track } from "./track.ts";

/** With fewer days a time of day is hardly more than what happened then. */
const LEAST_DAYS_MS = 3 * DAY_MS;
const BIN_MS = 30 * MINUTE_MS;

/**
 * What level and time of day let expect of each step: the level of its day (by the clock on the wall, so that a quiet
 * weekend begins at midnight) and, from three days on, a curve of medians through the day, on straight lines between half
 * hours. With less than that, the median of all.
 */
export function expectedOf(track: Track, times: LocalTimes): Float64Array {
  const { values, stepMs } = track;
  if (lacking(track, LEAST_DAYS_MS) !== null || stepMs > DAY_MS / 4)
    return new Float64Array(values.length).fill(median(values));
  const binCount = Math.max(4, Math.floor(DAY_MS / Math.max(BIN_MS, stepMs)));
  const place = times.msOfDay.map((ms) => (ms / DAY_MS) * binCount);
  const days = daysOf(times);
  const curveAbove = (levels: Float64Array): number[] => {
    const above = values.map((value, t) => value - (levels[t] as number));
    return curve(above, Uint16Array.from(place, Math.floor), binCount, DAY_MS / stepMs);
  };
  const levelsAbove = (usual: readonly number[] | null): Float64Array =>
    dayMedians(usual === null ? values : values.map((value, t) => value - at(usual, place[t] as number)), days);

  // A first curve above each day's median, then levels above that curve: a hole at night lifts neither.
  const levels = levelsAbove(curveAbove(levelsAbove(null)));
  const usual = curveAbove(levels);
  return levels.map((level, t) => level + at(usual, place[t] as number));
}

/** Day of each step, counted from 0. */
function daysOf({ msOfDay }: LocalTimes): Uint16Array {
  let day = 0;
  return Uint16Array.from(msOfDay, (ms, t) => (t > 0 && ms < (msOfDay[t - 1] as number) ? ++day : day));
}

/** For each step the median of its day. */
function dayMedians(values: Float64Array, days: Uint16Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let from = 0; from < days.length;) {
    let to = from;
    while (to < days.length && days[to] === days[from]) to++;
    out.fill(median(values.subarray(from, to)), from, to);
    from = to;
  }
  return out;
}

/** A bin that was never measured lies on the line between its neighbours. */
function curve(values: Float64Array, bins: Uint16Array, binCount: number, cycleSteps: number): number[] {
  const { medians } = binMedians({ values, bins, binCount, cycleSteps });
  const known = medians.flatMap((value, bin) => (Number.isNaN(value) ? [] : [bin]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return medians.map(() => 0);
  return medians.map((value, bin) => {
    if (!Number.isNaN(value)) return value;
    const before = known.findLast((one) => one < bin) ?? last - binCount;
    const after = known.find((one) => one > bin) ?? first + binCount;
    const left = medians[(before + binCount) % binCount] as number;
    const right = medians[after % binCount] as number;
    return left + ((bin - before) / (after - before)) * (right - left);
  });
}

/**
 * On the curve through the middles of the bins; `place` counts bins from midnight. Level before the first middle and after
 * the last: of a series that grows by the day, midnight is a step.
 */
function at(medians: readonly number[], place: number): number {
  const last = medians.length - 1;
  const from = Math.min(last, Math.max(0, Math.floor(place - 0.5)));
  const share = Math.min(1, Math.max(0, place - 0.5 - from));
  const left = medians[from] as number;
  return left + share * ((medians[Math.min(last, from + 1)] as number) - left);
}
