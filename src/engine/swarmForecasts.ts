import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError, toCoded } from "./common/errors.ts";
import { ForecastKeeper, isNetwork, type KeptForecast, learnedOf } from "./forecastKeeper.ts";
import { forecastShape } from "./forecastShape.ts";
import type {
  AskedSeries,
  ForecastAnswer,
  ForecastRequest,
  ForecastsPort,
  HeavyPort,
  Log,
  ModelStore,
  SeriesStore,
} from "./ports.ts";
import type { Forecast, ForecastReport, ModelPoints, SeriesKey } from "./protocol/model.ts";

const DEFAULT_CONFIDENCE = 0.95;
/** Tests of one assessment, and as many before them: with MSTL and ETS at each that is a few seconds. */
const TESTS = 30;
/** For a forecast that somebody waits for. */
const ASKED_TESTS = 20;
/** One takes at most this share of the time: ten times as long as the last one took lies between two beginnings. */
const REST_FACTOR = 10;
const MAX_BACKOFF_MS = 5 * 60_000;
/** The network is trained anew before its time when the error has grown by so much since it was. */
const DRIFT_FACTOR = 1.5;

/** What a forecast needs to know of a swarm. */
interface SwarmTime {
  readonly id: string;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
}

type JobKind = "assess" | "forecast";

interface Entry {
  latest: Forecast | null;
  kept: KeptForecast;
  readonly due: { [K in JobKind | "train"]: number };
  /** After a failure. */
  notBeforeMs: number;
  /** History changed after the one under way was begun: the next is due as soon as that one is made. */
  isOutdated: boolean;
  failures: number;
  lastFailure: Coded | null;
  training: { doneRatio: number } | null;
}

export interface SwarmForecastsParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  /** Another child for a forecast that somebody asks for, which tests all models on several series. */
  readonly asked: Pick<HeavyPort, "run">;
  /** Another child, so that a training of minutes does not keep forecasts waiting. */
  readonly trainer: Pick<HeavyPort, "run">;
  readonly models: Pick<ModelStore, "save" | "load">;
  readonly clock: Clock;
  readonly log: Log;
  readonly seed: number;
  /** Percent that the accuracy must reach besides the gate; `null` for no such limit. */
  readonly minAccuracy: () => number | null;
}

/**
 * Keeps a forecast of each running swarm's demand: one request at a time, the one that is longest due first. Models are
 * tested now and then, which takes seconds; in between a forecast continues by what the last tests have shown. A request
 * that fails is made again later and later; until then the last forecast stays, as long as it still says something about
 * the future.
 */
export class SwarmForecasts implements ForecastsPort, Disposable {
  readonly #parts: SwarmForecastsParts;
  readonly #keeper: ForecastKeeper;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new AbortController();
  #inFlight = false;
  #isTraining = false;
  #wallMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SwarmForecastsParts) {
    this.#parts = parts;
    this.#keeper = new ForecastKeeper(parts.models);
  }

  look(swarms: readonly SwarmTime[], wallMs: number, monotonicMs: number): void {
    this.#wallMs = wallMs;
    const running = new Set(swarms.map(({ id }) => id));
    for (const [id, { latest }] of this.#entries)
      if (!running.has(id) && (latest === null || isOver(latest, wallMs))) this.#entries.delete(id);
    for (const { id } of swarms) if (!this.#entries.has(id)) this.#entries.set(id, this.#newEntry(id, monotonicMs));
    if (this.#ending.signal.aborted) return;
    if (!this.#inFlight) this.#nextForecast(swarms, wallMs, monotonicMs);
    if (!this.#isTraining) this.#nextTraining(swarms, monotonicMs);
  }

  renew(swarmId: string): void {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined) return;
    entry.isOutdated = true;
    Object.assign(entry.due, { assess: Number.NEGATIVE_INFINITY, train: Number.NEGATIVE_INFINITY });
    entry.notBeforeMs = Number.NEGATIVE_INFINITY;
  }

  latest(swarmId: string): Forecast | null {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined || entry.latest === null) return null;
    return isOver(entry.latest, this.#wallMs) ? stale(entry.latest, entry.lastFailure) : entry.latest;
  }

  report(swarmId: string): ForecastReport {
    const entry = this.#entries.get(swarmId);
    return {
      swarmId,
      forecast: this.latest(swarmId),
      said: entry?.kept.said ?? [],
      unusual: entry?.kept.unusual ?? [],
      assessedAtMs: entry?.kept.assessedAtMs ?? null,
      learned: entry === undefined ? [] : learnedOf(entry.kept),
      trainingRatio: entry?.training?.doneRatio ?? null,
    };
  }

  /** @throws CodedError `aborted`, `heavy.*`, `store.read`; RangeError for a horizon that is not above 0 */
  async ask(
    swarm: SwarmTime,
    horizonMs: number | undefined,
    confidence: number | undefined,
    signal: AbortSignal,
  ): Promise<Forecast> {
    const { stepMs, horizonSteps } = forecastShape(swarm.timeScale);
    if (horizonMs !== undefined && !(horizonMs > 0)) throw new RangeError(`horizonMs must be > 0, got ${horizonMs}`);
    const steps = horizonMs === undefined ? horizonSteps : Math.ceil(horizonMs / swarm.timeScale / stepMs - 1e-9);
    const asked = {
      keys: [demandOf(swarm.id)],
      horizonSteps: Math.max(1, steps),
      confidence: confidence ?? DEFAULT_CONFIDENCE,
      models: [],
    };
    return (await this.forecastOf(swarm, asked, signal)).forecast;
  }

  /** @throws CodedError `forecast.untested`, `aborted`, `heavy.*`, `model.version`, `store.read` */
  async askModel(swarm: SwarmTime, model: string, signal: AbortSignal): Promise<Forecast> {
    const kept = this.#entries.get(swarm.id)?.kept ?? null;
    if (kept === null || kept.calibration === null)
      throw new CodedError("forecast.untested", { swarmId: swarm.id, model });
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const { clock, heavy } = this.#parts;
    const { calibration, fits } = kept;
    const { horizonSteps } = forecastShape(swarm.timeScale);
    const series = this.#request(swarm, [demandOf(swarm.id)], horizonSteps, DEFAULT_CONFIDENCE, clock.wallMs());
    const answer = await heavy.run("forecast", { series, calibration, fits, model }, { signal: both });
    return { ...answer, swarmId: swarm.id, madeAtMs: clock.wallMs() };
  }

  async forecastOf(
    swarm: SwarmTime,
    { keys, horizonSteps, confidence, models }: AskedSeries,
    signal: AbortSignal,
  ): Promise<{ forecast: Forecast; byModel: readonly ModelPoints[] }> {
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const { clock, asked } = this.#parts;
    const series = this.#request(swarm, keys, horizonSteps, confidence, clock.wallMs());
    const finish = (answer: ForecastAnswer): Forecast => ({ ...answer, swarmId: swarm.id, madeAtMs: clock.wallMs() });
    if (!hasValues(series)) {
      const answer = empty(series);
      return {
        forecast: finish(answer),
        byModel: models.map((model) => ({ model, points: [], reason: answer.reason })),
      };
    }
    // A network was trained on the demand alone.
    const isDemand = keys.length === 1 && keys[0]?.metric === "demand";
    const fits = isDemand ? (this.#entries.get(swarm.id)?.kept.fits ?? []).filter(isNetwork) : [];
    const task = { series, fits, mostTests: ASKED_TESTS, models };
    const { answer, byModel } = await asked.run("assess", task, { signal: both });
    return { forecast: finish(answer), byModel };
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  #newEntry(swarmId: string, monotonicMs: number): Entry {
    return {
      latest: null,
      kept: this.#keeper.load(swarmId),
      due: { assess: monotonicMs, forecast: monotonicMs, train: monotonicMs },
      notBeforeMs: monotonicMs,
      isOutdated: false,
      failures: 0,
      lastFailure: null,
      training: null,
    };
  }

  #nextForecast(swarms: readonly SwarmTime[], wallMs: number, monotonicMs: number): void {
    let next: { swarm: SwarmTime; entry: Entry; kind: JobKind; due: number } | null = null;
    for (const swarm of swarms) {
      const entry = this.#entries.get(swarm.id) as Entry;
      const { due } = entry;
      // Without a forecast of now, one by what is known comes first: tests take longer. Not again when that has failed.
      const hasCalibration = entry.kept.calibration !== null;
      const isFirst = hasCalibration && entry.latest === null && entry.failures === 0;
      const kind: JobKind = hasCalibration && (isFirst || due.assess > monotonicMs) ? "forecast" : "assess";
      const at = Math.max(kind === "assess" ? due.assess : due.forecast, entry.notBeforeMs);
      if (at > monotonicMs) continue;
      if (next === null || at < next.due) next = { swarm, entry, kind, due: at };
    }
    if (next === null) return;
    this.#inFlight = true;
    void this.#renew(next.swarm, next.entry, next.kind, wallMs, monotonicMs);
  }

  /** Never rejects. */
  async #renew(swarm: SwarmTime, entry: Entry, kind: JobKind, wallMs: number, beganMs: number): Promise<void> {
    const { clock, log } = this.#parts;
    const { horizonSteps, refreshMs, assessMs } = forecastShape(swarm.timeScale);
    entry.isOutdated = false;
    try {
      const request = this.#request(swarm, [demandOf(swarm.id)], horizonSteps, DEFAULT_CONFIDENCE, wallMs);
      const made = await this.#make(swarm, entry, kind, request);
      if (made.ready !== entry.latest?.ready) {
        const { model, reason } = made;
        log.info(made.ready ? "forecast.ready" : "forecast.notReady", {
          swarmId: swarm.id,
          model,
          reason: reason?.code ?? null,
        });
      }
      entry.latest = made;
      entry.failures = 0;
      entry.lastFailure = null;
      const nowMs = clock.monotonicMs();
      const restMs = REST_FACTOR * (nowMs - beganMs);
      entry.due.forecast = beganMs + Math.max(refreshMs, kind === "forecast" ? restMs : 0);
      // As long as there was nothing to test, every new step may be the one that is enough.
      if (kind === "assess" && !entry.isOutdated)
        entry.due.assess = beganMs + Math.max(entry.kept.calibration === null ? refreshMs : assessMs, restMs);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      const failure = toCoded(error);
      entry.failures++;
      entry.lastFailure = failure;
      // What was kept by another version is of no use: tested anew.
      if (failure.code === "model.version") entry.kept = this.#keeper.none();
      const backoffMs = Math.min(Math.max(MAX_BACKOFF_MS, refreshMs), refreshMs * 2 ** entry.failures);
      entry.notBeforeMs = clock.monotonicMs() + backoffMs;
      log.warn("forecast.failed", { swarmId: swarm.id, code: failure.code, failures: entry.failures, backoffMs });
    } finally {
      this.#inFlight = false;
    }
  }

  async #make(swarm: SwarmTime, entry: Entry, kind: JobKind, series: ForecastRequest): Promise<Forecast> {
    const { heavy, clock } = this.#parts;
    const { signal } = this.#ending;
    const finish = (answer: ForecastAnswer): Forecast => ({ ...answer, swarmId: swarm.id, madeAtMs: clock.wallMs() });
    // No child needs to be started to say that there is nothing.
    if (!hasValues(series)) return finish(empty(series));
    const { calibration, fits } = entry.kept;
    if (kind === "forecast" && calibration !== null)
      return finish(await heavy.run("forecast", { series, calibration, fits }, { signal }));
    const assessed = await heavy.run("assess", { series, fits: fits.filter(isNetwork), mostTests: TESTS }, { signal });
    const made = finish(assessed.answer);
    entry.kept = this.#keeper.assessed(entry.kept, made, assessed, clock.monotonicMs());
    if (entry.kept.driftRatio !== null && entry.kept.driftRatio > DRIFT_FACTOR && !this.#isTraining) {
      const { log } = this.#parts;
      log.info("forecast.drift", { swarmId: swarm.id, ratio: entry.kept.driftRatio });
      entry.due.train = Math.min(entry.due.train, clock.monotonicMs());
    }
    return made;
  }

  #nextTraining(swarms: readonly SwarmTime[], monotonicMs: number): void {
    const due = swarms
      .map((swarm) => ({ swarm, entry: this.#entries.get(swarm.id) as Entry }))
      // A series that cannot be tested yet teaches nothing.
      .filter(({ entry }) => entry.kept.calibration !== null && entry.due.train <= monotonicMs)
      .toSorted((a, b) => a.entry.due.train - b.entry.due.train);
    const next = due[0];
    if (next === undefined) return;
    this.#isTraining = true;
    void this.#train(next.swarm, next.entry, monotonicMs);
  }

  /** Never rejects. */
  async #train(swarm: SwarmTime, entry: Entry, beganMs: number): Promise<void> {
    const { clock, log, trainer } = this.#parts;
    const { horizonSteps, trainMs } = forecastShape(swarm.timeScale);
    const training = { doneRatio: 0 };
    entry.training = training;
    try {
      const series = this.#request(swarm, [demandOf(swarm.id)], horizonSteps, DEFAULT_CONFIDENCE, clock.wallMs());
      const fits = await trainer.run(
        "train",
        { series, model: "lstm" },
        { signal: this.#ending.signal, onProgress: (ratio) => void (training.doneRatio = ratio) },
      );
      const tookMs = clock.monotonicMs() - beganMs;
      entry.due.train = beganMs + Math.max(trainMs, REST_FACTOR * tookMs);
      log.info("forecast.trained", { swarmId: swarm.id, fits: fits.length, tookMs });
      if (fits.length === 0) return;
      entry.kept = this.#keeper.trained(entry.kept, swarm.id, fits, clock.wallMs());
      entry.due.assess = Math.min(entry.due.assess, clock.monotonicMs());
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      entry.due.train = clock.monotonicMs() + trainMs;
      log.warn("forecast.trainingFailed", { swarmId: swarm.id, code: toCoded(error).code });
    } finally {
      entry.training = null;
      this.#isTraining = false;
    }
  }

  /** @throws CodedError `store.read` */
  #request(
    swarm: SwarmTime,
    keys: readonly SeriesKey[],
    horizonSteps: number,
    confidence: number,
    wallMs: number,
  ): ForecastRequest {
    const { series, seed, minAccuracy } = this.#parts;
    const { stepMs, dayMs, seasonSteps, historySteps } = forecastShape(swarm.timeScale);
    // A step that is not over yet would look like less demand than there is.
    const endMs = Math.floor(wallMs / stepMs) * stepMs;
    const [values = new Float64Array(0), ...more] = keys.map((key) => series.steps(key, stepMs, historySteps, endMs));
    for (const other of more)
      for (let t = 0; t < values.length; t++) values[t] = (values[t] as number) + (other[t] as number);
    return {
      ...{ values, stepMs, endMs, dayMs, seasonSteps, horizonSteps, confidence, seed },
      lowerBound: 0,
      minAccuracy: minAccuracy(),
    };
  }
}

function demandOf(swarmId: string): SeriesKey {
  return { scope: "swarm", key: swarmId, metric: "demand" };
}

function hasValues({ values }: ForecastRequest): boolean {
  return values.some((value) => Number.isFinite(value));
}

function empty({ confidence, stepMs, endMs }: ForecastRequest): ForecastAnswer {
  return {
    ready: false,
    reason: { code: "forecast.empty", args: {} },
    model: "none",
    baseline: null,
    confidence,
    stepMs,
    historyEndMs: endMs,
    historySteps: 0,
    seasonSteps: null,
    points: [],
    scores: [],
  };
}

/** All of its future has passed. One without points never said anything about the future. */
function isOver({ points }: Forecast, wallMs: number): boolean {
  const last = points.at(-1);
  return last !== undefined && last.atMs <= wallMs;
}

function stale(forecast: Forecast, failure: Coded | null): Forecast {
  const args = failure === null ? {} : { detail: JSON.stringify(failure) };
  return { ...forecast, ready: false, reason: { code: "forecast.stale", args }, points: [] };
}
