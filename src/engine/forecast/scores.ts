import type { ForecastScore } from "../protocol/model.ts";
import type { ArenaResult, ArenaSeries } from "./arena.ts";
import { Feedback, type Offsets, offsetsAt, type Residuals, spreadOf } from "./intervals.ts";
import { historyAt } from "./arena.ts";

/** Below it all change is rounding. */
const PERFECT = 1e-9;
const MOST_SHARE = 1e300;

/** One model after its tests. */
export interface Judged {
  readonly id: string;
  /** `null`: it was not fitted at every origin that is judged, so that it cannot be compared. */
  readonly mae: number | null;
  readonly coverage: number | null;
  readonly residuals: Residuals;
  /** The confidence to aim at after all tests, so that the asked one is held. */
  readonly wanted: number;
  /** In units of the scaled series, but for `mase`, `wape`, `accuracy` and `coverage`. */
  readonly score: Omit<ForecastScore, "fitMs" | "predictMs">;
  /** Intervals of the judged tests, `tests × horizon`; NaN where there was none. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** The spread of the series at each origin, from what was known there. */
export function spreads(series: ArenaSeries, { plan }: ArenaResult): Float64Array {
  return Float64Array.from(plan.origins, (origin) => spreadOf(historyAt({ ...series, others: [] }, origin).values));
}

/** Figures of one model over the judged origins. @param predicted as in the arena's result */
export function judge(
  id: string,
  predicted: Float64Array,
  { plan, actual }: ArenaResult,
  spread: Float64Array,
  naiveMae: number,
  confidence: number,
): Judged {
  const { origins, horizon, firstTest } = plan;
  const values = actual.map(
    (value, i) => (value - (predicted[i] as number)) / (spread[Math.floor(i / horizon)] as number),
  );
  const residuals: Residuals = { origins, horizon, values, spreads: spread };
  const tests = origins.length - firstTest;
  const lo = new Float64Array(tests * horizon).fill(Number.NaN);
  const hi = new Float64Array(tests * horizon).fill(Number.NaN);
  const sums = { error: 0, size: 0, count: 0, silent: 0, inside: 0, interval: 0, banded: 0 };
  const alpha = 1 - confidence;
  const feedback = new Feedback(confidence);
  /** Missed shares of tests that are not over yet at the origin that is looked at, oldest first. */
  const open: { readonly over: number; readonly missed: number; readonly share: number }[] = [];
  const learn = ({ missed, share }: (typeof open)[number]): void => feedback.add(missed, share);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row] as number;
    while (open[0] !== undefined && open[0].over <= origin) learn(open.shift() as (typeof open)[number]);
    const offsets = offsetsAt(residuals, origin, confidence, feedback.wanted);
    if (offsets !== null) {
      const missed = missedRatio(actual, predicted, row, horizon, offsets, spread[row] as number);
      const share = Math.min(1, (origin - (origins[row - 1] ?? origin - horizon)) / horizon);
      if (missed !== null) open.push({ over: origin + horizon, missed, share });
    }
    if (row < firstTest) continue;
    for (let h = 0; h < horizon; h++) {
      const i = row * horizon + h;
      const mean = predicted[i] as number;
      const value = actual[i] as number;
      const band = offsets === null ? null : interval(mean, offsets, h, spread[row] as number);
      if (band !== null) {
        lo[i - firstTest * horizon] = band.lo;
        hi[i - firstTest * horizon] = band.hi;
      }
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(mean)) {
        sums.silent++;
        continue;
      }
      sums.error += Math.abs(value - mean);
      sums.size += Math.abs(value);
      sums.count++;
      if (band === null) continue;
      const outside = outsideOf(value, band.lo, band.hi);
      sums.banded++;
      if (outside === 0) sums.inside++;
      sums.interval += band.hi - band.lo + (2 / alpha) * outside;
    }
  }
  const known = sums.count > 0 && sums.silent === 0;
  // Most of the tests must have had an interval: the first few alone say nothing.
  const calibrated = known && sums.banded >= sums.count / 2;
  const mae = known ? sums.error / sums.count : null;
  const wape = known ? quotient(sums.error, sums.size) : null;
  const coverage = calibrated ? sums.inside / sums.banded : null;
  const score = {
    model: id,
    mae,
    mase: mae === null || !(naiveMae > PERFECT) ? null : quotient(mae, naiveMae),
    wape,
    // Of a share beyond all reason the percentage would be infinite.
    accuracy: wape === null || wape > MOST_SHARE ? null : 100 * (1 - wape),
    coverage,
    intervalScore: calibrated ? sums.interval / sums.banded : null,
  };
  open.forEach(learn);
  return { id, mae, coverage, residuals, wanted: feedback.wanted, score, lo, hi };
}

/** `null` for one that is no number: by nothing, or by so little that it is infinite. */
function quotient(dividend: number, divisor: number): number | null {
  const value = dividend / divisor;
  return divisor > 0 && Number.isFinite(value) ? value : null;
}

/** Share of the measured values of one test that were outside the interval; `null` when there were none. */
function missedRatio(
  actual: Float64Array,
  predicted: Float64Array,
  row: number,
  horizon: number,
  offsets: Offsets,
  spread: number,
): number | null {
  let missed = 0;
  let count = 0;
  for (let h = 0; h < horizon; h++) {
    const value = actual[row * horizon + h] as number;
    const mean = predicted[row * horizon + h] as number;
    if (Number.isNaN(value) || Number.isNaN(mean)) continue;
    const { lo, hi } = interval(mean, offsets, h, spread);
    count++;
    if (outsideOf(value, lo, hi) > 0) missed++;
  }
  return count === 0 ? null : missed / count;
}

/** How far a value lies outside an interval. Both went through the same sums: a hair's difference is rounding. */
function outsideOf(value: number, lo: number, hi: number): number {
  const outside = Math.max(0, lo - value, value - hi);
  return outside <= PERFECT * Math.max(Math.abs(value), Math.abs(lo), Math.abs(hi)) ? 0 : outside;
}

/** The band around a forecast of lead `h` (from 0 on). */
export function interval(
  mean: number,
  { above, below, most }: Offsets,
  h: number,
  spread: number,
): { lo: number; hi: number } {
  return {
    lo: mean - Math.min(most, (below[h] as number) * spread),
    hi: mean + Math.min(most, (above[h] as number) * spread),
  };
}

/** In-sample mean absolute change from one value to the next; NaN when no two are neighbours. */
export function oneStepNaiveMae(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let t = 1; t < values.length; t++) {
    const change = Math.abs((values[t] as number) - (values[t - 1] as number));
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  return sum / count;
}
