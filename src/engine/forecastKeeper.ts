import type { AssessAnswer, KeptFit, ModelStore } from "./ports.ts";
import type { LearnedModel } from "./protocol/forecast.ts";
import type { Forecast, ForecastPoint, UnusualStep } from "./protocol/model.ts";

const CALIBRATION_KIND = "forecast";
const NETWORK_KIND = "lstm";
const VERSION = 2;
/** Kept this often, and whenever model or readiness change. */
const KEEP_MS = 5 * 60_000;

/** What was learned of one swarm's demand. */
export interface KeptForecast {
  /** `null` before anything could be tested. */
  readonly calibration: string | null;
  readonly fits: readonly KeptFit[];
  readonly said: readonly ForecastPoint[];
  readonly unusual: readonly UnusualStep[];
  readonly assessedAtMs: number | null;
  /** When the network was; `null` before. */
  readonly trainedAtMs: number | null;
  /** Error of the ensemble when the network was last trained, in the unit of the series. */
  readonly maeAtTraining: number | null;
  /** The error now ÷ that; `null` while either is not known. */
  readonly driftRatio: number | null;
  readonly saved: { readonly monotonicMs: number; readonly what: string } | null;
}

const NONE: KeptForecast = {
  calibration: null,
  fits: [],
  said: [],
  unusual: [],
  assessedAtMs: null,
  trainedAtMs: null,
  maeAtTraining: null,
  driftRatio: null,
  saved: null,
};

/**
 * Brings what was learned to the store and back, so that an engine that starts again forecasts at once. A store that cannot
 * write says so itself; the next assessment tries again.
 */
export class ForecastKeeper {
  readonly #models: Pick<ModelStore, "save" | "load">;

  constructor(models: Pick<ModelStore, "save" | "load">) {
    this.#models = models;
  }

  none(): KeptForecast {
    return NONE;
  }

  load(swarmId: string): KeptForecast {
    const calibrated = this.#models.load(swarmId, CALIBRATION_KIND);
    const network = this.#models.load(swarmId, NETWORK_KIND);
    // One of another version is as good as none: it is made anew at the first chance.
    const kept = calibrated?.version === VERSION ? parsed<StoredCalibration>(calibrated.json) : null;
    const networks = network?.version === VERSION ? parsed<StoredNetwork>(network.json) : null;
    const trained = {
      trainedAtMs: networks === null ? null : (network?.trainedAtMs ?? null),
      maeAtTraining: networks?.mae ?? null,
    };
    if (kept === null) return { ...NONE, ...trained, fits: networks?.fits ?? [] };
    return {
      ...NONE,
      ...trained,
      calibration: kept.calibration,
      fits: [...kept.fits, ...(networks?.fits ?? [])],
      said: kept.said,
      unusual: kept.unusual,
      assessedAtMs: calibrated?.trainedAtMs ?? null,
    };
  }

  assessed(
    before: KeptForecast,
    made: Forecast,
    { calibration, fits, said, unusual }: AssessAnswer,
    monotonicMs: number,
  ): KeptForecast {
    const { swarmId, madeAtMs, historyEndMs, historySteps, stepMs } = made;
    const mae = maeOf(made);
    const maeAtTraining = before.maeAtTraining ?? (before.fits.some(isNetwork) ? mae : null);
    const after: KeptForecast = {
      calibration,
      fits: [...fits, ...before.fits.filter(isNetwork)],
      said,
      unusual,
      assessedAtMs: madeAtMs,
      trainedAtMs: before.trainedAtMs,
      maeAtTraining,
      driftRatio: mae === null || maeAtTraining === null || !(maeAtTraining > 0) ? null : mae / maeAtTraining,
      saved: before.saved,
    };
    const what = `${made.model} ${made.ready}`;
    if (calibration === null) return after;
    if (before.saved !== null && before.saved.what === what && monotonicMs - before.saved.monotonicMs < KEEP_MS)
      return after;
    const stored: StoredCalibration = { calibration, fits, said, unusual };
    const isSaved = this.#models.save({
      swarmId,
      kind: CALIBRATION_KIND,
      version: VERSION,
      trainedAtMs: madeAtMs,
      fromMs: historyEndMs - historySteps * stepMs,
      toMs: historyEndMs,
      json: JSON.stringify(stored),
    });
    return isSaved ? { ...after, saved: { monotonicMs, what } } : after;
  }

  trained(before: KeptForecast, swarmId: string, fits: readonly KeptFit[], wallMs: number): KeptForecast {
    const stored: StoredNetwork = { fits, mae: null };
    this.#models.save({
      swarmId,
      kind: NETWORK_KIND,
      version: VERSION,
      trainedAtMs: wallMs,
      fromMs: Math.min(...fits.map(({ seenToMs }) => seenToMs)),
      toMs: Math.max(...fits.map(({ seenToMs }) => seenToMs)),
      json: JSON.stringify(stored),
    });
    // The next assessment, which knows the new network, says what its error is.
    const kept = [...before.fits.filter((fit) => !isNetwork(fit)), ...fits];
    return { ...before, fits: kept, trainedAtMs: wallMs, maeAtTraining: null };
  }
}

interface StoredCalibration {
  readonly calibration: string;
  readonly fits: readonly KeptFit[];
  readonly said: readonly ForecastPoint[];
  readonly unusual: readonly UnusualStep[];
}

interface StoredNetwork {
  readonly fits: readonly KeptFit[];
  readonly mae: number | null;
}

export function isNetwork({ model }: KeptFit): boolean {
  return model === NETWORK_KIND;
}

/** `null` for a text that is damaged: as good as none, too. */
function parsed<T extends StoredNetwork | StoredCalibration>(text: string): T | null {
  try {
    const stored = JSON.parse(text) as T | null;
    return Array.isArray(stored?.fits) ? stored : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The newest fit of each model, and when it was made: the network by itself, the others with the last tests. */
export function learnedOf({ fits, trainedAtMs, assessedAtMs }: KeptForecast): LearnedModel[] {
  const newest = new Map<string, KeptFit>();
  for (const fit of fits) {
    const known = newest.get(fit.model);
    if (known === undefined || known.seenToMs <= fit.seenToMs) newest.set(fit.model, fit);
  }
  return [...newest.values()].map((fit) => ({
    model: fit.model,
    seenToMs: fit.seenToMs,
    trainedAtMs: isNetwork(fit) ? trainedAtMs : assessedAtMs,
    backend: fit.backend ?? null,
  }));
}

function maeOf({ scores }: Forecast): number | null {
  return scores.find(({ model }) => model === "ensemble")?.mae ?? null;
}
