import type { Augurs } from "./augurs.ts";
import { finite, type Forecaster, newest } from "./forecaster.ts";

/** Without a season older values say nothing about the next ones, and the time of a fit grows with their number. */
const WINDOW = 600;

/** Exponential smoothing in state-space form, error and trend selected by AICc (Hyndman et al. 2002). */
export function ets(augurs: Augurs): Forecaster {
  return {
    id: "ets",
    role: "baseline",
    least: () => 12,
    forecast: ({ values }, horizon) => finite("ets", augurs.ets(newest(values, WINDOW), horizon), horizon),
  };
}
