import type { Pattern, PatternBasis } from "../../protocol/patterns.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;
/** Mean Gregorian month and quarter: 365.2425 days ÷ 12 and ÷ 4. */
export const MONTH_MS = 30.436875 * DAY_MS;
export const QUARTER_MS = 3 * MONTH_MS;

/** A larger number cannot be squared and summed; nothing that we measure comes near it. */
const MAX_SIZE = 1e100;
/** A history this much shorter than needed still is the needed one: a start between two steps, a restart. */
const SHORT_RATIO = 0.005;
/** Of the time that is needed, this share must have been measured. */
const LEAST_MEASURED_RATIO = 0.5;

/** A series on even steps of the swarm's own time. */
export interface Track {
  /** Means, oldest first; NaN where nothing was measured. */
  readonly values: Float64Array;
  /** Own time at the start of the first step: wall-clock time × time scale. */
  readonly fromMs: number;
  readonly stepMs: number;
  readonly timeScale: number;
}

/**
 * @param wallFromMs,wallStepMs in wall-clock time
 * @throws RangeError for a time scale or a step that is not above 0
 */
export function trackOf(raw: Float64Array, wallFromMs: number, wallStepMs: number, timeScale: number): Track {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) throw new RangeError(`timeScale must be > 0, got ${timeScale}`);
  if (!(wallStepMs > 0 && Number.isFinite(wallStepMs))) throw new RangeError(`stepMs must be > 0, got ${wallStepMs}`);
  if (!Number.isFinite(wallFromMs)) throw new RangeError(`fromMs must be a time, got ${wallFromMs}`);
  const values = raw.map((value) => (Math.abs(value) <= MAX_SIZE ? value : Number.NaN));
  return { values, fromMs: wallFromMs * timeScale, stepMs: wallStepMs * timeScale, timeScale };
}

/** Wall-clock time at the start of a step. */
export function wallMsOf({ fromMs, stepMs, timeScale }: Track, step: number): number {
  return Math.round((fromMs + step * stepMs) / timeScale);
}

/**
 * Means over bins of `binMs`, the last one ending with the track; a started one is left out. A bin that is not a whole
 * number of steps has one more of them now and then. The track itself where a step is as long as a bin already.
 */
export function coarsened(track: Track, binMs: number): Track {
  return binned(track, binMs).track;
}

/** The same, with the share of its steps that were measured for each bin. */
export function binned(track: Track, binMs: number): { readonly track: Track; readonly measured: Float64Array } {
  const width = Math.max(1, binMs / track.stepMs);
  const n = track.values.length;
  if (width < 1 + 1e-9) return { track, measured: track.values.map((value) => (Number.isNaN(value) ? 0 : 1)) };
  const bins = Math.floor(n / width + 1e-9);
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const steps = new Float64Array(bins);
  for (let t = 0; t < n; t++) {
    const bin = bins - 1 - Math.floor((n - 1 - t) / width + 1e-9);
    if (bin < 0) continue;
    steps[bin] = (steps[bin] as number) + 1;
    const value = track.values[t] as number;
    if (Number.isNaN(value)) continue;
    sums[bin] = (sums[bin] as number) + value;
    counts[bin] = (counts[bin] as number) + 1;
  }
  const stepMs = width * track.stepMs;
  const fromMs = track.fromMs + n * track.stepMs - bins * stepMs;
  return {
    track: { ...track, values: sums.map((sum, bin) => sum / (counts[bin] as number)), fromMs, stepMs },
    measured: counts.map((count, bin) => count / (steps[bin] as number)),
  };
}

/** The newest `lengthMs` of it. */
export function newest(track: Track, lengthMs: number): Track {
  const kept = Math.min(track.values.length, Math.round(lengthMs / track.stepMs));
  const cut = track.values.length - kept;
  return cut === 0
    ? track
    : { ...track, values: track.values.subarray(cut), fromMs: track.fromMs + cut * track.stepMs };
}

interface Extent {
  readonly first: number;
  readonly last: number;
  readonly measured: number;
}

function extentOf(values: Float64Array): Extent {
  let first = -1;
  let last = -1;
  let measured = 0;
  for (let t = 0; t < values.length; t++) {
    if (Number.isNaN(values[t])) continue;
    if (first < 0) first = t;
    last = t;
    measured++;
  }
  return { first, last, measured };
}

type TooLittle = Extract<Pattern<unknown>, { kind: "tooLittle" }>;

/** From its first measured step on: what an answer rests on. */
export function basisOf(track: Track): PatternBasis {
  const { first, measured } = extentOf(track.values);
  const from = Math.max(0, first);
  const steps = track.values.length - from;
  return {
    fromMs: wallMsOf(track, from),
    toMs: wallMsOf(track, track.values.length),
    steps,
    missing: steps - measured,
    stepMs: track.stepMs,
  };
}

/**
 * What is lacking to `neededMs` of history; `null` when nothing is. The measured time must reach back that far, and at
 * least half of it must have been measured.
 */
export function lacking(track: Track, neededMs: number): TooLittle | null {
  const { first, last, measured } = extentOf(track.values);
  const spanMs = measured === 0 ? 0 : (last - first + 1) * track.stepMs;
  if (spanMs < neededMs * (1 - SHORT_RATIO)) return { kind: "tooLittle", neededMs, haveMs: spanMs };
  const measuredMs = measured * track.stepMs;
  if (measuredMs < neededMs * LEAST_MEASURED_RATIO) return { kind: "tooLittle", neededMs, haveMs: measuredMs };
  return null;
}

/** Whether all measured values are the same. */
export function isConstant(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return values.every((value) => Number.isNaN(value) || value === first);
}

/** An answer, or why there is none: too little history first, then what has no answer. */
export function answered<T extends object>(track: Track, neededMs: number, make: () => T | string): Pattern<T> {
  const short = lacking(track, neededMs);
  if (short !== null) return short;
  const made = make();
  if (typeof made === "string") return { kind: "undefined", reason: { code: made, args: {} } };
  return { kind: "known", basis: basisOf(track), ...made };
}
