/** What a model is fitted to: finite values of equal steps, oldest first, without holes. */
export interface History {
  readonly values: Float64Array;
  /** Length of the season in steps, ≥ 2 and at most half of the values; `null` for none. */
  readonly season: number | null;
}

/**
 * One way to continue a series. Pure and deterministic: the same history gives the same forecast.
 *
 * A `baseline` is what a model has to beat before it is believed; only a `candidate` can make a forecast ready.
 */
export interface Forecaster {
  readonly id: string;
  readonly role: "baseline" | "candidate";
  /** Fewest values it can be fitted to; infinite when it cannot work with this season (or with none). */
  least(season: number | null): number;
  /**
   * The next `horizon` values (≥ 1), all finite.
   * @throws Error when no model fits this history
   */
  forecast(history: History, horizon: number): Float64Array;
}

/** The newest `count` values, or all when there are fewer. A view, not a copy. */
export function newest(values: Float64Array, count: number): Float64Array {
  return values.length <= count ? values : values.subarray(values.length - count);
}

/** @throws Error for a forecast that is not one: a number that is not finite never leaves a model */
export function finite(model: string, points: ArrayLike<number>, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    const value = points[h];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`${model}: no finite value at step ${h + 1}`);
    out[h] = value;
  }
  return out;
}

/** Nothing below the bound: for values that are known never to be. In place. */
export function clip(points: Float64Array, lowerBound: number | null): Float64Array {
  if (lowerBound !== null)
    for (let h = 0; h < points.length; h++) points[h] = Math.max(lowerBound, points[h] as number);
  return points;
}
