import type { Extremum } from "../../protocol/patterns.ts";
import { quantileSorted, sortedMeasured } from "./statistics.ts";
import { coarsened, MINUTE_MS, type Track, wallMsOf } from "./track.ts";

const BIN_MS = 15 * MINUTE_MS;
/** Less than this share of the usual range is a ripple. */
const LEAST_PROMINENCE_RATIO = 0.25;
const MAX_SHOWN = 10;

/**
 * The most prominent maxima of the series, in quarters of an hour, each the mean of itself and its neighbours. Prominence
 * as in topography: the height above the higher of the two lowest points passed on the way to something higher, or to the
 * end, on either side. It must be a quarter of the distance between the 5th and the 95th percentile.
 * @param sign −1 for minima
 */
export function extremesOf(track: Track, sign: 1 | -1): Extremum[] {
  const coarse = coarsened(track, BIN_MS);
  const smooth = smoothed(coarse.values);
  // Over a hole the curve goes on: what was not measured is no valley.
  const steps = [...smooth.keys()].filter((step) => !Number.isNaN(smooth[step]));
  const heights = Float64Array.from(steps, (step) => sign * (smooth[step] as number));
  const sorted = sortedMeasured(heights);
  const least = LEAST_PROMINENCE_RATIO * (quantileSorted(sorted, 0.95) - quantileSorted(sorted, 0.05));
  if (!(least > 0)) return [];
  const found: { step: number; prominence: number }[] = [];
  for (let i = 1; i < heights.length - 1; i++) {
    const height = heights[i] as number;
    if (!(height > (heights[i - 1] as number))) continue;
    // A plateau counts once, in its middle.
    let end = i;
    while (end + 1 < heights.length && heights[end + 1] === height) end++;
    if (end + 1 < heights.length && (heights[end + 1] as number) < height) {
      const prominence = height - Math.max(lowestBeside(heights, i, -1), lowestBeside(heights, end, 1));
      if (prominence >= least) found.push({ step: steps[(i + end) >> 1] as number, prominence });
    }
    i = end;
  }
  return found
    .toSorted((a, b) => b.prominence - a.prominence || a.step - b.step)
    .slice(0, MAX_SHOWN)
    .toSorted((a, b) => a.step - b.step)
    .map(({ step, prominence }) => ({
      atMs: wallMsOf(coarse, step + 0.5),
      value: smooth[step] as number,
      prominence,
    }));
}

/** Each the mean of itself and its measured neighbours. */
function smoothed(values: Float64Array): Float64Array {
  return values.map((value, t) => {
    if (Number.isNaN(value)) return value;
    let sum = 0;
    let count = 0;
    for (let near = t - 1; near <= t + 1; near++) {
      const one = values[near];
      if (one === undefined || Number.isNaN(one)) continue;
      sum += one;
      count++;
    }
    return sum / count;
  });
}

/** The lowest point on the way from `start` to something higher, or to the end. */
function lowestBeside(heights: Float64Array, start: number, direction: 1 | -1): number {
  const top = heights[start] as number;
  let lowest = top;
  for (let i = start + direction; i >= 0 && i < heights.length; i += direction) {
    const height = heights[i] as number;
    if (height > top) return lowest;
    if (height < lowest) lowest = height;
  }
  return lowest;
}
