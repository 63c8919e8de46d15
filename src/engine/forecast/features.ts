import { median, medianOfSorted } from "../common/statistics.ts";
import type { Calendar, History } from "./forecaster.ts";
import { MEDIAN_WINDOW } from "./median.ts";

const LAGS = [0, 1, 2, 3, 5, 8, 11];
const WINDOWS = [3, 6, 12, MEDIAN_WINDOW, 2 * MEDIAN_WINDOW];
const SPREAD_WINDOWS = [12, MEDIAN_WINDOW];
/** Steps after the next one that are looked up a day and a season ago. */
const AHEAD = [0, 3, 6];
const WEEK_DAYS = 7;
/** Days, or weeks, that must have been seen before their time is used. */
const LEAST_PERIODS = 2;

/** Steps of history that a row looks back over. */
export const FEATURE_REACH = 2 * MEDIAN_WINDOW;

/** Which parts of the calendar a history is long enough to know. */
export interface FeatureShape {
  readonly day: boolean;
  readonly week: boolean;
}

/**
 * A time of day that was seen once says nothing about that time of day: it would be learned as the passing of time.
 */
export function featureShape({ values, calendar }: History): FeatureShape {
  if (calendar === null) return { day: false, week: false };
  const days = (values.length * calendar.stepMs) / calendar.dayMs;
  return { day: days >= LEAST_PERIODS, week: days >= LEAST_PERIODS * WEEK_DAYS };
}

/**
 * One row of features for what comes after the value at `t`, from values up to `t` alone: lags and rolling medians, spreads
 * and extremes, the same steps a day and a season ago, time of day and of week, other metrics. Levels are relative to the
 * median of the last 36 values, so that what is learned at one level holds at another; that median itself is one feature.
 */
export function featureRow(history: History, t: number, shape: FeatureShape): number[] {
  const { values, season, calendar, others } = history;
  const sorted = WINDOWS.map((window) => values.subarray(Math.max(0, t + 1 - window), t + 1).toSorted());
  const medians = sorted.map(medianOfSorted);
  const level = medians[WINDOWS.indexOf(MEDIAN_WINDOW)] as number;
  const row: number[] = [level];
  const at = (index: number): number => (index >= 0 && index < values.length ? (values[index] as number) - level : 0);
  for (const lag of LAGS) row.push(at(Math.max(0, t - lag)));
  for (const middle of medians) row.push(middle - level);
  for (const window of SPREAD_WINDOWS) {
    const recent = sorted[WINDOWS.indexOf(window)] as Float64Array;
    let away = 0;
    for (const value of recent) away += Math.abs(value - level);
    row.push((recent[0] as number) - level, (recent.at(-1) as number) - level, away / recent.length);
  }
  if (season !== null)
    for (const ahead of AHEAD) row.push(at(t + 1 + ahead - season * Math.ceil((1 + ahead) / season)));
  if (calendar !== null && shape.day) {
    const day = Math.round(calendar.dayMs / calendar.stepMs);
    row.push(...phase(calendar, t, 1));
    if (day > AHEAD.length && day !== season) for (const ahead of AHEAD) row.push(at(t + 1 + ahead - day));
  }
  if (calendar !== null && shape.week) row.push(...phase(calendar, t, WEEK_DAYS));
  for (const other of others) {
    const around = median(other.slice(Math.max(0, t + 1 - MEDIAN_WINDOW), t + 1));
    row.push(around, (other[t] as number) - around);
  }
  return row;
}

/** Sine and cosine of the time of day, or of a period of several days. */
export function phase({ startMs, stepMs, dayMs }: Calendar, t: number, periodDays: number): [number, number] {
  const angle = 2 * Math.PI * (((startMs + t * stepMs) / dayMs / periodDays) % 1);
  return [Math.sin(angle), Math.cos(angle)];
}
