import { nsga2, type FrontPoint, type Nsga2Options, type Nsga2Result } from "../nsga2.ts";
import { kneeOf, pickByWeights, weightShares } from "./choice.ts";
import { type FrontRange, normalised, normalisedHypervolume, rangeOf } from "./front.ts";
import type { Problem } from "./problem.ts";

/** Searches from so many seeds say how far the choice hangs on chance. */
export const SEEDS = 5;

export interface ParetoSearch {
  readonly seed: number;
  readonly weights: readonly number[];
  readonly starts?: readonly ArrayLike<number>[];
  readonly signal?: AbortSignal | undefined;
  readonly tell?: ((doneRatio: number) => void) | undefined;
}

/**
 * How much the pick is the same whatever the seed: 1 − the mean distance of any two picks of `SEEDS` searches, as a share of
 * the diagonal of the box that all their fronts span. 1: always the same objectives; 0: as far apart as can be. Distances
 * are in objectives, not in variables: two allocations that come to the same are the same choice.
 */
export interface PickConfidence {
  readonly ratio: number;
  readonly seeds: readonly number[];
  /** Least and largest value of each objective among the picks, in its own unit. */
  readonly least: readonly number[];
  readonly most: readonly number[];
}

type FrontResult = Extract<Nsga2Result, { readonly kind: "front" }>;

export type ParetoFound =
  | (FrontResult & {
      /** Best and worst of each objective on the front. */
      readonly range: FrontRange;
      /** Of the front, in shares of `range`, up to 1.1 in each objective. */
      readonly hypervolume: number;
      /** Indices into the front. */
      readonly knee: number | null;
      readonly pick: number;
      readonly confidence: PickConfidence;
    })
  | Extract<Nsga2Result, { readonly kind: "infeasible" }>;

/**
 * A front, what to take of it for the given weights, and how far that hangs on chance. The front is that of the first
 * seed that finds one; the others only say how sure its pick is. Infeasible is what no seed found a solution for; a seed
 * that finds none where others do counts as being as far from them as can be.
 *
 * @throws as `nsga2` and `weightShares`
 */
export function paretoSearch(problem: Problem, options: Nsga2Options, search: ParetoSearch): ParetoFound {
  const { seed, weights, starts, signal, tell } = search;
  // Before the work: it would all be for nothing.
  if (weights.length !== problem.objectives)
    throw new RangeError(`weights must be ${problem.objectives}, got ${weights.length}`);
  weightShares(weights);
  const seeds = Array.from({ length: SEEDS }, (_, n) => seed + n);
  const results = seeds.map((own, n) =>
    nsga2(problem, options, {
      seed: own,
      ...(starts === undefined ? {} : { starts }),
      signal,
      tell: (ratio) => tell?.((n + ratio) / SEEDS),
    }),
  );
  const fronts = results.flatMap((result) => (result.kind === "front" ? [result] : []));
  const first = fronts[0];
  if (first === undefined) return closestOf(results);
  const range = rangeOf(first.front);
  const pick = pickByWeights(first.front, range, weights);
  return {
    ...first,
    range,
    hypervolume: normalisedHypervolume(first.front, range),
    knee: kneeOf(first.front, range),
    pick,
    confidence: confidenceOf(
      fronts.map(({ front }) => front),
      first.front[pick] as FrontPoint,
      weights,
      seeds,
    ),
  };
}

/** @param fronts of the seeds that found one, at least one @param shown the pick that is answered with */
function confidenceOf(
  fronts: readonly (readonly FrontPoint[])[],
  shown: FrontPoint,
  weights: readonly number[],
  seeds: readonly number[],
): PickConfidence {
  // One range for all: else each front would judge its pick by a measure of its own.
  const range = rangeOf(fronts.flat());
  const picks = fronts.map((front) => (front[pickByWeights(front, range, weights)] as FrontPoint).objectives);
  const places = picks.map((objectives) => normalised(objectives, range));
  const diagonal = Math.sqrt(range.ideal.length);
  const pairs = (seeds.length * (seeds.length - 1)) / 2;
  const found = (places.length * (places.length - 1)) / 2;
  let apart = (pairs - found) * diagonal;
  for (const [at, one] of places.entries())
    for (const two of places.slice(at + 1)) apart += Math.hypot(...one.map((value, m) => value - (two[m] as number)));
  // The one that is shown was chosen by the range of its own front: it belongs to the spread as well.
  const { ideal, nadir } = rangeOf([shown, ...picks.map((objectives) => ({ objectives }))]);
  return { ratio: 1 - apart / pairs / diagonal, seeds, least: [...ideal], most: [...nadir] };
}

function closestOf(results: readonly Nsga2Result[]): Extract<ParetoFound, { readonly kind: "infeasible" }> {
  const infeasible = results.flatMap((result) => (result.kind === "infeasible" ? [result] : []));
  return infeasible.reduce((best, one) => (one.violation < best.violation ? one : best));
}
