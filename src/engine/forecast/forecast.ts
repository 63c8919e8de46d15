import type { Coded } from "../common/errors.ts";
import type { ForecastAnswer, ForecastRequest } from "../ports.ts";
import type { ForecastPoint, ForecastScore } from "../protocol/model.ts";
import type { Augurs } from "./augurs.ts";
import { absoluteErrors, type BackTest, backTest, meanError, planOrigins, rowMean, stepsNeeded } from "./backTest.ts";
import { BLEND, blendBackTest, blendShares, mix } from "./blend.ts";
import { clip, type Forecaster } from "./forecaster.ts";
import { forecasters } from "./models.ts";
import { crossCoverage, type Errors, halfWidths } from "./intervals.ts";
import { filled, MAX_STEPS, MAX_TRAILING_GAP, type Measured, prepare } from "./prepare.ts";

/** Coverage may miss what was asked by this much (design rule 13). */
const COVERAGE_TOLERANCE = 0.05;
/** Errors below this share of the series' size are rounding: there is nothing left to improve on. */
const PERFECT = 1e-9;

export interface ForecastDeps {
  readonly augurs: Augurs;
}

/** One model after its back-tests. */
interface Judged {
  readonly id: string;
  readonly role: Forecaster["role"];
  /** `null` when it could not be fitted. */
  readonly tested: Errors | null;
  readonly mae: number | null;
  readonly coverage: number | null;
}

/**
 * Forecasts one series and says whether to believe it (design rule 13). Never throws for data, whatever they are: what
 * cannot be forecast comes back as not ready, with the reason and without points.
 *
 * Ready when a candidate's back-tested error is below that of every baseline by more than chance, and its intervals hold
 * what was asked. One exception: where a baseline is exact (a constant or exactly periodic series) nothing can be better,
 * and the baseline itself is ready.
 *
 * @throws RangeError for a step or an end that is no time
 */
export function forecast(request: ForecastRequest, { augurs }: ForecastDeps): ForecastAnswer {
  const { stepMs, endMs, horizonSteps, confidence } = request;
  if (!(stepMs > 0 && Number.isFinite(stepMs))) throw new RangeError(`stepMs must be > 0, got ${stepMs}`);
  if (!Number.isFinite(endMs)) throw new RangeError(`endMs must be finite, got ${endMs}`);
  const history = prepare(request.values);
  const steps = history.values.length;
  const season = usableSeason(request.seasonSteps, steps, horizonSteps);
  const nothing = (reason: Coded): ForecastAnswer => ({
    ...frame(request, steps, null),
    ready: false,
    reason,
    model: "none",
    points: [],
    scores: [],
  });

  // 1. What makes any answer impossible.
  const most = Math.floor(MAX_STEPS / 2);
  if (!Number.isInteger(horizonSteps) || horizonSteps < 1 || horizonSteps > most)
    return nothing({ code: "forecast.horizon", args: { asked: horizonSteps, most } });
  if (!(confidence >= 0.5 && confidence < 1))
    return nothing({ code: "forecast.confidence", args: { asked: confidence } });
  const unusable = whyUnusable(history);
  if (unusable !== null) return nothing(unusable);
  const plan = planOrigins(steps, season, horizonSteps);
  if (plan.kind === "tooShort") return nothing({ code: "forecast.tooShort", args: { steps, needed: plan.needed } });

  // 2. Every model at every origin.
  const models = forecasters(augurs);
  const bound = request.lowerBound === null ? null : request.lowerBound / history.scale;
  const test = backTest(history.values, season, horizonSteps, bound, plan.origins, models);
  const judged = judge(test, models, confidence);
  const best = (role: Forecaster["role"]) => judged.filter((one) => one.role === role && one.mae !== null);
  const baseline = best("baseline")[0];
  if (baseline?.tested == null || baseline.mae === null)
    return nothing({ code: "forecast.holes", args: { missing: history.missing, steps } });

  // 3. The gate.
  const perfect = baseline.mae <= PERFECT;
  const candidates = best("candidate").filter((one) => isBetter(one, baseline));
  const chosen = perfect ? baseline : candidates.find((one) => covers(one, confidence));
  const shown = chosen ?? baseline;
  const reason = chosen === undefined ? refusal(request, judged, baseline, candidates[0], history, season) : null;

  // 4. The points: of the chosen one, or of the best baseline, which is shown as what it is.
  const ahead = continueFrom(history, season, horizonSteps, test, models, shown.id);
  const widths = shown.tested === null ? null : halfWidths(shown.tested, confidence, () => true);
  return {
    ...frame(request, steps, season),
    ...(history.missing === 0 ? {} : { filledSteps: history.missing }),
    ready: reason === null && widths !== null,
    reason: reason ?? (widths === null ? tooFewErrors(confidence) : null),
    model: shown.id,
    points: widths === null ? [] : toPoints(request, history.scale, clip(ahead, bound), widths),
    scores: judged.map((one) => toScore(one, history, season)),
  };
}

function frame(request: ForecastRequest, historySteps: number, seasonSteps: number | null) {
  const { confidence, stepMs, endMs } = request;
  return { confidence, stepMs, historyEndMs: endMs, historySteps, seasonSteps };
}

/** The season that was asked for, when the history is long enough to fit and to test one. */
function usableSeason(asked: number | null, steps: number, horizon: number): number | null {
  if (asked === null || !Number.isInteger(asked) || asked < 2) return null;
  return steps >= stepsNeeded(asked, horizon) ? asked : null;
}

function whyUnusable({ values, missing, trailingGap, tooManyHoles }: Measured): Coded | null {
  const steps = values.length;
  if (steps === 0) return { code: "forecast.empty", args: {} };
  if (trailingGap > MAX_TRAILING_GAP) return { code: "forecast.endMissing", args: { missing: trailingGap } };
  if (tooManyHoles) return { code: "forecast.holes", args: { missing, steps } };
  return null;
}

/** All models with their figures, best first; those without figures last. */
function judge(test: BackTest, models: readonly Forecaster[], confidence: number): Judged[] {
  const entries: { id: string; role: Forecaster["role"]; predicted: Float64Array | null }[] = [
    ...models.map(({ id, role }) => ({ id, role, predicted: test.predicted.get(id) ?? null })),
    { id: BLEND, role: "candidate", predicted: blendBackTest(test) },
  ];
  const judged = entries.map(({ id, role, predicted }): Judged => {
    if (predicted === null) return { id, role, tested: null, mae: null, coverage: null };
    const tested = { origins: test.origins, horizon: test.horizon, errors: absoluteErrors(test, predicted) };
    const mae = meanError(tested.errors);
    if (Number.isNaN(mae)) return { id, role, tested: null, mae: null, coverage: null };
    return { id, role, tested, mae, coverage: crossCoverage(tested, confidence) };
  });
  return judged.toSorted((a, b) => (a.mae ?? Number.POSITIVE_INFINITY) - (b.mae ?? Number.POSITIVE_INFINITY));
}

/**
 * Below the baseline by more than one standard error of the paired differences (Diebold & Mariano 1995). The best of
 * several candidates is below by luck on every other series that has nothing to forecast. Overlapping tests are not
 * independent: only as many count as fit side by side.
 */
function isBetter(candidate: Judged, baseline: Judged): boolean {
  if (candidate.tested === null || baseline.tested === null) return false;
  if (!((candidate.mae as number) < (baseline.mae as number))) return false;
  const { origins, horizon } = candidate.tested;
  const gains: number[] = [];
  for (let row = 0; row < origins.length; row++) {
    const gain = rowMean(baseline.tested.errors, row, horizon) - rowMean(candidate.tested.errors, row, horizon);
    if (!Number.isNaN(gain)) gains.push(gain);
  }
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / Math.max(1, gains.length - 1);
  const span = (origins.at(-1) as number) - (origins[0] as number) + horizon;
  const independent = Math.max(2, Math.min(gains.length, span / horizon));
  return mean > Math.sqrt(variance / independent);
}

function covers({ coverage }: Judged, confidence: number): boolean {
  return coverage !== null && Math.abs(coverage - confidence) <= COVERAGE_TOLERANCE + 1e-9;
}

function refusal(
  { confidence, seasonSteps, horizonSteps }: ForecastRequest,
  judged: readonly Judged[],
  baseline: Judged,
  better: Judged | undefined,
  history: Measured,
  season: number | null,
): Coded {
  if (better !== undefined) {
    if (better.coverage === null) return tooFewErrors(confidence);
    return {
      code: "forecast.coverage",
      args: { model: better.id, asked: confidence, got: round(better.coverage) },
    };
  }
  const steps = history.values.length;
  if (seasonSteps !== null && season === null && Number.isInteger(seasonSteps) && seasonSteps >= 2) {
    return { code: "forecast.noSeasonYet", args: { steps, needed: stepsNeeded(seasonSteps, horizonSteps) } };
  }
  const nearest = judged.find((one) => one.role === "candidate" && one.mae !== null);
  return {
    code: "forecast.noBetter",
    args: {
      model: nearest?.id ?? null,
      mae: nearest === undefined ? null : round((nearest.mae as number) * history.scale),
      baseline: baseline.id,
      baselineMae: round((baseline.mae as number) * history.scale),
    },
  };
}

function tooFewErrors(confidence: number): Coded {
  return { code: "forecast.tooFewTests", args: { confidence } };
}

function continueFrom(
  history: Measured,
  season: number | null,
  horizon: number,
  test: BackTest,
  models: readonly Forecaster[],
  id: string,
): Float64Array {
  const values = filled(history.values, history.values.length, season);
  const run = (wanted: string): Float64Array => {
    const model = models.find((one) => one.id === wanted);
    if (model === undefined) throw new RangeError(`model must be known, got ${wanted}`);
    return model.forecast({ values, season }, horizon);
  };
  if (id !== BLEND) return run(id);
  const shares = blendShares(test, () => true);
  if (shares === null) throw new RangeError("a blend that was tested has members");
  return mix(shares, run, horizon);
}

function toPoints(
  { endMs, stepMs, lowerBound }: ForecastRequest,
  scale: number,
  means: Float64Array,
  widths: Float64Array,
): ForecastPoint[] {
  return Array.from(means, (mean, h) => {
    const low = toUnit((mean - (widths[h] as number)) * scale);
    return {
      atMs: endMs + (h + 1) * stepMs,
      mean: toUnit(mean * scale),
      lo: lowerBound === null ? low : Math.max(lowerBound, low),
      hi: toUnit((mean + (widths[h] as number)) * scale),
    };
  });
}

/** Values near the largest number there is may be exceeded by their forecast; infinity is no figure. */
function toUnit(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

function toScore({ id, mae, coverage }: Judged, { values, scale }: Measured, season: number | null): ForecastScore {
  const lag = season ?? 1;
  let sum = 0;
  let count = 0;
  for (let t = lag; t < values.length; t++) {
    const change = Math.abs((values[t] as number) - (values[t - lag] as number));
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  const usual = sum / count;
  return {
    model: id,
    mae: mae === null ? null : toUnit(mae * scale),
    mase: mae === null || !(usual > PERFECT) ? null : mae / usual,
    coverage,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
