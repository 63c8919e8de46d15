import { CodedError } from "../common/errors.ts";
import { createRng, type Rng } from "../common/rng.ts";
import { leastCrowded } from "./nsga/crowding.ts";
import { jointHypervolumes } from "./nsga/front.ts";
import { checkProblem, createPopulation, evaluateAt, type Population, type Problem } from "./nsga/problem.ts";
import { lexicographic, sortIntoFronts } from "./nsga/sorting.ts";
import { checkVariation, crossOver, drawSolution, mutate, settled, type VariationOptions } from "./nsga/variation.ts";

export interface Nsga2Options extends VariationOptions {
  /** Solutions of a generation, even and ≥ 4. */
  readonly population: number;
  /** Generations after the first, ≥ 1. */
  readonly generations: number;
  /**
   * Ends early once the hypervolume of the front has grown by less than `ratio` of itself over `generations`; `null`: never.
   */
  readonly settles: { readonly generations: number; readonly ratio: number } | null;
}

export const DEFAULT_NSGA2: Nsga2Options = {
  population: 100,
  generations: 200,
  crossover: 0.8,
  crossoverIndex: 15,
  mutation: 0.1,
  mutationIndex: 20,
  settles: null,
};

export interface Nsga2Run {
  readonly seed: number;
  /** Solutions to begin with beside those that are drawn; moved into the bounds. Those beyond the population are left out. */
  readonly starts?: readonly ArrayLike<number>[];
  readonly signal?: AbortSignal | undefined;
  readonly tell?: ((doneRatio: number) => void) | undefined;
}

/** One solution of a front: what it is and what it comes to. */
export interface FrontPoint {
  readonly x: Float64Array;
  readonly objectives: Float64Array;
}

interface Ran {
  /** Generations that were bred, and solutions that were evaluated. */
  readonly generations: number;
  readonly evaluations: number;
  readonly stopped: "generations" | "settled";
}

/** `infeasible`: no solution that keeps the constraints was found; `closest` violates them least. */
export type Nsga2Result =
  | (Ran & {
      readonly kind: "front";
      /** Nobody dominates another, no two have the same objectives; in lexicographic order of the objectives. */
      readonly front: readonly FrontPoint[];
    })
  | (Ran & { readonly kind: "infeasible"; readonly closest: Float64Array; readonly violation: number });

/**
 * NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002) with constraint domination, simulated binary crossover and polynomial
 * mutation. Deterministic by the seed. A generation costs O(m·n²) at worst and allocates only the indices that it sorts.
 *
 * @throws CodedError `aborted`; RangeError for options, bounds or values of the problem that cannot be, by their names
 */
export function nsga2(problem: Problem, options: Nsga2Options, run: Nsga2Run): Nsga2Result {
  checkProblem(problem);
  checkOptions(options);
  const { population: size, generations: most, settles } = options;
  const rng = createRng(run.seed);
  // Parents and children together; `order` says which slots are the parents' (the first half) and which are free.
  const pool = createPopulation(2 * size, problem.variables.length, problem.objectives);
  const order = Int32Array.from({ length: 2 * size }, (_, slot) => slot);
  const parents = order.subarray(0, size);
  const free = order.subarray(size);

  // 1. The first generation, which has nobody to compete with but itself.
  for (const [place, slot] of parents.entries()) {
    const x = pool.x[slot] as Float64Array;
    const start = run.starts?.[place];
    if (start === undefined) drawSolution(x, problem.variables, rng);
    else takeStart(x, start, problem);
    evaluateAt(problem, pool, slot);
  }
  pool.violation.fill(Number.MAX_VALUE, size);
  select(pool, order);

  let seen = settles === null ? null : frontOf(pool, parents);
  let done = 0;
  let isSettled = false;
  const rivals = Int32Array.from(parents);
  while (done < most && !isSettled) {
    if (run.signal?.aborted === true) throw new CodedError("aborted", {});
    // 2. Children of those who win a tournament, in the free half.
    breed(problem, pool, { parents, free, rivals }, options, rng);
    // 3. The better half of both.
    select(pool, order);
    done++;
    if (settles !== null && done % settles.generations === 0) {
      const front = frontOf(pool, parents);
      const [before, now] = jointHypervolumes(seen ?? [], front);
      isSettled = now > 0 && now - before < settles.ratio * now;
      seen = front;
    }
    run.tell?.(done / most);
  }
  // The end is told once, however early it came.
  if (isSettled && done < most) run.tell?.(1);

  const ran: Ran = {
    generations: done,
    evaluations: size * (done + 1),
    stopped: isSettled ? "settled" : "generations",
  };
  const front = frontOf(pool, parents);
  if (front.length > 0) return { kind: "front", front, ...ran };
  const closest = parents.reduce((best, slot) => (violationOf(pool, slot) < violationOf(pool, best) ? slot : best));
  return {
    kind: "infeasible",
    closest: Float64Array.from(pool.x[closest] as Float64Array),
    violation: violationOf(pool, closest),
    ...ran,
  };
}

/** Puts the better half of all slots first: whole fronts, and of the one that does not fit those with the most room. */
function select(pool: Population, order: Int32Array): void {
  const size = order.length / 2;
  let taken = 0;
  for (const front of sortIntoFronts(pool, pool.rank)) {
    const fits = size - taken;
    // Nobody asks those of later fronts for their room: they go.
    const sorted = fits > 0 ? leastCrowded(front, pool, pool.crowding, fits) : front;
    for (const slot of sorted) order[taken++] = slot;
  }
}

/**
 * Every parent takes part in two binary tournaments (two draws of an order, neighbours in it compete), each two winners
 * have two children.
 */
function breed(
  problem: Problem,
  pool: Population,
  slots: { readonly parents: Int32Array; readonly free: Int32Array; readonly rivals: Int32Array },
  options: Nsga2Options,
  rng: Rng,
): void {
  const { parents, free, rivals } = slots;
  let child = 0;
  for (let round = 0; round < 2; round++) {
    rivals.set(parents);
    shuffle(rivals, rng);
    for (let at = 0; at < rivals.length; at += 2) {
      const winner = winnerOf(pool, rivals[at] as number, rivals[at + 1] as number);
      (pool.x[free[child++] as number] as Float64Array).set(pool.x[winner] as Float64Array);
    }
  }
  for (let at = 0; at < free.length; at += 2) {
    const one = free[at] as number;
    const two = free[at + 1] as number;
    const [x, y] = [pool.x[one] as Float64Array, pool.x[two] as Float64Array];
    if (rng() < options.crossover) crossOver(x, y, problem.variables, options.crossoverIndex, rng);
    mutate(x, problem.variables, options, rng);
    mutate(y, problem.variables, options, rng);
    evaluateAt(problem, pool, one);
    evaluateAt(problem, pool, two);
  }
}

/** The rank of a front already orders by the constraints. */
function winnerOf({ rank, crowding }: Population, one: number, two: number): number {
  const difference = (rank[one] as number) - (rank[two] as number);
  if (difference !== 0) return difference < 0 ? one : two;
  // Their order was drawn, so the first of two equals is as good as a coin.
  return (crowding[two] as number) > (crowding[one] as number) ? two : one;
}

/** Fisher–Yates. */
function shuffle(values: Int32Array, rng: Rng): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(rng() * (at + 1));
    const kept = values[at] as number;
    values[at] = values[other] as number;
    values[other] = kept;
  }
}

/** Copies of the feasible first front. */
function frontOf(pool: Population, parents: Int32Array): FrontPoint[] {
  const points: FrontPoint[] = [];
  for (const slot of parents) {
    if (pool.rank[slot] !== 0 || violationOf(pool, slot) > 0) continue;
    const objectives = Float64Array.from(pool.objectives[slot] as Float64Array);
    points.push({ x: Float64Array.from(pool.x[slot] as Float64Array), objectives });
  }
  points.sort((a, b) => lexicographic(a.objectives, b.objectives) || lexicographic(a.x, b.x));
  return points.filter(
    ({ objectives }, at) => at === 0 || lexicographic(objectives, (points[at - 1] as FrontPoint).objectives),
  );
}

function violationOf({ violation }: Population, slot: number): number {
  return violation[slot] as number;
}

function takeStart(x: Float64Array, start: ArrayLike<number>, { variables }: Problem): void {
  if (start.length !== x.length) throw new RangeError(`starts must have ${x.length} values, got ${start.length}`);
  for (const [v, { kind, low, high }] of variables.entries()) {
    const value = start[v] as number;
    if (Number.isNaN(value)) throw new RangeError(`starts must be numbers, got ${value}`);
    x[v] = settled(value, kind, low, high);
  }
}

function checkOptions(options: Nsga2Options): void {
  const { population, generations, settles } = options;
  if (!(Number.isInteger(population) && population >= 4 && population % 2 === 0))
    throw new RangeError(`population must be an even number ≥ 4, got ${population}`);
  if (!(Number.isInteger(generations) && generations >= 1))
    throw new RangeError(`generations must be a count ≥ 1, got ${generations}`);
  checkVariation(options);
  if (settles === null) return;
  if (!(Number.isInteger(settles.generations) && settles.generations >= 1))
    throw new RangeError(`settles.generations must be a count ≥ 1, got ${settles.generations}`);
  if (!(settles.ratio >= 0 && settles.ratio < 1))
    throw new RangeError(`settles.ratio must be from 0 to below 1, got ${settles.ratio}`);
}
