import { autoregression } from "./autoregression.ts";
import { backSolve, cholesky, forwardSolve } from "./cholesky.ts";
import { continuer } from "./rules.ts";

const MAX_HARMONICS = 15;
/** A season this many seasons ago counts half: the shape of a week ago still helps, that of last quarter does not. */
const HALF_LIFE_SEASONS = 5;
/** Without a season: the mean forgets by half over this share of the history. */
const HALF_LIFE_SHARE = 0.5;

/**
 * Dynamic harmonic regression (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 10.5): a mean and sine
 * waves of the season, fitted by weighted least squares with their number chosen by BIC, and an autoregression for what is
 * left. Knows a long season from few of them, because neighbouring steps share their waves. Without a season: an
 * autoregression around the mean.
 */
export const harmonic = continuer({
  id: "harmonic",
  role: "candidate",
  least: (season) => (season === null ? 36 : 2 * season),
  next: ({ values, season }, horizon) => {
    const profile = fitProfile(values, season);
    const period = profile.length;
    const rest = values.map((value, t) => value - (profile[t % period] as number));
    const points = autoregression(rest, horizon);
    for (let h = 0; h < horizon; h++)
      points[h] = (points[h] as number) + (profile[(values.length + h) % period] as number);
    return points;
  },
});

/** The expected value at each phase `t mod season`; one entry, the weighted mean, without a season. */
function fitProfile(values: Float64Array, season: number | null): Float64Array {
  const n = values.length;
  const period = season ?? 1;
  const halfLife = season === null ? Math.max(36, HALF_LIFE_SHARE * n) : HALF_LIFE_SEASONS * season;
  const decay = 0.5 ** (1 / halfLife);

  // 1. Sums by phase: the waves are the same in every season, so that the rest works on one season instead of all.
  const weights = new Float64Array(period);
  const sums = new Float64Array(period);
  let squares = 0;
  for (let t = n - 1, weight = 1; t >= 0; t--, weight *= decay) {
    const phase = t % period;
    const value = values[t] as number;
    weights[phase] = (weights[phase] as number) + weight;
    sums[phase] = (sums[phase] as number) + weight * value;
    squares += weight * value * value;
  }

  // 2. Normal equations for the most waves that can be told apart.
  const harmonics = season === null ? 0 : Math.min(MAX_HARMONICS, Math.floor((season - 1) / 2));
  const width = 1 + 2 * harmonics;
  const rows = Array.from({ length: period }, (_, phase) => waves(phase, period, width));
  const gram = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let phase = 0; phase < period; phase++) {
    const row = rows[phase] as Float64Array;
    for (let i = 0; i < width; i++) {
      const xi = row[i] as number;
      right[i] = (right[i] as number) + xi * (sums[phase] as number);
      const share = xi * (weights[phase] as number);
      for (let j = 0; j <= i; j++) gram[i * width + j] = (gram[i * width + j] as number) + share * (row[j] as number);
    }
  }

  // 3. One Cholesky factor serves every number of waves: each is a leading block, and leaves `squares − Σ z²`.
  cholesky(gram, width);
  const z = forwardSolve(gram, right, width);
  let left = squares;
  let best = { score: Number.POSITIVE_INFINITY, width: 1 };
  for (let used = 1; used <= width; used++) {
    left -= (z[used - 1] as number) ** 2;
    if (used % 2 === 0) continue;
    const variance = Math.max(left, 1e-12 * squares, Number.MIN_VALUE) / n;
    const score = n * Math.log(variance) + used * Math.log(n);
    if (score < best.score) best = { score, width: used };
  }
  const factors = backSolve(gram, z, best.width, width);
  return Float64Array.from(rows, (row) => {
    let sum = 0;
    for (let i = 0; i < best.width; i++) sum += (factors[i] as number) * (row[i] as number);
    return sum;
  });
}

function waves(phase: number, period: number, width: number): Float64Array {
  const row = new Float64Array(width);
  row[0] = 1;
  for (let k = 1; 2 * k < width; k++) {
    const angle = (2 * Math.PI * k * phase) / period;
    row[2 * k - 1] = Math.cos(angle);
    row[2 * k] = Math.sin(angle);
  }
  return row;
}
