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
    next: ({ values }, horizon) => {
      const recent = newest(values, WINDOW);
      const first = recent[0] as number;
      // The library searches a tenth of a second for what there is not: an idle night would cost a hundred times its worth.
      if (recent.every((value) => value === first)) return new Float64Array(horizon).fill(first);
      return augurs.ets(recent, horizon);
    },
  });
}
