import type { Pattern, PredictabilityPattern } from "../../protocol/patterns.ts";
import { moments } from "./statistics.ts";
import { answered, coarsened, DAY_MS, HOUR_MS, isConstant, type Track, WEEK_MS } from "./track.ts";

const HOURS_A_DAY = 24;
/** Days that a forecast looks back. */
const MAX_DAYS_BACK = 7;

/**
 * How well the days before foretell each hour: max(0, 1 − Σ(y − ŷ)² ÷ Σ(y − ȳ)²) over the hourly means, ŷ being the mean of
 * the same hour on up to seven days before (the efficiency of Nash and Sutcliffe 1970, of forecasts that never see what
 * they are judged by). Noise and walks without aim score 0, a day that repeats itself 1.
 */
export function predictabilityOf(track: Track): Pattern<PredictabilityPattern> {
  return answered(track, WEEK_MS, () => {
    const hours = coarsened(track, HOUR_MS);
    if (hours.stepMs > HOUR_MS * (1 + 1e-9)) return "patterns.longSteps";
    if (isConstant(hours.values)) return "patterns.constant";
    const judged: number[] = [];
    let squares = 0;
    for (let t = HOURS_A_DAY; t < hours.values.length; t++) {
      const value = hours.values[t] as number;
      const before = meanOfDaysBefore(hours.values, t);
      if (Number.isNaN(value) || Number.isNaN(before)) continue;
      judged.push(value);
      squares += (value - before) ** 2;
    }
    const { count, variance } = moments(judged);
    if (count < DAY_MS / HOUR_MS) return "patterns.holes";
    if (!(variance > 0)) return "patterns.constant";
    return { score: Math.max(0, 1 - squares / count / variance), errorRms: Math.sqrt(squares / count) };
  });
}

function meanOfDaysBefore(hours: Float64Array, t: number): number {
  let sum = 0;
  let count = 0;
  for (let day = 1; day <= MAX_DAYS_BACK; day++) {
    const value = hours[t - day * HOURS_A_DAY];
    if (value === undefined || Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
