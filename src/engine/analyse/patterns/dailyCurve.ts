import type { LocalTimes } from "./calendar.ts";
import { binMedians } from "./profile.ts";
import { DAY_MS, MINUTE_MS, type Track } from "./track.ts";

const BIN_MS = 30 * MINUTE_MS;
const LEAST_BINS = 4;

/** Half hours of the day, or steps where these are longer, and where in them each step lies. */
export interface DayBins {
  readonly count: number;
  /** In bins from midnight to the middle of each step. */
  readonly places: Float64Array;
  readonly bins: Uint16Array;
  readonly cycleSteps: number;
}

export function dayBins({ stepMs }: Track, { msOfDay }: LocalTimes): DayBins {
  const count = Math.max(LEAST_BINS, Math.floor(DAY_MS / Math.max(BIN_MS, stepMs)));
  const places = msOfDay.map((ms) => (ms / DAY_MS) * count);
  return { count, places, bins: Uint16Array.from(places, Math.floor), cycleSteps: DAY_MS / stepMs };
}

/** Medians of the values through the day, for each step on straight lines between the middles of half hours. */
export function dailyCurve(values: Float64Array, { count, places, bins, cycleSteps }: DayBins): Float64Array {
  const { medians } = binMedians({ values, bins, binCount: count, cycleSteps });
  const closed = withoutHoles(medians);
  return places.map((place) => at(closed, place));
}

/** A bin that was never measured lies on the line between its neighbours. */
function withoutHoles(medians: readonly number[]): number[] {
  const binCount = medians.length;
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
