import { correlationAt, detrended, findPeriod, type Period } from "../../common/autocorrelation.ts";
import type { DetectedPeriod, Pattern } from "../../protocol/patterns.ts";
import { answered, coarsened, DAY_MS, isConstant, type Track } from "./track.ts";

/** The search takes n²/3 multiplications: 2,520 bins (of 4 minutes in a week) take 5 ms, 10,080 minutes 16 times as long. */
const MAX_BINS = 2_520;
const MAX_MISSING_RATIO = 1 / 3;

/**
 * The strongest repetition of a series, found on at most 2,520 bins and then placed to a step. Periods from four bins (16
 * minutes in a week) to a third of the history.
 */
export function periodOf(track: Track): Pattern<DetectedPeriod> {
  return answered(track, DAY_MS, () => {
    if (isConstant(track.values)) return "patterns.constant";
    const first = track.values.findIndex((value) => !Number.isNaN(value));
    const known: Track = { ...track, values: track.values.subarray(first) };
    const coarse = coarsened(known, Math.ceil(known.values.length / MAX_BINS) * track.stepMs);
    const missing = coarse.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
    if (missing > MAX_MISSING_RATIO * coarse.values.length) return "patterns.holes";
    const found = findPeriod(bridged(coarse.values));
    if (found === null) return "patterns.noPeriod";
    const width = Math.round(coarse.stepMs / track.stepMs);
    const { lag, correlation } = width === 1 ? found : refined(bridged(known.values), found.lag * width, width);
    return { periodMs: lag * track.stepMs, correlation: Math.min(1, correlation) };
  });
}

/** The best lag within a bin of the one found on bins. */
function refined(raw: Float64Array, lag: number, width: number): Period {
  const values = detrended(raw);
  let best = { lag, correlation: correlationAt(values, lag) };
  for (let near = Math.max(1, lag - width); near <= lag + width; near++) {
    const correlation = correlationAt(values, near);
    if (correlation > best.correlation) best = { lag: near, correlation };
  }
  return best;
}

/** Holes bridged by straight lines, ends by the nearest value; at most 1 in size, as the search expects. */
function bridged(values: Float64Array): Float64Array {
  const largest = values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
  const out = values.map((value) => value / largest);
  let before = -1;
  for (let t = 0; t <= out.length; t++) {
    if (t < out.length && Number.isNaN(out[t])) continue;
    for (let hole = before + 1; hole < t; hole++) {
      const left = out[Math.max(0, before)] as number;
      const right = out[Math.min(t, out.length - 1)] as number;
      const share = (hole - before) / (t - before);
      out[hole] = before < 0 ? right : t === out.length ? left : left + share * (right - left);
    }
    before = t;
  }
  return out;
}
