import type { ForecastRequest, RollingForecasts, RollingRequest } from "../ports.ts";
import type { Forecast } from "../protocol/model.ts";
import { assess, type AssessDeps, type Calibration } from "./assess.ts";
import { calendarSeason } from "./calendarSeason.ts";
import { detectSeason } from "./detectSeason.ts";
import type { Fitted } from "./forecaster.ts";
import { forecast } from "./forecast.ts";

/** The models that are cheap enough to be asked hundreds of times: milliseconds each. The gate's simple rules are all here. */
const CHEAP: ReadonlySet<string> = new Set(["naive", "snaive", "ewma", "median", "ets", "harmonic"]);
/** So many forecasts over the whole series, and so many times the models are tested, at most. */
const MOST_FORECASTS = 300;
const MOST_ASSESSMENTS = 8;
/** As the engine tests for somebody who waits. */
const TESTS = 20;
/** Values that are used, the newest: ten days of 5 minutes, two of one. */
const MOST_STEPS = 3_000;
/** None of the cheap models is learned. */
const NONE: ReadonlyMap<string, Fitted> = new Map();
const MOST_STEPS_A_DAY = 288;
/** Fewer values say nothing. */
const LEAST_STEPS = 40;

/**
 * The forecasts that would have been there at each step of a past series: made anew every few steps from what had been
 * measured by then, by models that were tested on that alone, behind the same gate as the engine's.
 *
 * @throws RangeError for steps, horizon or times that cannot be; CodedError `aborted`
 */
export async function rollingForecasts(
  asked: RollingRequest,
  deps: AssessDeps,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (doneRatio: number) => void } = {},
): Promise<RollingForecasts> {
  if (!(Number.isInteger(asked.leadSteps) && asked.leadSteps >= 1))
    throw new RangeError(`leadSteps must be a whole number ≥ 1, got ${asked.leadSteps}`);
  const { swarmId, startMs, leadSteps, season, fromStep, width, ...request } = coarsened(asked);
  const steps = request.values.length;
  const models = deps.models.filter(({ id }) => CHEAP.has(id));
  const first = Math.max(LEAST_STEPS, fromStep);
  const everySteps = Math.max(1, Math.ceil((steps - first) / MOST_FORECASTS));
  const assessSteps = Math.max(everySteps, Math.ceil(steps / MOST_ASSESSMENTS));
  const horizonSteps = leadSteps + everySteps;
  const made: (Forecast & { readonly fromStep: number })[] = [];
  let calibration: Calibration | null = null;
  let assessAt = first;
  for (let step = first; step < steps; step += everySteps) {
    const known: ForecastRequest = {
      ...request,
      values: request.values.subarray(0, step),
      endMs: startMs + step * request.stepMs,
      horizonSteps,
      seasonSteps: null,
    };
    if (step >= assessAt) {
      assessAt = step + (calibration === null ? Math.ceil(assessSteps / 3) : assessSteps);
      const seasonSteps = season === "detect" ? seasonOf(known) : season;
      const plan = { mostTests: TESTS, mostWarmUps: TESTS };
      const assessed = await assess(
        { ...known, seasonSteps },
        { ...deps, models },
        { plan, signal: options.signal, mostSteps: MOST_STEPS },
      );
      calibration = assessed.kind === "assessed" ? assessed.assessment.calibration : null;
    }
    if (calibration !== null) {
      const answer = await forecast(
        { ...known, seasonSteps: calibration.season },
        calibration,
        { models, learned: NONE },
        undefined,
        MOST_STEPS,
      );
      made.push({ ...answer, swarmId, madeAtMs: known.endMs, fromStep: step });
    }
    if (options.signal?.aborted === true) break;
    options.onProgress?.(step / steps);
  }
  let newest = -1;
  return {
    at: (fine) => {
      const step = Math.floor(fine / width);
      // Asked in the order of time nearly always: on from where the last one was.
      if (newest >= 0 && (made[newest]?.fromStep ?? 0) > step) newest = -1;
      while ((made[newest + 1]?.fromStep ?? Number.POSITIVE_INFINITY) <= step) newest++;
      const one = made[newest];
      return one ?? null;
    },
    made: made.length,
    ready: made.filter(({ ready }) => ready).length,
  };
}

/**
 * The series on steps of which a day has 288 at most, five minutes of a real one: so many steps of history are days then,
 * which is what a season takes. `width`: steps that became one.
 */
function coarsened(asked: RollingRequest): RollingRequest & { readonly width: number } {
  const { values, stepMs, dayMs, leadSteps, season, fromStep } = asked;
  const width = dayMs === null ? 1 : Math.max(1, Math.round(dayMs / stepMs / MOST_STEPS_A_DAY));
  if (width === 1) return { ...asked, width };
  return {
    ...asked,
    // A last one that is not whole is left out.
    values: Float64Array.from({ length: Math.floor(values.length / width) }, (_, step) =>
      mean(values.subarray(step * width, (step + 1) * width)),
    ),
    stepMs: stepMs * width,
    leadSteps: Math.max(2, Math.ceil(leadSteps / width)),
    season: typeof season === "number" ? Math.round(season / width) : season,
    fromStep: Math.floor(fromStep / width),
    width,
  };
}

/** Of what was measured; NaN of nothing. */
function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** What stands out; else a day, which is what the engine tries: loads follow people. One too long to be tested is left out. */
function seasonOf({ values, stepMs, dayMs }: ForecastRequest): number | null {
  const found = calendarSeason(detectSeason(values), stepMs / 1_000);
  if (found !== null || dayMs === null) return found;
  const day = Math.round(dayMs / stepMs);
  return day >= 2 ? day : null;
}
