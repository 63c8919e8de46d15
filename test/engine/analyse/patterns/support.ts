import { UTC, type ZoneSpan } from "../../../../src/engine/analyse/patterns/calendar.ts";
import { seriesPatterns } from "../../../../src/engine/analyse/patterns/patterns.ts";
import { type Track, trackOf } from "../../../../src/engine/analyse/patterns/track.ts";
import { createRng, normal } from "../../../../src/engine/common/rng.ts";
import type { Pattern } from "../../../../src/engine/protocol/patterns.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday, midnight. */
export const MONDAY = Date.UTC(2026, 0, 5);
export const WEEK_STEPS = 7 * 1440;

/** A series of minutes from Monday on. */
export function minutes(
  steps: number,
  seed: number,
  value: (t: number, noise: () => number, uniform: () => number) => number,
): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: steps }, (_, t) => value(t, () => normal(rng), rng));
}

export function track(values: Float64Array, stepMs = MINUTE_MS, fromMs = MONDAY): Track {
  return trackOf(values, fromMs, stepMs, 1);
}

/** All of a series, in minutes from Monday on. */
export const found = (values: Float64Array, zone: readonly ZoneSpan[] = UTC) =>
  seriesPatterns(track(values), null, zone);

/** A day between 2 and 8, highest at 6:00. */
export const day = (t: number): number => 5 + 3 * Math.sin((2 * Math.PI * t) / 1440);

/** The answer, which the test expects there to be. */
export function known<T>(pattern: Pattern<T>): Extract<Pattern<T>, { kind: "known" }> {
  if (pattern.kind !== "known") throw new Error(`expected an answer, got ${JSON.stringify(pattern)}`);
  return pattern as Extract<Pattern<T>, { kind: "known" }>;
}

export function variance(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
}
