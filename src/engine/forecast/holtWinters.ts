import { finite, type Forecaster, newest } from "./forecaster.ts";

/** Older seasons have faded by then, and each of the hundred passes of the search walks over all values. */
const SEASONS_KEPT = 8;
const LEAST_KEPT = 600;
const MAX_KEPT = 4_000;

interface Weights {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
}

interface State {
  readonly level: number;
  readonly trend: number;
  /** Index `t mod season` of the fitted values; empty without a season. */
  readonly season: Float64Array;
  /** Mean absolute one-step error, the first season left out. */
  readonly error: number;
}

const START_SETS: readonly Weights[] = [0.03, 0.1, 0.25, 0.5, 0.8].flatMap((alpha) =>
  [0, 0.05].flatMap((beta) => [0.02, 0.1, 0.3].map((gamma) => ({ alpha, beta, gamma, phi: 0.95 }))),
);
const LIMITS: { readonly [K in keyof Weights]: readonly [number, number] } = {
  alpha: [0.005, 0.99],
  beta: [0, 0.5],
  gamma: [0, 0.6],
  phi: [0.8, 0.99],
};

/**
 * Holt-Winters: additive season, damped additive trend, in error-correction form (Hyndman & Athanasopoulos, Forecasting:
 * Principles and Practice, 8.3–8.6):
 *
 *     e = y − (l + φb + s);  l ← l + φb + αe;  b ← φb + αβe;  s ← s + γe
 *
 * Weights by a coarse grid, then by halving steps along each axis, both on the one-step error: deterministic and about a
 * hundred passes.
 */
export const holtWinters: Forecaster = {
  id: "holtWinters",
  role: "candidate",
  least: (season) => (season === null ? 12 : 2 * season),
  forecast: ({ values, season }, horizon) => {
    const wanted = season === null ? LEAST_KEPT : Math.max(LEAST_KEPT, SEASONS_KEPT * season);
    const recent = newest(values, Math.min(MAX_KEPT, wanted));
    const period = season ?? 0;
    const first = startSeason(recent, period);
    const { weights, state } = search(recent, period, first);
    const points = new Float64Array(horizon);
    let damped = 0;
    for (let h = 0, factor = weights.phi; h < horizon; h++, factor *= weights.phi) {
      damped += factor;
      const ofSeason = period === 0 ? 0 : (state.season[(recent.length + h) % period] as number);
      points[h] = state.level + damped * state.trend + ofSeason;
    }
    return finite("holtWinters", points, horizon);
  },
};

function search(values: Float64Array, period: number, first: Float64Array): { weights: Weights; state: State } {
  // Without a season, gamma changes nothing: one value of it is enough.
  const sets = period > 0 ? START_SETS : START_SETS.filter(({ gamma }) => gamma === START_SETS[0]?.gamma);
  let weights = sets[0] as Weights;
  let state = pass(values, period, first, weights);
  const consider = (next: Weights): boolean => {
    const result = pass(values, period, first, next);
    if (!(result.error < state.error)) return false;
    weights = next;
    state = result;
    return true;
  };
  for (const next of sets.slice(1)) consider(next);
  const axes: readonly (keyof Weights)[] = period > 0 ? ["alpha", "beta", "gamma", "phi"] : ["alpha", "beta", "phi"];
  for (let share = 0.5; share > 0.1; share /= 2) {
    for (const axis of axes) {
      const [low, high] = LIMITS[axis];
      const step = axis === "phi" ? 0.1 * share : Math.max(0.02, weights[axis]) * share;
      for (const moved of [weights[axis] - step, weights[axis] + step])
        if (consider({ ...weights, [axis]: Math.min(high, Math.max(low, moved)) })) break;
    }
  }
  return { weights, state };
}

function pass(values: Float64Array, period: number, first: Float64Array, weights: Weights): State {
  const { alpha, phi, gamma } = weights;
  const ofTrend = alpha * weights.beta;
  const season = first.slice();
  let level = startLevel(values, period);
  let trend = 0;
  let sum = 0;
  const warmUp = period > 0 ? period : Math.min(6, values.length >> 1);
  for (let t = 0, phase = 0; t < values.length; t++) {
    const expected = level + phi * trend;
    const miss = (values[t] as number) - expected - (period > 0 ? (season[phase] as number) : 0);
    level = expected + alpha * miss;
    trend = phi * trend + ofTrend * miss;
    if (period > 0) {
      season[phase] = (season[phase] as number) + gamma * miss;
      if (++phase === period) phase = 0;
    }
    if (t >= warmUp) sum += Math.abs(miss);
  }
  return { level, trend, season, error: sum / (values.length - warmUp) };
}

function startLevel(values: Float64Array, period: number): number {
  const count = period > 0 ? period : Math.min(6, values.length);
  let sum = 0;
  for (let t = 0; t < count; t++) sum += values[t] as number;
  return sum / count;
}

/**
 * The season to begin with: the mean at each phase over all whole seasons, less the mean of each season. It is seen again
 * by the passes, which makes their error too small; the back-test is what judges.
 */
function startSeason(values: Float64Array, period: number): Float64Array {
  const season = new Float64Array(period);
  if (period === 0) return season;
  const count = Math.floor(values.length / period);
  for (let one = 0; one < count; one++) {
    let mean = 0;
    for (let phase = 0; phase < period; phase++) mean += (values[one * period + phase] as number) / period;
    for (let phase = 0; phase < period; phase++)
      season[phase] = (season[phase] as number) + ((values[one * period + phase] as number) - mean) / count;
  }
  return season;
}
