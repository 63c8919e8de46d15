import type {
  AssessAnswer,
  AssessTask,
  ForecastAnswer,
  ForecastRequest,
  ForecastTask,
  KeptFit,
  RollingForecasts,
  RollingRequest,
  TrainTask,
} from "../ports.ts";
import type { ForecastPoint, ModelPoints } from "../protocol/model.ts";
import { historyAt } from "./arena.ts";
import { assess, type Assessment, examine } from "./assess.ts";
import { ENSEMBLE } from "./ensemble.ts";
import { rollingForecasts } from "./rolling.ts";
import type { Fitted, Forecaster } from "./forecaster.ts";
import { forecast, nothingToSay } from "./forecast.ts";
import { calibrationJson, keep, reviveFit, revivedCalibration, snapshotsOf } from "./keeping.ts";

/** Lengths of history that a network is fitted to, in shares: each can be tested on what came after it. */
const TRAINED_SHARES = [0.55, 0.7, 0.85, 1];

export interface ForecastServiceParts {
  readonly models: readonly Forecaster[];
  readonly nowMs: () => number;
}

type Tell = (doneRatio: number) => void;

/** Tests, forecasts and fits as whole tasks, for the heavy child: what is kept between them comes and goes as text. */
export class ForecastService {
  readonly #parts: ForecastServiceParts;

  constructor(parts: ForecastServiceParts) {
    this.#parts = parts;
  }

  async assess(
    { series, fits, mostTests, models: wanted = [] }: AssessTask,
    tell: Tell,
  ): Promise<Omit<AssessAnswer, "unusual">> {
    const { models, nowMs } = this.#parts;
    const examined = examine(series);
    const steps = examined.kind === "examined" ? examined.prepared.history.values.length : examined.steps;
    const given = new Map(snapshotsOf(fits, models, { ...series, steps }));
    // The network is not trained in passing: without a fit from before it takes no part.
    if (!given.has("lstm")) given.set("lstm", []);
    const plan = { mostTests, mostWarmUps: mostTests };
    const assessed = await assess(series, { models, nowMs }, { given, plan, onProgress: tell });
    if (assessed.kind === "impossible") {
      const { reason } = assessed;
      return {
        answer: nothingToSay(series, reason, assessed.steps),
        byModel: wanted.map((model) => ({ model, points: [], reason })),
        calibration: null,
        fits: [],
        said: [],
      };
    }
    const { assessment } = assessed;
    const learned = new Map<string, Fitted>();
    const fresh: KeptFit[] = [];
    for (const [id, snapshots] of assessment.result.snapshots) {
      const newest = snapshots.at(-1);
      if (newest === undefined) continue;
      learned.set(id, newest.fitted);
      const seenToMs = series.endMs - (steps - newest.seenTo) * series.stepMs;
      if (!given.has(id)) fresh.push(keep(newest.fitted, seenToMs, series.horizonSteps));
    }
    const continued = (model?: string) => forecast(series, assessment.calibration, { models, learned }, model);
    const answer = await continued();
    const byModel: ModelPoints[] = [];
    for (const model of wanted) {
      const { points } = await continued(model);
      byModel.push({ model, points, reason: points.length > 0 ? null : { code: "forecast.silent", args: { model } } });
    }
    const calibration = calibrationJson(assessment.calibration);
    return { answer, byModel, calibration, fits: fresh, said: saidIn(assessment, series) };
  }

  /** @throws CodedError `model.version` */
  forecast({ series, calibration, fits, model }: ForecastTask): Promise<ForecastAnswer> {
    const { models } = this.#parts;
    const learned = new Map<string, Fitted>();
    for (const kept of fits.toSorted((a, b) => a.seenToMs - b.seenToMs)) {
      const fitted = reviveFit(kept, models, series.horizonSteps);
      if (fitted !== null) learned.set(kept.model, fitted);
    }
    return forecast(series, revivedCalibration(calibration), { models, learned }, model);
  }

  /** The forecasts that there would have been at each step. @throws as `rollingForecasts` */
  rolling(request: RollingRequest, tell: Tell): Promise<RollingForecasts> {
    return rollingForecasts(request, this.#parts, { onProgress: tell });
  }

  /** Fits to several lengths of the series, oldest first; none when it is too short. @throws Error when a fit fails */
  async train({ series, model: id }: TrainTask, tell: Tell): Promise<readonly KeptFit[]> {
    const model = this.#parts.models.find((one) => one.id === id);
    if (model === undefined) throw new RangeError(`model must be known, got ${id}`);
    const examined = examine(series);
    if (examined.kind === "impossible") return [];
    const { series: arena, history } = examined.prepared;
    const steps = history.values.length;
    const { horizonSteps: horizon, seed, endMs, stepMs } = series;
    const ends = TRAINED_SHARES.map((share) => Math.floor(share * steps)).filter(
      (end) => end >= model.least(arena.season, horizon),
    );
    const out: KeptFit[] = [];
    for (const [done, end] of ends.entries()) {
      const onProgress = (ratio: number): void => tell((done + ratio) / ends.length);
      const fitted = await model.fit(historyAt(arena, end), { horizon, seed, onProgress });
      out.push(keep(fitted, endMs - (steps - end) * stepMs, horizon));
    }
    return out;
  }
}

/** What the ensemble said in the judged tests, step after step. */
function saidIn({ plan, judged, ensemble, history }: Assessment, { endMs, stepMs }: ForecastRequest): ForecastPoint[] {
  const own = judged.find(({ id }) => id === ENSEMBLE);
  if (own === undefined) return [];
  const { origins, firstTest, horizon } = plan;
  const points: ForecastPoint[] = [];
  for (let row = firstTest; row < origins.length; row++) {
    for (let h = 0; h < horizon; h++) {
      const mean = ensemble[row * horizon + h] as number;
      const lo = own.lo[(row - firstTest) * horizon + h] as number;
      const hi = own.hi[(row - firstTest) * horizon + h] as number;
      if (![mean, lo, hi].every(Number.isFinite)) continue;
      const { scale } = history;
      const step = (origins[row] as number) + h + 1;
      const atMs = endMs - (history.values.length - step) * stepMs;
      points.push({ atMs, mean: mean * scale, lo: lo * scale, hi: hi * scale });
    }
  }
  return points;
}
