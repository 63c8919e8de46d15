import { expectModel, type Fitted, type Forecaster, newest } from "./forecaster.ts";

const VERSION = 1;
const ALPHAS = Array.from({ length: 50 }, (_, i) => 0.02 * (i + 1));
/** Weights below a thousandth of the first at the smallest alpha: older values would change nothing. */
const MEMORY = 350;

/** Exponentially weighted mean, its alpha the one with the least absolute one-step error on the training part. */
export const ewma: Forecaster = {
  id: "ewma",
  role: "baseline",
  refit: "once",
  least: () => 3,
  fit: ({ values }) => {
    let best = { error: Number.POSITIVE_INFINITY, alpha: 1 };
    for (const alpha of ALPHAS) {
      let level = values[0] as number;
      let error = 0;
      for (let t = 1; t < values.length; t++) {
        const miss = (values[t] as number) - level;
        error += Math.abs(miss);
        level += alpha * miss;
      }
      if (error < best.error) best = { error, alpha };
    }
    return fitted(best.alpha);
  },
  revive: (json) => {
    expectModel(json, "ewma", VERSION);
    const alpha = json["alpha"];
    if (!(typeof alpha === "number" && alpha > 0 && alpha <= 1))
      throw new RangeError(`alpha must be 0..1, got ${alpha}`);
    return fitted(alpha);
  },
};

/** The level after the newest value. */
export function ewmaLevel(values: Float64Array, alpha: number): number {
  const recent = newest(values, MEMORY);
  let level = recent[0] as number;
  for (let t = 1; t < recent.length; t++) level += alpha * ((recent[t] as number) - level);
  return level;
}

function fitted(alpha: number): Fitted {
  return {
    predict: ({ values }, horizon) => new Float64Array(horizon).fill(ewmaLevel(values, alpha)),
    toJSON: () => ({ model: "ewma", version: VERSION, alpha }),
  };
}
