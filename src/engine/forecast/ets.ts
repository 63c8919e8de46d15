import type { Augurs } from "./augurs.ts";
import { type Forecaster, newest } from "./forecaster.ts";
import { continuer } from "./rules.ts";

/** Without a season older values say nothing about the next ones, and the time of a fit grows with their number. */
const WINDOW = 300;

/** Exponential smoothing in state-space form, error and trend selected by AICc (Hyndman et al. 2002). */
export function ets(augurs: Augurs): Forecaster {
  return continuer({
    id: "ets",
    role: "baseline",
    least: () => 12,
    next: ({ values }, horizon) => augurs.ets(newest(values, WINDOW), horizon),
  });
}
