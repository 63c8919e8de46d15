import type { Coded } from "../common/errors.ts";
import type { ForecastRequest } from "../ports.ts";
import type { ForecastScore } from "../protocol/model.ts";
import { type ArenaResult, type ArenaSeries, runArena, type Snapshot } from "./arena.ts";
import { ENSEMBLE, ensembleBackTest, finalWeights } from "./ensemble.ts";
import type { Forecaster } from "./forecaster.ts";
import { type Gate, gateOf } from "./gate.ts";
import { type Offsets, offsetsAt } from "./intervals.ts";
import { type Plan, type PlanOptions, planOrigins } from "./plan.ts";
import { MAX_STEPS, MAX_TRAILING_GAP, type Measured, prepare } from "./prepare.ts";
import { judge, type Judged, oneStepNaiveMae, spreads } from "./scores.ts";

export interface AssessDeps {
  readonly models: readonly Forecaster[];
  /** For the cost of each model alone. */
  readonly nowMs: () => number;
}

export interface AssessOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneRatio: number) => void) | undefined;
  readonly plan?: PlanOptions;
  /** Learned models from before, which are then not fitted. */
  readonly given?: ReadonlyMap<string, readonly Snapshot[]>;
  /** Only the newest so many values are used. */
  readonly mostSteps?: number;
}

/** A series brought into range, with what is known of it. */
export interface Prepared {
  readonly history: Measured;
  readonly series: ArenaSeries;
}

/** What tests have shown of a series: everything that a forecast needs besides the models. Can be kept as JSON. */
export interface Calibration {
  readonly horizon: number;
  readonly confidence: number;
  readonly season: number | null;
  readonly gate: Gate;
  /** Best first. */
  readonly scores: readonly ForecastScore[];
  readonly weights: readonly (readonly [string, number])[];
  /** By model; a model without is not in it. */
  readonly offsets: readonly (readonly [string, Offsets])[];
}

export interface Assessment extends Prepared {
  readonly plan: Plan;
  readonly result: ArenaResult;
  /** Every model and the ensemble. */
  readonly judged: readonly Judged[];
  /** What the ensemble said in the tests: `origins × horizon`. */
  readonly ensemble: Float64Array;
  readonly calibration: Calibration;
}

export type Assessed =
  | { readonly kind: "assessed"; readonly assessment: Assessment }
  | { readonly kind: "impossible"; readonly reason: Coded; readonly steps: number };

/**
 * Tests every model on the newest part of the series, and says which to believe. Never throws for data, whatever they are.
 * @throws RangeError for a step or an end that is no time; CodedError `aborted`
 */
export async function assess(
  request: ForecastRequest,
  { models, nowMs }: AssessDeps,
  options: AssessOptions = {},
): Promise<Assessed> {
  const examined = examine(request, options.mostSteps);
  if (examined.kind === "impossible") return examined;
  const { history, series } = examined.prepared;
  const { confidence, horizonSteps: horizon, seed } = request;
  const planned = planOrigins(history.values.length, series.season, horizon, options.plan);
  if (planned.kind === "tooShort") {
    const steps = history.values.length;
    return {
      kind: "impossible",
      steps,
      reason: { code: "forecast.tooShort", args: { steps, needed: planned.needed } },
    };
  }
  const { plan } = planned;
  const { signal, onProgress, given } = options;
  const result = await runArena(series, models, plan, {
    seed,
    nowMs,
    signal,
    onProgress,
    ...(given === undefined ? {} : { given }),
  });

  const members = models.map(({ id }) => id);
  const ensemble = ensembleBackTest(result, members);
  const spread = spreads(series, result);
  const naiveMae = oneStepNaiveMae(history.values.subarray(0, plan.trainSteps));
  const judged = [...result.predicted, [ENSEMBLE, ensemble] as const].map(([id, predicted]) =>
    judge(id, predicted, result, spread, naiveMae, confidence),
  );
  const gate = gateOf(judged, models, { confidence, scale: history.scale, minAccuracy: request.minAccuracy ?? null });
  const known = history.values.length;
  const calibration: Calibration = {
    horizon,
    confidence,
    season: series.season,
    gate,
    scores: judged
      .map((one) => scoreOf(one, result, history.scale))
      .toSorted((a, b) => (a.mae ?? Number.POSITIVE_INFINITY) - (b.mae ?? Number.POSITIVE_INFINITY)),
    weights: [...finalWeights(result, members)],
    offsets: judged.flatMap(({ id, residuals, wanted }) => {
      const offsets = offsetsAt(residuals, known, confidence, wanted);
      return offsets === null ? [] : [[id, offsets] as const];
    }),
  };
  return { kind: "assessed", assessment: { history, series, plan, result, judged, ensemble, calibration } };
}

/** What makes any answer impossible, before any model is run. @throws RangeError for a step or an end that is no time */
export function examine(
  request: ForecastRequest,
  most = MAX_STEPS,
): { readonly kind: "examined"; readonly prepared: Prepared } | Extract<Assessed, { kind: "impossible" }> {
  const { stepMs, endMs, dayMs, horizonSteps, confidence, lowerBound } = request;
  if (!(stepMs > 0 && Number.isFinite(stepMs))) throw new RangeError(`stepMs must be > 0, got ${stepMs}`);
  if (!Number.isFinite(endMs)) throw new RangeError(`endMs must be finite, got ${endMs}`);
  const history = prepare(request.values, most);
  const steps = history.values.length;
  const no = (code: string, args: Coded["args"]) => ({ kind: "impossible", steps, reason: { code, args } }) as const;
  const longest = Math.floor(most / 2);
  if (!Number.isInteger(horizonSteps) || horizonSteps < 1 || horizonSteps > longest)
    return no("forecast.horizon", { asked: horizonSteps, most: longest });
  if (!(confidence >= 0.5 && confidence < 1)) return no("forecast.confidence", { asked: confidence });
  if (steps === 0) return no("forecast.empty", {});
  if (history.trailingGap > MAX_TRAILING_GAP) return no("forecast.endMissing", { missing: history.trailingGap });
  if (history.tooManyHoles) return no("forecast.holes", { missing: history.missing, steps });
  const startMs = endMs - steps * stepMs;
  const series: ArenaSeries = {
    measured: history.values,
    season: usableSeason(request.seasonSteps, steps, horizonSteps),
    calendar: dayMs === null ? null : { startMs, stepMs, dayMs },
    others: (request.others ?? []).flatMap((other) => aligned(other, request.values.length, steps)),
    spikes: request.spikes?.length === request.values.length ? request.spikes.subarray(-steps) : null,
    lowerBound: lowerBound === null ? null : lowerBound / history.scale,
  };
  return { kind: "examined", prepared: { history, series } };
}

/** The season that was asked for, when the history is long enough to fit and to test one. */
function usableSeason(asked: number | null, steps: number, horizon: number): number | null {
  if (asked === null || !Number.isInteger(asked) || asked < 2) return null;
  return planOrigins(steps, asked, horizon).kind === "plan" ? asked : null;
}

/** Another metric over the same steps; none when it does not fit or has a hole at its beginning. */
function aligned(other: Float64Array, length: number, steps: number): readonly Float64Array[] {
  if (other.length !== length) return [];
  const cut = other.subarray(length - steps).map((value) => (Number.isFinite(value) ? value : Number.NaN));
  return Number.isNaN(cut[0]) ? [] : [cut];
}

function scoreOf({ id, score }: Judged, { cost }: ArenaResult, scale: number): ForecastScore {
  const { fitMs, predictMs } = cost.get(id) ?? sumOf(cost);
  return {
    ...score,
    mae: inUnit(score.mae, scale),
    intervalScore: inUnit(score.intervalScore, scale),
    fitMs: Number.isFinite(fitMs) ? fitMs : null,
    predictMs: Number.isFinite(predictMs) ? predictMs : null,
  };
}

/** The ensemble costs what its members cost together. */
function sumOf(cost: ArenaResult["cost"]): { fitMs: number; predictMs: number } {
  const sum = (of: "fitMs" | "predictMs"): number =>
    [...cost.values()].reduce((total, one) => total + (Number.isFinite(one[of]) ? one[of] : 0), 0);
  return { fitMs: sum("fitMs"), predictMs: sum("predictMs") };
}

/** Errors near the largest number there is may be exceeded by their sum; infinity is no figure. */
function inUnit(value: number | null, scale: number): number | null {
  return value === null ? null : Math.min(Number.MAX_VALUE, value * scale);
}
