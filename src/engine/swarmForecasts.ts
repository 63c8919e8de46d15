import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError, toCoded } from "./common/errors.ts";
import type { ForecastRequest, ForecastsPort, HeavyPort, Log, ModelStore, SeriesStore } from "./ports.ts";
import type { Forecast } from "./protocol/model.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Shorter steps would hold a sample or two, and their means little but noise. */
const LEAST_STEP_MS = 2_000;
const SEASONS_KEPT = 14;
const MAX_HISTORY_STEPS = 4_000;
const LEAST_HORIZON_STEPS = 30;
const DEFAULT_CONFIDENCE = 0.95;
/** A new forecast this often in the swarm's own time. */
const REFRESH_MS = 5 * MINUTE_MS;
/** One takes at most this share of the time: ten times as long as the last one took lies between two beginnings. */
const REST_FACTOR = 10;
const MAX_BACKOFF_MS = 5 * MINUTE_MS;
/** Scores are kept this often, and whenever model or readiness change. */
const KEEP_MS = 5 * MINUTE_MS;
const SCORES_KIND = "forecast";
const SCORES_VERSION = 1;

/** What a forecast needs to know of a swarm. */
interface SwarmTime {
  readonly id: string;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
}

/** Steps of one swarm's forecasts: a minute of its own time, whatever that is in ours. */
export interface ForecastShape {
  readonly stepMs: number;
  readonly seasonSteps: number;
  readonly historySteps: number;
  readonly horizonSteps: number;
  readonly refreshMs: number;
}

/** @throws RangeError for a time scale that is not above 0 */
export function forecastShape(timeScale: number): ForecastShape {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) throw new RangeError(`timeScale must be > 0, got ${timeScale}`);
  const stepMs = Math.max(LEAST_STEP_MS, Math.round(MINUTE_MS / timeScale));
  const seasonSteps = Math.max(1, Math.round(DAY_MS / timeScale / stepMs));
  return {
    stepMs,
    seasonSteps,
    historySteps: Math.min(MAX_HISTORY_STEPS, Math.max(LEAST_HORIZON_STEPS, SEASONS_KEPT * seasonSteps)),
    horizonSteps: Math.max(LEAST_HORIZON_STEPS, Math.round(HOUR_MS / timeScale / stepMs)),
    refreshMs: Math.max(stepMs, REFRESH_MS / timeScale),
  };
}

interface Entry {
  latest: Forecast | null;
  dueMonotonicMs: number;
  /** History changed after the one under way was begun: the next is due as soon as that one is made. */
  isOutdated: boolean;
  failures: number;
  lastFailure: Coded | null;
  kept: { readonly monotonicMs: number; readonly what: string } | null;
}

export interface SwarmForecastsParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  readonly models: Pick<ModelStore, "save">;
  readonly clock: Clock;
  readonly log: Log;
  readonly seed: number;
}

/**
 * Keeps a forecast of each running swarm's demand, one request at a time, the one that is longest due first. One that
 * fails is asked for again later and later; until then the last one stays, as long as it still says something about the
 * future.
 */
export class SwarmForecasts implements ForecastsPort, Disposable {
  readonly #parts: SwarmForecastsParts;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new AbortController();
  #inFlight = false;
  #wallMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SwarmForecastsParts) {
    this.#parts = parts;
  }

  look(swarms: readonly SwarmTime[], wallMs: number, monotonicMs: number): void {
    this.#wallMs = wallMs;
    const running = new Set(swarms.map(({ id }) => id));
    for (const [id, { latest }] of this.#entries)
      if (!running.has(id) && (latest === null || isOver(latest, wallMs))) this.#entries.delete(id);
    for (const { id } of swarms) {
      if (this.#entries.has(id)) continue;
      this.#entries.set(id, {
        latest: null,
        dueMonotonicMs: monotonicMs,
        isOutdated: false,
        failures: 0,
        lastFailure: null,
        kept: null,
      });
    }
    if (this.#inFlight || this.#ending.signal.aborted) return;
    let next: { swarm: SwarmTime; entry: Entry } | null = null;
    for (const swarm of swarms) {
      const entry = this.#entries.get(swarm.id) as Entry;
      if (entry.dueMonotonicMs > monotonicMs) continue;
      if (next === null || entry.dueMonotonicMs < next.entry.dueMonotonicMs) next = { swarm, entry };
    }
    if (next === null) return;
    this.#inFlight = true;
    void this.#renew(next.swarm, next.entry, wallMs, monotonicMs);
  }

  renew(swarmId: string): void {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined) return;
    entry.isOutdated = true;
    entry.dueMonotonicMs = Number.NEGATIVE_INFINITY;
  }

  latest(swarmId: string): Forecast | null {
    const entry = this.#entries.get(swarmId);
    if (entry === undefined || entry.latest === null) return null;
    return isOver(entry.latest, this.#wallMs) ? stale(entry.latest, entry.lastFailure) : entry.latest;
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
    return this.#make(
      swarm,
      Math.max(1, steps),
      confidence ?? DEFAULT_CONFIDENCE,
      this.#parts.clock.wallMs(),
      AbortSignal.any([signal, this.#ending.signal]),
    );
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  /** Never rejects. */
  async #renew(swarm: SwarmTime, entry: Entry, wallMs: number, beganMs: number): Promise<void> {
    const { clock, log } = this.#parts;
    const { horizonSteps, refreshMs } = forecastShape(swarm.timeScale);
    entry.isOutdated = false;
    try {
      const made = await this.#make(swarm, horizonSteps, DEFAULT_CONFIDENCE, wallMs, this.#ending.signal);
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
      const tookMs = clock.monotonicMs() - beganMs;
      entry.dueMonotonicMs = entry.isOutdated ? beganMs : beganMs + Math.max(refreshMs, REST_FACTOR * tookMs);
      this.#keep(entry, made, clock.monotonicMs());
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      const failure = toCoded(error);
      entry.failures++;
      entry.lastFailure = failure;
      const backoffMs = Math.min(Math.max(MAX_BACKOFF_MS, refreshMs), refreshMs * 2 ** entry.failures);
      entry.dueMonotonicMs = clock.monotonicMs() + backoffMs;
      log.warn("forecast.failed", { swarmId: swarm.id, code: failure.code, failures: entry.failures, backoffMs });
    } finally {
      this.#inFlight = false;
    }
  }

  async #make(
    swarm: SwarmTime,
    horizonSteps: number,
    confidence: number,
    wallMs: number,
    signal: AbortSignal,
  ): Promise<Forecast> {
    if (signal.aborted) throw new CodedError("aborted", {});
    const { series, heavy, clock, seed } = this.#parts;
    const { stepMs, seasonSteps, historySteps } = forecastShape(swarm.timeScale);
    // A step that is not over yet would look like less demand than there is.
    const endMs = Math.floor(wallMs / stepMs) * stepMs;
    const values = series.steps({ scope: "swarm", key: swarm.id, metric: "demand" }, stepMs, historySteps, endMs);
    const request: ForecastRequest = {
      values,
      stepMs,
      endMs,
      seasonSteps,
      horizonSteps,
      confidence,
      seed,
      lowerBound: 0,
    };
    // No child needs to be started to say that there is nothing.
    const answer = values.some((value) => Number.isFinite(value))
      ? await heavy.run("forecast", request, { signal })
      : empty(request);
    return { ...answer, swarmId: swarm.id, madeAtMs: clock.wallMs() };
  }

  #keep(entry: Entry, made: Forecast, monotonicMs: number): void {
    const what = `${made.model} ${made.ready}`;
    if (made.points.length === 0) return;
    if (entry.kept !== null && entry.kept.what === what && monotonicMs - entry.kept.monotonicMs < KEEP_MS) return;
    const { swarmId, madeAtMs, historyEndMs, historySteps, stepMs, model, ready, reason, seasonSteps, scores } = made;
    const isKept = this.#parts.models.save({
      swarmId,
      kind: SCORES_KIND,
      version: SCORES_VERSION,
      trainedAtMs: madeAtMs,
      fromMs: historyEndMs - historySteps * stepMs,
      toMs: historyEndMs,
      json: JSON.stringify({ model, ready, reason, stepMs, seasonSteps, scores }),
    });
    // A store that cannot write says so itself; the next forecast tries again.
    if (isKept) entry.kept = { monotonicMs, what };
  }
}

function empty({ confidence, stepMs, endMs }: ForecastRequest): Omit<Forecast, "swarmId" | "madeAtMs"> {
  return {
    ready: false,
    reason: { code: "forecast.empty", args: {} },
    model: "none",
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
