import { findPeriod, LEAST_CYCLES, LEAST_PERIOD } from "../common/autocorrelation.ts";
import { filled, prepare } from "./prepare.ts";

/** Length in steps of the season of a series, `null` when none stands out or too much is missing to say. */
export function detectSeason(raw: Float64Array): number | null {
  const measured = prepare(raw);
  const n = measured.values.length;
  if (n < LEAST_CYCLES * LEAST_PERIOD || measured.missing > n / 3) return null;
  return findPeriod(filled(measured.values, n, null))?.lag ?? null;
}
