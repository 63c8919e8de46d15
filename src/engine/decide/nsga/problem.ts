/** What one coordinate of a solution may be. `integer`: whole numbers from `low` to `high`, both included. */
export interface Variable {
  readonly kind: "real" | "integer";
  readonly low: number;
  readonly high: number;
}

/** Objectives to be made small together, under constraints. */
export interface Problem {
  readonly variables: readonly Variable[];
  /** Number of objectives, ≥ 1. */
  readonly objectives: number;
  /**
   * Writes the objectives of `x` into `out` and returns how far `x` violates its constraints: 0 when it keeps them all,
   * else a finite number that grows with the violation. Where it is above 0, `out` may hold anything.
   */
  readonly evaluate: (x: Float64Array, out: Float64Array) => number;
}

/** Solutions in flat arrays, with one view a solution, so that no generation allocates any. */
export interface Population {
  readonly size: number;
  /** Views of `variables` values each. */
  readonly x: readonly Float64Array[];
  /** Views of `objectives` values each. */
  readonly objectives: readonly Float64Array[];
  /** By how much each violates its constraints; 0: feasible. */
  readonly violation: Float64Array;
  /** Front of each, 0 the best, and how far it is from its neighbours in that front. */
  readonly rank: Int32Array;
  readonly crowding: Float64Array;
}

export function createPopulation(size: number, variables: number, objectives: number): Population {
  return {
    size,
    x: rows(size, variables),
    objectives: rows(size, objectives),
    violation: new Float64Array(size),
    rank: new Int32Array(size),
    crowding: new Float64Array(size),
  };
}

/** @throws RangeError for bounds that are none, a whole number's that are not whole, or no objective */
export function checkProblem({ variables, objectives }: Problem): void {
  if (!(Number.isInteger(objectives) && objectives >= 1))
    throw new RangeError(`objectives must be a count ≥ 1, got ${objectives}`);
  if (variables.length === 0) throw new RangeError("variables must not be empty");
  for (const [index, { kind, low, high }] of variables.entries()) {
    if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
      throw new RangeError(`variables[${index}] must have finite bounds with low ≤ high, got ${low} to ${high}`);
    if (kind === "integer" && !(Number.isSafeInteger(low) && Number.isSafeInteger(high)))
      throw new RangeError(`variables[${index}] must have whole bounds, got ${low} to ${high}`);
  }
}

/**
 * Evaluates solution `index` in place.
 * @throws RangeError when the problem answers with what is no number, which no comparison could order
 */
export function evaluateAt({ evaluate }: Problem, population: Population, index: number): void {
  const objectives = population.objectives[index] as Float64Array;
  const violation = evaluate(population.x[index] as Float64Array, objectives);
  if (!(violation >= 0 && violation < Number.POSITIVE_INFINITY))
    throw new RangeError(`violation must be finite and ≥ 0, got ${violation}`);
  population.violation[index] = violation;
  if (violation > 0) return;
  for (let m = 0; m < objectives.length; m++)
    if (!Number.isFinite(objectives[m])) throw new RangeError(`objective ${m} must be finite, got ${objectives[m]}`);
}

function rows(count: number, length: number): readonly Float64Array[] {
  const flat = new Float64Array(count * length);
  return Array.from({ length: count }, (_, row) => flat.subarray(row * length, (row + 1) * length));
}
