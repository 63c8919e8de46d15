import { CodedError } from "../common/errors.ts";
import { type Calendar, clip, type Fitted, type Forecaster, type History } from "./forecaster.ts";
import type { Plan } from "./plan.ts";
import { filled } from "./prepare.ts";

/** A fit of a learned model takes as long as so many origins of the others: for the progress alone. */
const FIT_WEIGHT = 20;

/** One series as it was measured, NaN where it was not; the first value is measured. */
export interface ArenaSeries {
  readonly measured: Float64Array;
  readonly season: number | null;
  readonly calendar: Calendar | null;
  readonly others: readonly Float64Array[];
  readonly spikes: Uint8Array | null;
  /** Values are known never to be below; `null` for no bound. */
  readonly lowerBound: number | null;
}

/** A learned model and how much of the series it has seen. */
export interface Snapshot {
  readonly fitted: Fitted;
  readonly seenTo: number;
}

export interface Cost {
  /** Mean ms of a fit and of a forecast; NaN for none. */
  readonly fitMs: number;
  readonly predictMs: number;
}

/** What every model said at each origin, and what came. */
export interface ArenaResult {
  readonly plan: Plan;
  /** `origins × horizon`, row by row; NaN where nothing was measured. */
  readonly actual: Float64Array;
  /** By model, the same shape; rows of NaN where it could not be fitted. */
  readonly predicted: ReadonlyMap<string, Float64Array>;
  readonly cost: ReadonlyMap<string, Cost>;
  /** Fits of learned models, oldest first. */
  readonly snapshots: ReadonlyMap<string, readonly Snapshot[]>;
}

export interface ArenaOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneRatio: number) => void) | undefined;
  /** For the cost alone. */
  readonly nowMs: () => number;
  /** Learned models that are not fitted here but were before: each origin takes the newest that has seen nothing after it. */
  readonly given?: ReadonlyMap<string, readonly Snapshot[]>;
}

/** The first `steps` values, with holes filled from those alone. */
export function historyAt(series: ArenaSeries, steps: number): History {
  const { measured, season, calendar, others, spikes } = series;
  return {
    values: filled(measured, steps, season),
    season,
    calendar,
    others: others.map((other) => filled(other, steps, season)),
    spikes: spikes?.subarray(0, steps) ?? null,
    filled: holesOf(measured, steps),
  };
}

function holesOf(measured: Float64Array, steps: number): Uint8Array | null {
  const known = measured.subarray(0, steps);
  return known.some(Number.isNaN) ? Uint8Array.from(known, (value) => (Number.isNaN(value) ? 1 : 0)) : null;
}

/**
 * Runs every model at every origin, with nothing but what was known there. A model that fails at one says nothing there.
 * @throws CodedError `aborted`
 */
export async function runArena(
  series: ArenaSeries,
  models: readonly Forecaster[],
  plan: Plan,
  options: ArenaOptions,
): Promise<ArenaResult> {
  const { horizon, origins } = plan;
  const actual = new Float64Array(origins.length * horizon);
  for (const [row, origin] of origins.entries())
    actual.set(series.measured.subarray(origin, origin + horizon), row * horizon);
  const entrants = models.map((model) => new Entrant(model, series, plan, options));
  const learned = models.filter(({ refit }) => refit === "seldom").length;
  const total = origins.length + learned * plan.refits.length * FIT_WEIGHT;
  let done = 0;
  for (const [row, origin] of origins.entries()) {
    if (options.signal?.aborted === true) throw new CodedError("aborted", {});
    const history = historyAt(series, origin);
    for (const entrant of entrants) await entrant.predict(row, history);
    done += 1 + (plan.refits.includes(origin) ? learned * FIT_WEIGHT : 0);
    options.onProgress?.(Math.min(1, done / total));
  }
  return {
    plan,
    actual,
    predicted: new Map(entrants.map(({ id, predicted }) => [id, predicted])),
    cost: new Map(entrants.map(({ id, cost }) => [id, cost])),
    snapshots: new Map(entrants.flatMap(({ id, snapshots }) => (snapshots.length > 0 ? [[id, snapshots]] : []))),
  };
}

/** One model on its way through the origins. */
class Entrant {
  readonly predicted: Float64Array;
  readonly snapshots: Snapshot[];
  readonly #model: Forecaster;
  readonly #series: ArenaSeries;
  readonly #plan: Plan;
  readonly #options: ArenaOptions;
  readonly #isGiven: boolean;
  #once: Fitted | null = null;
  readonly #spent = { fits: 0, fitMs: 0, predictions: 0, predictMs: 0 };

  constructor(model: Forecaster, series: ArenaSeries, plan: Plan, options: ArenaOptions) {
    const given = options.given?.get(model.id);
    this.#model = model;
    this.#series = series;
    this.#plan = plan;
    this.#options = options;
    this.#isGiven = given !== undefined;
    this.snapshots = [...(given ?? [])];
    this.predicted = new Float64Array(plan.origins.length * plan.horizon).fill(Number.NaN);
  }

  get id(): string {
    return this.#model.id;
  }

  get cost(): Cost {
    const { fits, fitMs, predictions, predictMs } = this.#spent;
    return { fitMs: fitMs / fits, predictMs: predictMs / predictions };
  }

  async predict(row: number, history: History): Promise<void> {
    const { horizon } = this.#plan;
    try {
      const fitted = await this.#fittedFor(history);
      if (fitted === null) return;
      const began = this.#options.nowMs();
      const points = fitted.predict(history, horizon);
      this.#spent.predictMs += this.#options.nowMs() - began;
      this.#spent.predictions++;
      this.predicted.set(clip(points, this.#series.lowerBound), row * horizon);
    } catch (error) {
      if (error instanceof CodedError && error.code === "aborted") throw error;
      // Its row stays empty, and it is shown as a model without figures.
    }
  }

  async #fittedFor(history: History): Promise<Fitted | null> {
    const { refit } = this.#model;
    const steps = history.values.length;
    if (refit === "seldom") {
      if (!this.#isGiven && this.#plan.refits.includes(steps) && this.#isEnough(steps))
        this.snapshots.push({ fitted: await this.#fit(history), seenTo: steps });
      return this.snapshots.findLast(({ seenTo }) => seenTo <= steps)?.fitted ?? null;
    }
    if (!this.#isEnough(steps)) return null;
    if (refit === "origin") return this.#fit(history);
    return (this.#once ??= await this.#fit(historyAt(this.#series, this.#plan.trainSteps)));
  }

  #isEnough(steps: number): boolean {
    return steps >= this.#model.least(this.#series.season, this.#plan.horizon);
  }

  async #fit(history: History): Promise<Fitted> {
    const { nowMs, seed, signal } = this.#options;
    const began = nowMs();
    const fitted = await this.#model.fit(history, { horizon: this.#plan.horizon, seed, signal });
    this.#spent.fitMs += nowMs() - began;
    this.#spent.fits++;
    return fitted;
  }
}
