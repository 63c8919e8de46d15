/** Share of the series that models are judged on: its newest. */
const TEST_SHARE = 0.3;
/** Tests before that share, which nothing is judged on: they weigh the members of the ensemble and calibrate intervals. */
const WARM_UPS = 100;
/** Values before the oldest origin. */
const LEAST_HISTORY = 36;
/** Of a season so much must have been seen. */
const LEAST_SEASONS = 1.25;
/** Learned models are fitted once before the judged share and this often over it. */
const REFITS = 3;

/** Rolling origins over one series (Tashman 2000). An origin is the number of values that are known there. */
export interface Plan {
  readonly horizon: number;
  /** Oldest first, all different; each with a whole horizon after it. */
  readonly origins: readonly number[];
  /** Index of the first origin that is judged. */
  readonly firstTest: number;
  /** Values before the judged share: parameters that are chosen once come from these. */
  readonly trainSteps: number;
  /** Origins at which learned models are fitted anew. */
  readonly refits: readonly number[];
}

export type Planned =
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "tooShort"; readonly needed: number };

export interface PlanOptions {
  /** Distance between two judged origins; the horizon when left out, so that no value is judged twice. */
  readonly stride?: number;
  /** Judged origins at most, the newest; all of the share when left out. */
  readonly mostTests?: number;
  readonly mostWarmUps?: number;
}

/** Fewest values for which there is a plan. */
export function stepsNeeded(season: number | null, horizon: number): number {
  return Math.max(
    leastHistory(season) + 2 * horizon,
    // One judged horizon has to fit into the judged share, one more before it.
    Math.ceil((horizon - 1) / TEST_SHARE) + 1,
  );
}

/** @param horizon ≥ 1, whole */
export function planOrigins(steps: number, season: number | null, horizon: number, options: PlanOptions = {}): Planned {
  const { stride = horizon, mostTests = Number.POSITIVE_INFINITY, mostWarmUps = WARM_UPS } = options;
  const needed = stepsNeeded(season, horizon);
  const least = leastHistory(season);
  const trainSteps = steps - Math.ceil(steps * TEST_SHARE);
  if (steps < needed || trainSteps < least)
    return { kind: "tooShort", needed: Math.max(needed, Math.ceil(least / (1 - TEST_SHARE)) + 1) };

  // 1. The judged origins, forward from the beginning of the share.
  const all: number[] = [];
  for (let origin = trainSteps; origin + horizon <= steps; origin += stride) all.push(origin);
  const tests = all.slice(-mostTests);
  const first = tests[0] as number;

  // 2. Before them the others, backward; where there is little room closer together, since overlapping tests still tell more
  // than few.
  const room = first - least;
  const gap = Math.max(1, Math.min(stride, Math.floor(room / mostWarmUps)));
  const count = Math.min(mostWarmUps, Math.floor(room / gap));
  const warmUps = Array.from({ length: count }, (_, k) => first - (count - k) * gap);
  const origins = [...warmUps, ...tests];

  // 3. Fits of learned models: once for the warm-ups, then evenly over what is judged.
  const refits = new Set([origins[0] as number]);
  for (let k = 0; k < REFITS; k++) refits.add(tests[Math.floor((k * tests.length) / REFITS)] as number);
  return { kind: "plan", plan: { horizon, origins, firstTest: warmUps.length, trainSteps, refits: [...refits] } };
}

function leastHistory(season: number | null): number {
  return season === null ? LEAST_HISTORY : Math.max(LEAST_HISTORY, Math.ceil(LEAST_SEASONS * season));
}
