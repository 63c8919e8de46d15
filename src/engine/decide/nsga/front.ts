import { hypervolume } from "./hypervolume.ts";

/** The reference point in each objective, when 0 is the front's best there and 1 its worst. */
export const REFERENCE = 1.1;

/** Objectives of the points of a front, minimised. */
export type Objectives = ArrayLike<number>;

interface HasObjectives {
  readonly objectives: Objectives;
}

/** Best and worst value of each objective among points: what a figure on a front is taken relative to. */
export interface FrontRange {
  readonly ideal: Float64Array;
  readonly nadir: Float64Array;
}

/** @throws RangeError for no points, or values that are no finite numbers */
export function rangeOf(points: readonly HasObjectives[]): FrontRange {
  const first = points[0];
  if (first === undefined) throw new RangeError("front must have a point");
  const ideal = Float64Array.from(first.objectives);
  const nadir = Float64Array.from(first.objectives);
  for (const { objectives } of points)
    for (let m = 0; m < ideal.length; m++) {
      const value = objectives[m] as number;
      if (!Number.isFinite(value)) throw new RangeError(`objective ${m} must be finite, got ${value}`);
      ideal[m] = Math.min(ideal[m] as number, value);
      nadir[m] = Math.max(nadir[m] as number, value);
    }
  return { ideal, nadir };
}

/** 0 at the best and 1 at the worst of the range; 0 where both are the same. */
export function normalised(objectives: Objectives, { ideal, nadir }: FrontRange): Float64Array {
  return ideal.map((low, m) => {
    const span = (nadir[m] as number) - low;
    return span > 0 ? ((objectives[m] as number) - low) / span : 0;
  });
}

/** What points dominate of the box from the best of the range to `REFERENCE`, in shares of the range. */
export function normalisedHypervolume(points: readonly HasObjectives[], range: FrontRange): number {
  const reference = new Float64Array(range.ideal.length).fill(REFERENCE);
  return hypervolume(
    points.map(({ objectives }) => normalised(objectives, range)),
    reference,
  );
}

/** Of two fronts of one problem, in the range of both together, so that they can be compared. An empty one has 0. */
export function jointHypervolumes(
  one: readonly HasObjectives[],
  two: readonly HasObjectives[],
): readonly [number, number] {
  if (one.length + two.length === 0) return [0, 0];
  const range = rangeOf([...one, ...two]);
  return [normalisedHypervolume(one, range), normalisedHypervolume(two, range)];
}
