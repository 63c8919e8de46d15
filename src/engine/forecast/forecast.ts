import type { Coded } from "../common/errors.ts";
import type { ForecastAnswer, ForecastRequest } from "../ports.ts";
import type { ForecastPoint } from "../protocol/model.ts";
import { historyAt } from "./arena.ts";
import { type Calibration, examine, type Prepared } from "./assess.ts";
import { combine, ENSEMBLE } from "./ensemble.ts";
import { clip, type Fitted, type Forecaster, type History } from "./forecaster.ts";
import { spreadOf } from "./intervals.ts";
import { interval } from "./scores.ts";

export interface ContinueDeps {
  readonly models: readonly Forecaster[];
  /** The newest fit of each learned model. */
  readonly learned: ReadonlyMap<string, Fitted>;
}

/** Nothing can be said, and why. */
export function nothingToSay(request: ForecastRequest, reason: Coded, historySteps: number): ForecastAnswer {
  return {
    ...frame(request, historySteps, null),
    ready: false,
    reason,
    model: "none",
    baseline: null,
    points: [],
    scores: [],
  };
}

/**
 * Continues a series by what its tests have shown. The points are the ensemble's when the gate let it through, else those
 * of the best simple rule, which are shown as what they are; or those of the model that was asked for.
 *
 * @param model of whom points are wanted; the gate's choice when left out
 * @throws RangeError for a step or an end that is no time; CodedError `aborted`
 */
export async function forecast(
  request: ForecastRequest,
  calibration: Calibration,
  deps: ContinueDeps,
  model?: string,
  mostSteps?: number,
): Promise<ForecastAnswer> {
  const examined = examine({ ...request, seasonSteps: calibration.season }, mostSteps);
  if (examined.kind === "impossible") return nothingToSay(request, examined.reason, examined.steps);
  const { prepared } = examined;
  const { history } = prepared;
  const { gate, season, scores } = calibration;
  const shown = model ?? (gate.ready ? ENSEMBLE : gate.baseline);
  const points = shown === null ? null : await pointsOf(shown, request, prepared, calibration, deps);
  const silent: Coded = { code: "forecast.silent", args: { model: shown } };
  return {
    ...frame(request, history.values.length, season),
    ...(history.missing === 0 ? {} : { filledSteps: history.missing }),
    ready: gate.ready && points !== null,
    reason: gate.ready && points === null ? silent : gate.reason,
    model: shown ?? "none",
    baseline: gate.baseline,
    points: points ?? [],
    scores,
  };
}

function frame(request: ForecastRequest, historySteps: number, seasonSteps: number | null) {
  const { confidence, stepMs, endMs } = request;
  return { confidence, stepMs, historyEndMs: endMs, historySteps, seasonSteps };
}

/** `null` when the model cannot continue this history, or has no interval. */
async function pointsOf(
  shown: string,
  request: ForecastRequest,
  { history, series }: Prepared,
  { weights, offsets }: Calibration,
  deps: ContinueDeps,
): Promise<ForecastPoint[] | null> {
  const { horizonSteps, endMs, stepMs, lowerBound } = request;
  const own = offsets.find(([id]) => id === shown)?.[1];
  if (own === undefined || own.above.length < horizonSteps) return null;
  const known = historyAt(series, history.values.length);
  const wanted = shown === ENSEMBLE ? weights.map(([id]) => id) : [shown];
  const said = new Map<string, Float64Array>();
  for (const id of wanted) {
    const points = await run(id, known, request, deps);
    if (points !== null) said.set(id, points);
  }
  const means =
    shown === ENSEMBLE
      ? combine(new Map(weights), (id) => said.get(id) ?? null, horizonSteps)
      : (said.get(shown) ?? null);
  if (means === null) return null;
  clip(means, series.lowerBound);
  const spread = spreadOf(known.values);
  return Array.from(means, (mean, h) => {
    const { lo, hi } = interval(mean, own, h, spread);
    const low = inUnit(lo, history.scale);
    return {
      atMs: endMs + (h + 1) * stepMs,
      mean: inUnit(mean, history.scale),
      lo: lowerBound === null ? low : Math.max(lowerBound, low),
      hi: inUnit(hi, history.scale),
    };
  });
}

async function run(
  id: string,
  known: History,
  { horizonSteps, seed }: ForecastRequest,
  { models, learned }: ContinueDeps,
): Promise<Float64Array | null> {
  const model = models.find((one) => one.id === id);
  if (model === undefined) return null;
  try {
    if (model.refit === "seldom") return learned.get(id)?.predict(known, horizonSteps) ?? null;
    if (known.values.length < model.least(known.season, horizonSteps)) return null;
    const fitted = await model.fit(known, { horizon: horizonSteps, seed });
    return fitted.predict(known, horizonSteps);
  } catch {
    // As in its tests: a model that cannot continue this history is left out.
    return null;
  }
}

/** Values near the largest number there is may be exceeded by their forecast; infinity is no figure. */
function inUnit(value: number, scale: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value * scale));
}
