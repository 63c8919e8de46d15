/** Only the newest of a longer history are used: 11 days of 4 minutes, two and a half of one minute. */
export const MAX_STEPS = 4_000;
/** A larger share missing, and filling would invent the series: of all values, and of those in longer gaps. */
const MAX_MISSING_RATIO = 0.7;
const MAX_LONG_GAPS_RATIO = 0.3;
/** A gap this short is no lack: a series sampled every five seconds on steps of two has them everywhere. */
const SHORT_GAP = 3;
/** A gap at the very end may be this long: beyond it nobody knows the present, let alone the future. */
export const MAX_TRAILING_GAP = 10;
/** A gap this short is bridged by a straight line, a longer one by the season before. */
const BRIDGED = 5;

/** A history as it was measured, brought into range: NaN where nothing was measured; the first value is measured. */
export interface Measured {
  /** In units of `scale`: at most 2 in size. */
  readonly values: Float64Array;
  /** A power of two, so that dividing by it loses nothing. */
  readonly scale: number;
  readonly missing: number;
  readonly trailingGap: number;
  /** Filling the holes would invent the series. */
  readonly tooManyHoles: boolean;
}

/**
 * The newest values from the first measured one on; what is not finite counts as not measured. Scaling keeps squares of
 * the largest numbers finite and those of the smallest apart from zero.
 */
export function prepare(raw: Float64Array, most = MAX_STEPS): Measured {
  const cut = raw.length > most ? raw.subarray(raw.length - most) : raw;
  let first = 0;
  while (first < cut.length && !Number.isFinite(cut[first])) first++;
  let largest = 0;
  let missing = 0;
  let inLongGaps = 0;
  let trailingGap = 0;
  for (let t = first; t < cut.length; t++) {
    const value = cut[t] as number;
    if (Number.isFinite(value)) {
      largest = Math.max(largest, Math.abs(value));
      trailingGap = 0;
    } else {
      missing++;
      trailingGap++;
      // The step that makes a gap a long one brings those before it along.
      if (trailingGap > SHORT_GAP) inLongGaps += trailingGap === SHORT_GAP + 1 ? trailingGap : 1;
    }
  }
  // Subnormal numbers have no power of two below them to divide by, and the logarithm of the largest is rounded up.
  const scale = largest < 1e-300 ? 1 : 2 ** Math.min(1023, Math.floor(Math.log2(largest)));
  const values = new Float64Array(cut.length - first);
  for (let t = 0; t < values.length; t++) {
    const value = cut[first + t] as number;
    values[t] = Number.isFinite(value) ? value / scale : Number.NaN;
  }
  const tooManyHoles = missing > MAX_MISSING_RATIO * values.length || inLongGaps > MAX_LONG_GAPS_RATIO * values.length;
  return { values, scale, missing, trailingGap, tooManyHoles };
}

/**
 * The first `length` values with their holes filled from what came before and, inside short gaps, after: for fitting
 * alone. Nothing past `length` is looked at, so that a back-test never sees the values it is judged by.
 */
export function filled(measured: Float64Array, length: number, season: number | null): Float64Array {
  const out = measured.slice(0, length);
  for (let t = 0; t < length; t++) {
    if (!Number.isNaN(out[t])) continue;
    let end = t;
    while (end < length && Number.isNaN(out[end])) end++;
    const before = out[t - 1] as number;
    const after = end < length ? (out[end] as number) : before;
    const seasonal = season !== null && t >= season && end - t > BRIDGED;
    for (let at = t; at < end; at++) {
      out[at] = seasonal ? (out[at - season] as number) : before + ((after - before) * (at - t + 1)) / (end - t + 1);
    }
    t = end - 1;
  }
  return out;
}
