import { type Moments, momentsOf } from "./moments.ts";

/** So many stretches at most: a handful tells a peak from a valley, and each of them costs a search some time. */
const MOST_STRETCHES = 12;
/** With so many arrivals a stretch its rate is known to a fifth. */
const LEAST_EACH = 25;

/** How the load of a lane went over a window. */
export interface ArrivalLoad {
  /** Tasks a second in each of equal stretches, oldest first; their mean is that of the window. */
  readonly rates: Float64Array;
  readonly stretchSec: number;
  /** Of the times between arrivals within a stretch, in units of its own mean. */
  readonly arrivalScv: number;
}

/**
 * The rates of arrivals stretch by stretch, without what is mere chance: counts of a steady load differ too, by
 * `scv · mean` in their variance, and by so much the differences are shrunk (the method of moments for a rate that varies:
 * the variance of counts is that of the rate and that of chance). A steady load so has one rate.
 *
 * @param arrivals ascending, epoch ms, at least two different ones, all in the window
 */
export function arrivalLoad(arrivals: readonly number[], fromMs: number, toMs: number): ArrivalLoad {
  const stretches = Math.max(1, Math.min(MOST_STRETCHES, Math.floor(arrivals.length / LEAST_EACH)));
  const stretchMs = (toMs - fromMs) / stretches;
  const of = (at: number): number => Math.min(stretches - 1, Math.floor((at - fromMs) / stretchMs));
  const counts = new Float64Array(stretches);
  for (const at of arrivals) counts[of(at)] = (counts[of(at)] as number) + 1;
  const mean = arrivals.length / stretches;

  const gaps: number[] = [];
  for (let n = 1; n < arrivals.length; n++) {
    const [before, at] = [arrivals[n - 1] as number, arrivals[n] as number];
    if (of(before) === of(at)) gaps.push((at - before) * (counts[of(at)] as number));
  }
  const within = momentsOf(gaps);
  const arrivalScv = isKnown(within)
    ? within.scv
    : momentsOf(arrivals.slice(1).map((at, n) => at - (arrivals[n] as number))).scv;

  let observed = 0;
  for (const count of counts) observed += (count - mean) ** 2 / Math.max(1, stretches - 1);
  const share = observed > 0 ? Math.sqrt(Math.max(0, 1 - (mean * arrivalScv) / observed)) : 0;
  const rates = counts.map((count) => ((mean + share * (count - mean)) * 1_000) / stretchMs);
  return { rates, stretchSec: stretchMs / 1_000, arrivalScv };
}

function isKnown({ mean, scv }: Moments): boolean {
  return mean > 0 && Number.isFinite(scv);
}
