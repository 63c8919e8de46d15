import type { Spike } from "../../protocol/patterns.ts";
import { median, moments, quantileSorted, sortedMeasured } from "./statistics.ts";
import { type Track, wallMsOf } from "./track.ts";

/**
 * Robust standard deviations from what was expected. Normal noise passes it once in 3.5 million steps, that is hardly ever
 * in a week of minutes; 3.5 (Iglewicz and Hoaglin 1993) would be passed five times in every quiet week.
 */
const LEAST_SCORE = 5;
const MAX_SHOWN = 20;
/** Less than this share of the usual range is nothing that anybody would call a spike, however quiet the rest. */
const LEAST_RANGE_RATIO = 0.05;

/**
 * Runs of steps far from what was expected: |y − expected − median| above 5 scales, the scale being 1.4826 × the median
 * absolute deviation, or 1.2533 × the mean one where more than half of the deviations are 0 (Iglewicz and Hoaglin 1993);
 * and a twentieth of the distance between the 5th and the 95th percentile.
 */
export function spikesOf(track: Track, expected: Float64Array): { spikes: Spike[]; spikeCount: number } {
  const residuals = track.values.map((value, t) => value - (expected[t] as number));
  const middle = median(residuals);
  const deviations = residuals.map((residual) => Math.abs(residual - middle));
  const scale = 1.4826 * median(deviations) || 1.2533 * moments(deviations).mean;
  const largest = track.values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
  // Deviations of a series that is its own expectation are rounding.
  if (!(scale > 1e-12 * largest)) return { spikes: [], spikeCount: 0 };
  const sorted = sortedMeasured(track.values);
  const range = quantileSorted(sorted, 0.95) - quantileSorted(sorted, 0.05);
  const least = Math.max(LEAST_SCORE, (LEAST_RANGE_RATIO * range) / scale);
  const score = (t: number): number => ((residuals[t] as number) - middle) / scale;

  const spikes: Spike[] = [];
  for (let t = 0; t < residuals.length; t++) {
    const direction = Math.sign(score(t));
    if (!(Math.abs(score(t)) > least)) continue;
    let furthest = t;
    let end = t;
    while (score(end + 1) * direction > least) {
      end++;
      if (score(end) * direction > score(furthest) * direction) furthest = end;
    }
    spikes.push({
      fromMs: wallMsOf(track, t),
      toMs: wallMsOf(track, end + 1),
      direction: direction > 0 ? "up" : "down",
      value: track.values[furthest] as number,
      expected: (expected[furthest] as number) + middle,
      score: Math.abs(score(furthest)),
    });
    t = end;
  }
  const shown = spikes
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MAX_SHOWN)
    .toSorted((a, b) => a.fromMs - b.fromMs);
  return { spikes: shown, spikeCount: spikes.length };
}
