import type { ArenaResult } from "./arena.ts";

export const ENSEMBLE = "ensemble";
/** What everybody is measured by, and the whole ensemble before its first test: it always answers. */
const YARDSTICK = "naive";
/** A test that was so many tests ago counts half: the series of yesterday is not the series of now. */
const HALF_LIFE_TESTS = 20;
/** As fast the size of the errors is forgotten by which they are told: a busy hour must not outvote the quiet ones since. */
const SCALE_HALF_LIFE_TESTS = 10;
/** A further pick must make the mix better by this share: less is luck. */
const LEAST_GAIN = 0.002;
const MOST_PICKS = 5;
/** A member must have answered in so many of the tests, the old ones counting less. */
const LEAST_ANSWERS = 0.5;
/** Tests that count less change nothing. */
const NEGLIGIBLE = 1e-6;
/** Below it an error is rounding. */
const TINY = 1e-12;

/** Shares of the members, of 1 together. */
export type Weights = ReadonlyMap<string, number>;

/** What the ensemble would have said at each origin, with weights from tests that were over by then. */
export function ensembleBackTest(result: ArenaResult, members: readonly string[]): Float64Array {
  const { origins, horizon } = result.plan;
  const out = new Float64Array(result.actual.length).fill(Number.NaN);
  const scales = scalesOf(result);
  let known = 0;
  for (const [row, origin] of origins.entries()) {
    while ((origins[known] as number) + horizon <= origin) known++;
    const from = row * horizon;
    const answers = (id: string): Float64Array | null =>
      result.predicted.get(id)?.subarray(from, from + horizon) ?? null;
    const present = members.filter((id) => !Number.isNaN(answers(id)?.[0] ?? Number.NaN));
    const points = combine(select(result, present, known, scales), answers, horizon);
    if (points !== null) out.set(points, from);
  }
  return out;
}

/** Weights from all tests, for what comes after the last value. */
export function finalWeights(result: ArenaResult, members: readonly string[]): Weights {
  return select(result, members, result.plan.origins.length, scalesOf(result));
}

/**
 * The weighted mean of the answers, step by step. @param pointsOf `null`, or NaN at a step: no answer
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
  return Float64Array.from({ length: horizon }, (_, h) =>
    answers.reduce((sum, { points, weight }) => sum + (weight / total) * (points[h] as number), 0),
  );
}

/**
 * Ensemble selection (Caruana, Niculescu-Mizil, Crew & Ksikes 2004, Ensemble selection from libraries of models): the best
 * member, then again and again whichever makes the mean of those picked so far better, the same one again if it does. The
 * loss is the absolute error over the tests before `known`, the newer ones counting more, each told in the size that errors
 * had at its time. Members that say nearly the same cannot outvote one that is better, as they could by weights of their own.
 */
function select(result: ArenaResult, members: readonly string[], known: number, scales: Float64Array): Weights {
  const { actual, predicted, plan } = result;
  const { horizon } = plan;
  const ageWeight = (row: number): number => 0.5 ** ((known - 1 - row) / HALF_LIFE_TESTS);
  const tested = Array.from({ length: known }, (_, row) => row).filter((row) => !Number.isNaN(scales[row]));
  const said = (id: string, row: number): boolean => !Number.isNaN(predicted.get(id)?.[row * horizon] ?? Number.NaN);
  const weightOf = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + ageWeight(row), 0);
  const all = weightOf(tested);
  if (all === 0) return new Map([[YARDSTICK, 1]]);
  const able = members.filter((id) => weightOf(tested.filter((row) => said(id, row))) >= (LEAST_ANSWERS - TINY) * all);

  // 1. Tests in which all of them answered, with what each counts.
  const rows = tested.filter((row) => ageWeight(row) > NEGLIGIBLE && able.every((id) => said(id, row)));
  const steps = rows.flatMap((row) =>
    Array.from({ length: horizon }, (_, h) => row * horizon + h).filter((i) => !Number.isNaN(actual[i])),
  );
  const counts = Float64Array.from(steps, (i) => {
    const row = Math.floor(i / horizon);
    return ageWeight(row) / ((scales[row] as number) + TINY);
  });
  const points = able.map((id) => {
    const from = predicted.get(id) as Float64Array;
    return Float64Array.from(steps, (i) => from[i] as number);
  });
  const truth = Float64Array.from(steps, (i) => actual[i] as number);

  // 2. Pick by pick.
  const sum = new Float64Array(steps.length);
  const picks = new Map<string, number>();
  let least = Number.POSITIVE_INFINITY;
  for (let picked = 0; picked < MOST_PICKS; picked++) {
    let best = -1;
    let bestLoss = least === Number.POSITIVE_INFINITY ? least : (1 - LEAST_GAIN) * least;
    for (let m = 0; m < able.length; m++) {
      const own = points[m] as Float64Array;
      let loss = 0;
      for (let s = 0; s < steps.length; s++)
        loss +=
          (counts[s] as number) *
          Math.abs((truth[s] as number) - ((sum[s] as number) + (own[s] as number)) / (picked + 1));
      if (loss < bestLoss) {
        best = m;
        bestLoss = loss;
      }
    }
    if (best < 0) break;
    least = bestLoss;
    const id = able[best] as string;
    picks.set(id, (picks.get(id) ?? 0) + 1);
    const own = points[best] as Float64Array;
    for (let s = 0; s < steps.length; s++) sum[s] = (sum[s] as number) + (own[s] as number);
  }
  if (picks.size === 0) return new Map([[YARDSTICK, 1]]);
  const total = [...picks.values()].reduce((a, b) => a + b, 0);
  return new Map([...picks].map(([id, count]) => [id, count / total]));
}

/**
 * The size of errors at the time of each test: the mean absolute error of the naive forecast in it and those before, the
 * newer ones counting more. NaN for a test that cannot be judged.
 */
function scalesOf({ plan, actual, predicted }: ArenaResult): Float64Array {
  const { horizon, origins } = plan;
  const naive = predicted.get(YARDSTICK);
  const decay = 0.5 ** (1 / SCALE_HALF_LIFE_TESTS);
  let sum = 0;
  let count = 0;
  return Float64Array.from(origins, (_, row) => {
    let error = 0;
    let judged = 0;
    for (let i = row * horizon; i < (row + 1) * horizon; i++) {
      const miss = Math.abs((actual[i] as number) - (naive?.[i] ?? Number.NaN));
      if (Number.isNaN(miss)) continue;
      error += miss;
      judged++;
    }
    if (judged === 0) return Number.NaN;
    sum = decay * sum + error;
    count = decay * count + judged;
    return sum / count;
  });
}
