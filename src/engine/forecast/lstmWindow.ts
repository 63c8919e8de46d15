import { median } from "../common/statistics.ts";
import { featureShape, phase } from "./features.ts";
import type { History } from "./forecaster.ts";
import { spreadOf } from "./intervals.ts";
import { MEDIAN_WINDOW } from "./median.ts";

/** Steps that the network looks at, and figures of each. */
export const WINDOW = 48;
export const FEATURES = 4;
/** Values and targets beyond so many spreads are spikes: they would pull everything else along. */
const MOST_SPREADS = 6;

/** What the network sees at `t`, from values up to there: `WINDOW × FEATURES`, levels in spreads around the recent median. */
export function windowAt(history: History, t: number): { window: Float32Array; spread: number } {
  const { values, season, calendar } = history;
  const known = values.subarray(0, t + 1);
  const level = median(known.subarray(Math.max(0, t + 1 - MEDIAN_WINDOW)));
  const spread = spreadOf(known);
  // The same whatever history it is asked with later: what counts is whether a day was seen before `t`.
  const day = calendar === null || !featureShape({ ...history, values: known }).day ? null : calendar;
  const ago = season ?? (day === null ? null : Math.round(day.dayMs / day.stepMs));
  const scaled = (value: number): number => Math.max(-MOST_SPREADS, Math.min(MOST_SPREADS, (value - level) / spread));
  const window = new Float32Array(WINDOW * FEATURES);
  for (let step = 0; step < WINDOW; step++) {
    const at = t - WINDOW + 1 + step;
    const value = values[at] as number;
    // One step ahead of its time: what followed this step a season ago.
    const before = ago === null ? -1 : at + 1 - ago;
    const [sine, cosine] = day === null ? seasonPhase(at, season) : phase(day, at, 1);
    window[step * FEATURES] = scaled(value);
    window[step * FEATURES + 1] = before >= 0 ? scaled(values[before] as number) : 0;
    window[step * FEATURES + 2] = sine;
    window[step * FEATURES + 3] = cosine;
  }
  return { window, spread };
}

function seasonPhase(t: number, season: number | null): [number, number] {
  if (season === null) return [0, 0];
  const angle = (2 * Math.PI * (t % season)) / season;
  return [Math.sin(angle), Math.cos(angle)];
}

export function limited(spreads: number): number {
  return Math.max(-MOST_SPREADS, Math.min(MOST_SPREADS, spreads));
}
