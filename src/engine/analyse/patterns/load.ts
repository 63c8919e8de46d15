import type { LoadPattern, Pattern } from "../../protocol/patterns.ts";
import { extremesOf } from "./extremes.ts";
import { spikesOf } from "./spikes.ts";
import { quantileSorted, sortedMeasured } from "./statistics.ts";
import { answered, DAY_MS, type Track } from "./track.ts";

const BASELINE_QUANTILE = 0.1;
const HIGH_QUANTILE = 0.95;

/** Levels, and what rises above or falls below them. */
export function loadOf(track: Track, expected: Float64Array): Pattern<LoadPattern> {
  return answered(track, DAY_MS, () => {
    const sorted = sortedMeasured(track.values);
    return {
      baseline: quantileSorted(sorted, BASELINE_QUANTILE),
      median: quantileSorted(sorted, 0.5),
      high: quantileSorted(sorted, HIGH_QUANTILE),
      greatest: quantileSorted(sorted, 1),
      peaks: extremesOf(track, 1),
      valleys: extremesOf(track, -1),
      ...spikesOf(track, expected),
    };
  });
}
