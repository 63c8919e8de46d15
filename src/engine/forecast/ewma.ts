import { type Forecaster, newest } from "./forecaster.ts";

/** Weights below a thousandth of the first at the smallest alpha: older values would change nothing. */
const WINDOW = 700;
const ALPHAS = Array.from({ length: 50 }, (_, i) => 0.02 * (i + 1));

/** Exponentially weighted mean, its alpha the one with the least absolute one-step error on the history. */
export const ewma: Forecaster = {
  id: "ewma",
  role: "baseline",
  least: () => 3,
  forecast: ({ values }, horizon) => {
    const recent = newest(values, WINDOW);
    let best = { error: Number.POSITIVE_INFINITY, level: recent.at(-1) as number };
    for (const alpha of ALPHAS) {
      let level = recent[0] as number;
      let error = 0;
      for (let t = 1; t < recent.length; t++) {
        const miss = (recent[t] as number) - level;
        error += Math.abs(miss);
        level += alpha * miss;
      }
      if (error < best.error) best = { error, level };
    }
    return new Float64Array(horizon).fill(best.level);
  },
};
