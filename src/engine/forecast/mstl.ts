import type { Augurs } from "./augurs.ts";
import { type Forecaster, newest } from "./forecaster.ts";
import { coarsen, refine } from "./resample.ts";
import { continuer } from "./rules.ts";

/** A fit takes 0.05 ms a value: with 1,200 values 16 back-tests take a second. */
const MAX_VALUES = 1_200;
/** At least this many seasons are kept; a long season is made coarser so that they fit in. */
const SEASONS_KEPT = 4;
const MAX_PERIOD = MAX_VALUES / SEASONS_KEPT;

/**
 * Season and trend by loess (Cleveland et al. 1990; Bandara et al. 2021), the rest continued by ETS. A season of more than
 * 300 steps is averaged to 300 bins first, because the cost grows with it while its shape does not get richer.
 */
export function mstl(augurs: Augurs): Forecaster {
  return continuer({
    id: "mstl",
    role: "candidate",
    least: (season) => (season === null ? Number.POSITIVE_INFINITY : 2 * season),
    next: ({ values, season }, horizon) => {
      if (season === null) throw new Error("mstl: no season");
      if (season <= MAX_PERIOD) {
        // Whole seasons, and never fewer than the two that it needs.
        const kept = Math.max(2, Math.floor(MAX_VALUES / season)) * season;
        return augurs.mstl(newest(values, kept), season, horizon);
      }
      const binSteps = season / MAX_PERIOD;
      const bins = Math.min(Math.floor(values.length / binSteps), MAX_VALUES);
      const coarse = coarsen(values, binSteps, bins);
      const ahead = augurs.mstl(coarse, MAX_PERIOD, Math.ceil(horizon / binSteps) + 1);
      return refine(coarse.at(-1) as number, ahead, binSteps, horizon);
    },
  });
}
