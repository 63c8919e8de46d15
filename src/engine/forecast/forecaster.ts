import { CodedError } from "../common/errors.ts";

/** When values were measured: the first at `startMs`, one every `stepMs`. A day of the swarm's own time is `dayMs` long. */
export interface Calendar {
  /** Epoch ms of the first value. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly dayMs: number;
}

/** What a model is fitted to and continues: finite values of equal steps, oldest first, without holes. */
export interface History {
  readonly values: Float64Array;
  /** Length of the season in steps, ≥ 2 and at most half of the values; `null` for none. */
  readonly season: number | null;
  /** `null` when it is not known when the values were measured. */
  readonly calendar: Calendar | null;
  /** Other metrics of the same steps, as long as `values`. */
  readonly others: readonly Float64Array[];
  /** 1 at a step that was unusual: nothing is learned from what came then. `null`: none is known to be. */
  readonly spikes: Uint8Array | null;
  /** 1 at a step whose value was filled in. `null`: all are measured. */
  readonly filled: Uint8Array | null;
}

export interface FitOptions {
  /** Steps that will be asked for at most, ≥ 1. */
  readonly horizon: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the share that is done, 0..1. */
  readonly onProgress?: ((doneRatio: number) => void) | undefined;
}

/** A fitted model, as it is kept: `version` says which program can read it. */
export interface FittedJson {
  readonly model: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

export interface Fitted {
  /**
   * The next `horizon` values (1 ≤ horizon ≤ that of the fit), all finite.
   * @throws Error when this history cannot be continued
   */
  predict(history: History, horizon: number): Float64Array;
  toJSON(): FittedJson;
}

/**
 * One way to continue a series. Deterministic: the same history, options and seed give the same forecast.
 *
 * A `baseline` is what a forecast has to beat before it is believed (design rule 13). `refit` says how often it is worth
 * its cost: at every origin of a back-test, `once` on the training part (a parameter, not a state), or `seldom` (learned).
 */
export interface Forecaster {
  readonly id: string;
  readonly role: "baseline" | "candidate";
  readonly refit: "origin" | "once" | "seldom";
  /** Fewest values it can be fitted to; infinite when it cannot work with this season (or with none). */
  least(season: number | null, horizon: number): number;
  /** @throws Error when no model fits this history; CodedError `aborted` */
  fit(history: History, options: FitOptions): Fitted | Promise<Fitted>;
  /** A model as it was kept. @throws CodedError `model.version`; RangeError for what is no model */
  revive(json: FittedJson): Fitted;
}

/** The newest `count` values, or all when there are fewer. A view, not a copy. */
export function newest(values: Float64Array, count: number): Float64Array {
  return values.length <= count ? values : values.subarray(values.length - count);
}

/** @throws Error for a forecast that is not one: a number that is not finite never leaves a model */
export function finite(model: string, points: ArrayLike<number>, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    const value = points[h];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`${model}: no finite value at step ${h + 1}`);
    out[h] = value;
  }
  return out;
}

/** Nothing below the bound: for values that are known never to be. In place. */
export function clip(points: Float64Array, lowerBound: number | null): Float64Array {
  if (lowerBound !== null)
    for (let h = 0; h < points.length; h++) points[h] = Math.max(lowerBound, points[h] as number);
  return points;
}

/** @throws CodedError `model.version` for another model, or one that a different version of this program has written */
export function expectModel(json: FittedJson, model: string, version: number): void {
  const { model: found = null, version: foundVersion = null } = (json ?? {}) as Partial<FittedJson>;
  if (found !== model || foundVersion !== version)
    throw new CodedError("model.version", { model: found, version: foundVersion, known: version });
}
