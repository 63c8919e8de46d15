import type { LocalTimes } from "./calendar.ts";
import { binMedians } from "./profile.ts";
import { median, moments } from "./statistics.ts";
import { DAY_MS, lacking, MINUTE_MS, type Track } from "./track.ts";

/** With fewer days a time of day is hardly more than what happened then. */
const LEAST_DAYS_MS = 3 * DAY_MS;
const BIN_MS = 30 * MINUTE_MS;

/**
 * What level and time of day let expect of each step: the day's level (days counted back from the end) and, from three days
 * on, a curve of medians through the day, on straight lines between half hours. With less than that, the median of all.
 */
export function expectedOf(track: Track, times: LocalTimes): Float64Array {
  const { values, stepMs } = track;
  if (lacking(track, LEAST_DAYS_MS) !== null || stepMs > DAY_MS / 4)
    return new Float64Array(values.length).fill(median(values));
  const cycleSteps = DAY_MS / stepMs;
  const binCount = Math.max(4, Math.floor(DAY_MS / Math.max(BIN_MS, stepMs)));
  const place = times.msOfDay.map((ms) => (ms / DAY_MS) * binCount);
  const bins = Uint16Array.from(place, (at) => Math.floor(at));
  const days = Math.ceil(values.length / cycleSteps - 1e-9);
  const day = Uint16Array.from(values, (_, t) => days - 1 - Math.floor((values.length - 1 - t) / cycleSteps + 1e-9));

  // The curve first above each day's mean, then the levels above the curve: a hole at night lifts neither.
  const means = levels(values, day, days);
  const first = curve(
    values.map((value, t) => value - (means[day[t] as number] as number)),
    bins,
    binCount,
    cycleSteps,
  );
  const level = levels(
    values.map((value, t) => value - at(first, place[t] as number)),
    day,
    days,
  );
  const second = curve(
    values.map((value, t) => value - (level[day[t] as number] as number)),
    bins,
    binCount,
    cycleSteps,
  );
  return Float64Array.from(values, (_, t) => at(second, place[t] as number) + (level[day[t] as number] as number));
}

function levels(values: Float64Array, day: Uint16Array, days: number): Float64Array {
  const members: number[][] = Array.from({ length: days }, () => []);
  for (let t = 0; t < values.length; t++) members[day[t] as number]?.push(values[t] as number);
  return Float64Array.from(members, (one) => moments(one).mean);
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

/** On the closed curve through the middles of the bins; `place` counts bins from midnight. */
function at(medians: readonly number[], place: number): number {
  const n = medians.length;
  const from = Math.floor(place - 0.5);
  const share = place - 0.5 - from;
  const left = medians[(from + n) % n] as number;
  return left + share * ((medians[(from + 1) % n] as number) - left);
}
