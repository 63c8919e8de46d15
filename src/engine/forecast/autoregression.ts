import { newest } from "./forecaster.ts";

const WINDOW = 2_000;
const MAX_ORDER = 24;

/**
 * Continues a series around zero by an autoregression: Yule-Walker by the Levinson-Durbin recursion (Durbin 1960), order by
 * AICc. Its roots lie inside the unit circle, so that the forecast returns to zero and never runs away.
 */
export function autoregression(values: Float64Array, horizon: number): Float64Array {
  const recent = newest(values, WINDOW);
  const factors = yuleWalker(recent);
  const order = factors.length;
  const path = new Float64Array(order + horizon);
  path.set(recent.subarray(recent.length - order));
  for (let t = order; t < path.length; t++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += (factors[k] as number) * (path[t - 1 - k] as number);
    path[t] = sum;
  }
  return path.slice(order);
}

/** The factors of lags 1, 2…; none when the series is zero or too short. */
function yuleWalker(values: Float64Array): Float64Array {
  const n = values.length;
  const most = Math.min(MAX_ORDER, Math.floor(n / 8));
  const covariance = new Float64Array(most + 1);
  for (let lag = 0; lag <= most; lag++) {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += (values[t] as number) * (values[t - lag] as number);
    covariance[lag] = sum / n;
  }
  let variance = covariance[0] as number;
  let factors = new Float64Array(0);
  if (!(variance > 0)) return factors;
  let best = { score: n * Math.log(variance), factors };
  const floor = 1e-10 * variance;
  for (let order = 1; order <= most; order++) {
    let sum = covariance[order] as number;
    for (let k = 0; k < order - 1; k++) sum -= (factors[k] as number) * (covariance[order - 1 - k] as number);
    const reflection = sum / variance;
    const next = new Float64Array(order);
    for (let k = 0; k < order - 1; k++)
      next[k] = (factors[k] as number) - reflection * (factors[order - 2 - k] as number);
    next[order - 1] = reflection;
    factors = next;
    variance *= 1 - reflection * reflection;
    // What is left is rounding: a longer model would be fitted to that.
    if (!(variance > floor)) return factors;
    const score = n * Math.log(variance) + (2 * n * (order + 1)) / Math.max(1, n - order - 2);
    if (score < best.score) best = { score, factors };
  }
  return best.factors;
}
