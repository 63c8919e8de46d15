import { absoluteErrors, type BackTest, meanError } from "./backTest.ts";
import { apart } from "./intervals.ts";

export const BLEND = "blend";
/** More members bring worse ones. */
const MEMBERS = 3;

/** Shares by model; they add up to 1. */
export type Shares = ReadonlyMap<string, number>;

/**
 * A mean of the best three, each weighted by 1 ÷ its error (Bates & Granger 1969). Weights come from the rows named; `null`
 * when there are fewer than two members.
 */
export function blendShares(test: BackTest, uses: (row: number) => boolean): Shares | null {
  const { horizon } = test;
  const ranked: { model: string; mae: number }[] = [];
  for (const [model, predicted] of test.predicted) {
    if (predicted === null) continue;
    const errors = absoluteErrors(test, predicted).map((error, i) =>
      uses(Math.floor(i / horizon)) ? error : Number.NaN,
    );
    const mae = meanError(errors);
    if (!Number.isNaN(mae)) ranked.push({ model, mae });
  }
  const members = ranked.toSorted((a, b) => a.mae - b.mae).slice(0, MEMBERS);
  if (members.length < 2) return null;
  // Rounding errors are no merit: beside a perfect model others of its kind weigh as much.
  const weights = members.map(({ mae }) => 1 / Math.max(mae, 1e-12));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(members.map(({ model }, i) => [model, (weights[i] as number) / total]));
}

/** What the blend would have said at each origin, with weights from those origins alone that share no step with it. */
export function blendBackTest(test: BackTest): Float64Array | null {
  const { origins, horizon } = test;
  const out = new Float64Array(test.actual.length);
  for (const [row, origin] of origins.entries()) {
    const shares = blendShares(test, (other) => apart(origins[other] as number, origin, horizon));
    if (shares === null) return null;
    const from = row * horizon;
    out.set(
      mix(shares, (model) => (test.predicted.get(model) as Float64Array).subarray(from, from + horizon), horizon),
      from,
    );
  }
  return out;
}

export function mix(shares: Shares, pointsOf: (model: string) => Float64Array, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (const [model, share] of shares) {
    const points = pointsOf(model);
    for (let h = 0; h < horizon; h++) out[h] = (out[h] as number) + share * (points[h] as number);
  }
  return out;
}
