import { correlationAt, detrended, findPeriod, type Period } from "../../common/autocorrelation.ts";
import type { DetectedPeriod, Pattern } from "../../protocol/patterns.ts";
import { answered, coarsened, DAY_MS, isConstant, type Track } from "./track.ts";

/** The search takes n²/3 multiplications: 2,520 bins (of 4 minutes in a week) take 5 ms, 10,080 minutes 16 times as long. */
const MAX_BINS = 2_520;
const MAX_MISSING_RATIO = 1 / 3;
const MAX_MULTIPLES = 3;
const NEAR_RATIO = 0.02;

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
    const { lag, correlation } = refined(bridged(known.values), found.lag * width, width);
    return { periodMs: lag * track.stepMs, correlation: Math.min(1, correlation) };
  });
}

/**
 * The lag near the one found on bins where the correlations one, two and three periods ago are greatest together: noise
 * moves the top of the first alone by several per cent.
 */
function refined(raw: Float64Array, lag: number, width: number): Period {
  const values = detrended(raw);
  const multiples = Math.max(1, Math.min(MAX_MULTIPLES, Math.floor(values.length / (2 * lag))));
  const reach = Math.max(width, Math.round(NEAR_RATIO * lag));
  let best = { lag, together: Number.NEGATIVE_INFINITY };
  for (let near = Math.max(1, lag - reach); near <= lag + reach; near++) {
    let together = 0;
    for (let multiple = 1; multiple <= multiples; multiple++) together += correlationAt(values, multiple * near);
    if (together > best.together) best = { lag: near, together };
  }
  return { lag: best.lag, correlation: correlationAt(values, best.lag) };
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
