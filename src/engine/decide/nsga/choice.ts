import { CodedError } from "../../common/errors.ts";
import { type FrontRange, normalised, type Objectives } from "./front.ts";

interface HasObjectives {
  readonly objectives: Objectives;
}

/** Pivots below this make a plane that rounding has drawn. */
const SINGULAR = 1e-9;

/**
 * Weights as shares of 1.
 * @throws CodedError `optimize.weightsZero` when they sum to 0; RangeError for one that is no finite number ≥ 0
 */
export function weightShares(weights: readonly number[]): readonly number[] {
  for (const weight of weights)
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new RangeError(`weights must be finite and ≥ 0, got ${weight}`);
  // The largest first, so that the sum of weights near the largest number stays one.
  const most = Math.max(0, ...weights);
  if (most === 0) throw new CodedError("optimize.weightsZero", { weights: weights.length });
  const sum = weights.reduce((all, weight) => all + weight / most, 0);
  return weights.map((weight) => weight / most / sum);
}

/**
 * The point of the least weighted sum of normalised objectives; of equals the first.
 * @throws RangeError for no points or another number of weights than objectives; as `weightShares`
 */
export function pickByWeights(points: readonly HasObjectives[], range: FrontRange, weights: readonly number[]): number {
  if (points.length === 0) throw new RangeError("front must have a point");
  if (weights.length !== range.ideal.length)
    throw new RangeError(`weights must be ${range.ideal.length}, got ${weights.length}`);
  const shares = weightShares(weights);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { objectives }] of points.entries()) {
    const sum = normalised(objectives, range).reduce((all, value, m) => all + (shares[m] as number) * value, 0);
    if (sum < least) {
      least = sum;
      best = index;
    }
  }
  return best;
}

/**
 * The knee: of all points the one farthest from the hyperplane through the extremes, towards the ideal (Das 1999). All in
 * normalised objectives; an extreme is the point that is best in one objective, of equals the one with the least sum.
 * Where the extremes make no plane that faces the ideal (one point is best in two objectives, say), the plane is that
 * through 1 on every axis.
 *
 * @returns its index; `null` when no point lies before the plane: the front bends away, and nothing on it is a knee. Nor is
 *   a single point, which has nothing to be traded for
 */
export function kneeOf(points: readonly HasObjectives[], range: FrontRange): number | null {
  if (points.length < 2) return null;
  const all = points.map(({ objectives }) => normalised(objectives, range));
  const normal = planeThrough(extremesOf(all)) ?? range.ideal.map(() => 1);
  const length = Math.hypot(...normal);
  let knee: number | null = null;
  // A front that is a straight line has no knee; rounding must not choose one.
  let farthest = SINGULAR;
  for (const [index, point] of all.entries()) {
    const distance = (1 - point.reduce((sum, value, m) => sum + value * (normal[m] as number), 0)) / length;
    if (distance > farthest) {
      farthest = distance;
      knee = index;
    }
  }
  return knee;
}

function extremesOf(points: readonly Float64Array[]): readonly Float64Array[] {
  const sum = (point: Float64Array): number => point.reduce((all, value) => all + value, 0);
  const objectives = points[0]?.length ?? 0;
  return Array.from({ length: objectives }, (_, m) =>
    points.reduce((best, point) => {
      const difference = (point[m] as number) - (best[m] as number);
      return difference < 0 || (difference === 0 && sum(point) < sum(best)) ? point : best;
    }),
  );
}

/**
 * The normal a with a·e = 1 for every extreme e, by Gaussian elimination with row pivots; `null` when there is none, or one
 * that does not point away from the ideal in every objective.
 */
function planeThrough(extremes: readonly Float64Array[]): Float64Array | null {
  const m = extremes.length;
  const rows: Float64Array[] = extremes.map((extreme) => Float64Array.from([...extreme, 1]));
  for (let column = 0; column < m; column++) {
    let pivot = column;
    for (let row = column + 1; row < m; row++)
      if (Math.abs(rows[row]?.[column] as number) > Math.abs(rows[pivot]?.[column] as number)) pivot = row;
    const top = rows[pivot] as Float64Array;
    if (!(Math.abs(top[column] as number) > SINGULAR)) return null;
    rows[pivot] = rows[column] as Float64Array;
    rows[column] = top;
    for (const row of rows) {
      if (row === top) continue;
      const factor = (row[column] as number) / (top[column] as number);
      for (let k = column; k <= m; k++) row[k] = (row[k] as number) - factor * (top[k] as number);
    }
  }
  const normal = Float64Array.from(rows, (row, k) => (row[m] as number) / (row[k] as number));
  return normal.every((value) => value > SINGULAR && Number.isFinite(value)) ? normal : null;
}
