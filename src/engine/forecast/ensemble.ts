import type { ArenaResult } from "./arena.ts";

export const ENSEMBLE = "ensemble";
/**
 * Weights are errors to this power, inverted. High, because most members are simple rules of which one or two suit a
 * series: a plain mean (Bates & Granger 1969, power 1) lost to the best single rule on most real traces.
 */
const POWER = 12;
/** The middle of the members' answers that is averaged, by weight: one that is far off is not heard. */
const CENTRE = 0.2;
/** A member must have answered in so many of the tests. */
const LEAST_ANSWERS = 0.5;
/** Below it an error is rounding. */
const TINY = 1e-12;
const NEGLIGIBLE = 1e-4;

/** Weights by model, the highest 1. */
export type Weights = ReadonlyMap<string, number>;

/** Errors of the members so far, each against those of the naive forecast in the same tests. */
class Standing {
  readonly #own = new Map<string, number>();
  readonly #naive = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  #tests = 0;

  add(result: ArenaResult, members: readonly string[], row: number): void {
    const naive = rowError(result, "naive", row);
    if (naive === null) return;
    this.#tests++;
    for (const id of members) {
      const error = rowError(result, id, row);
      if (error === null) continue;
      add(this.#own, id, error);
      add(this.#naive, id, naive);
      add(this.#answers, id, 1);
    }
  }

  /** Before the first test all members count alike. */
  weights(members: readonly string[]): Weights {
    if (this.#tests === 0) return new Map(members.map((id) => [id, 1]));
    const ratios = members.flatMap((id): [string, number][] => {
      if ((this.#answers.get(id) ?? 0) < LEAST_ANSWERS * this.#tests) return [];
      return [[id, ((this.#own.get(id) ?? 0) + TINY) / ((this.#naive.get(id) ?? 0) + TINY)]];
    });
    const best = Math.min(...ratios.map(([, ratio]) => ratio));
    return new Map(
      ratios
        .map(([id, ratio]): [string, number] => [id, (best / ratio) ** POWER])
        .filter(([, weight]) => weight >= NEGLIGIBLE),
    );
  }
}

/** What the ensemble would have said at each origin, with weights from tests that were over by then. */
export function ensembleBackTest(result: ArenaResult, members: readonly string[]): Float64Array {
  const { origins, horizon } = result.plan;
  const out = new Float64Array(result.actual.length).fill(Number.NaN);
  const standing = new Standing();
  let known = 0;
  for (const [row, origin] of origins.entries()) {
    for (; (origins[known] as number) + horizon <= origin; known++) standing.add(result, members, known);
    const from = row * horizon;
    const points = combine(
      standing.weights(members),
      (id) => result.predicted.get(id)?.subarray(from, from + horizon) ?? null,
      horizon,
    );
    if (points !== null) out.set(points, from);
  }
  return out;
}

/** Weights from all tests, for what comes after the last value. */
export function finalWeights(result: ArenaResult, members: readonly string[]): Weights {
  const standing = new Standing();
  for (const row of result.plan.origins.keys()) standing.add(result, members, row);
  return standing.weights(members);
}

/**
 * The weighted mean of the middle of the answers, step by step. @param pointsOf `null`, or NaN at a step: no answer
 * @returns `null` when nobody answered
 */
export function combine(
  weights: Weights,
  pointsOf: (model: string) => Float64Array | null,
  horizon: number,
): Float64Array | null {
  const answers = [...weights].flatMap(([id, weight]) => {
    const points = pointsOf(id);
    return points === null || Number.isNaN(points[0]) ? [] : [{ points, weight }];
  });
  if (answers.length === 0) return null;
  const total = answers.reduce((sum, { weight }) => sum + weight, 0);
  const from = (0.5 - CENTRE / 2) * total;
  const to = (0.5 + CENTRE / 2) * total;
  return Float64Array.from({ length: horizon }, (_, h) => {
    const sorted = answers.toSorted((a, b) => (a.points[h] as number) - (b.points[h] as number));
    let passed = 0;
    let sum = 0;
    for (const { points, weight } of sorted) {
      const share = Math.min(passed + weight, to) - Math.max(passed, from);
      if (share > 0) sum += share * (points[h] as number);
      passed += weight;
    }
    return sum / (to - from);
  });
}

/** Sum of the absolute errors of one row, so that every value counts alike; `null` where nothing was said or measured. */
function rowError({ plan, actual, predicted }: ArenaResult, id: string, row: number): number | null {
  const points = predicted.get(id);
  if (points === undefined) return null;
  let sum = 0;
  let count = 0;
  for (let i = row * plan.horizon; i < (row + 1) * plan.horizon; i++) {
    const error = Math.abs((actual[i] as number) - (points[i] as number));
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return count === 0 ? null : sum;
}

function add(sums: Map<string, number>, id: string, value: number): void {
  sums.set(id, (sums.get(id) ?? 0) + value);
}
