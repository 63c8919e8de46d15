import type { AnomalyPort, AnomalyReading, SeriesStore } from "../../ports.ts";
import { ANOMALY_METRICS, type Anomaly, type AnomalyEpisode, type AnomalyMetric } from "../../protocol/anomalies.ts";
import type { Coded, Forecast } from "../../protocol/model.ts";
import { AnomalyDetector } from "./detector.ts";
import { Episodes } from "./episodes.ts";

/** Steps of history gone through at one tick, of all swarms together: about a millisecond. */
const REPLAYED_A_TICK = 30;
/** Seasons of history that a detector is shown at its start. */
const REPLAYED_SEASONS = 3;
/** A step without a tick this long after the last one was not measured: the machine slept, or the clock jumped. */
const MOST_STEPS_LEFT_OUT = 10_000;

/** How a swarm's steps are cut: of its own time, like those of its forecast. */
export interface AnomalyShape {
  readonly stepMs: number;
  readonly seasonSteps: number;
  readonly historySteps: number;
}

export interface SwarmAnomaliesParts {
  readonly series: Pick<SeriesStore, "steps">;
  /** @throws RangeError for a time scale that is not above 0 */
  readonly shape: (timeScale: number) => AnomalyShape;
  /** Kept for the operator's look back. */
  readonly record: (event: Coded, swarmId: string) => void;
  /** History could not be read; what is measured from now on is learnt from. */
  readonly onUnread: (error: unknown, swarmId: string) => void;
  readonly seed: number;
}

/** One series of one swarm. */
interface Track {
  readonly metric: AnomalyMetric;
  readonly detector: AnomalyDetector;
  readonly episodes: Episodes;
  /** Steps of history still to be gone through, oldest first. */
  replay: Float64Array;
  /** Wall clock at the end of the first of them. */
  replayMs: number;
  /** Mean of the step that is under way. */
  sum: number;
  count: number;
}

interface Watch {
  readonly timeScale: number;
  readonly shape: AnomalyShape;
  readonly tracks: readonly Track[];
  /** Wall clock at the end of the step that is under way. */
  endMs: number;
  /** Steps that ended while history was still being gone through. */
  readonly waiting: Step[];
}

interface Step {
  readonly endMs: number;
  readonly values: readonly (number | null)[];
  readonly forecast: number | null;
}

/**
 * One detector for each watched series of each managed swarm. Ticks are gathered into steps of the swarm's own time, so that
 * a squeezed day is a day here too and its season is known; a new detector first goes through what was kept, a bounded piece
 * at each tick.
 */
export class SwarmAnomalies implements AnomalyPort {
  readonly #parts: SwarmAnomaliesParts;
  readonly #watches = new Map<string, Watch>();

  constructor(parts: SwarmAnomaliesParts) {
    this.#parts = parts;
  }

  look(readings: readonly AnomalyReading[], wallMs: number): void {
    const there = new Set(readings.map(({ swarmId }) => swarmId));
    for (const id of this.#watches.keys()) if (!there.has(id)) this.#watches.delete(id);
    let room = REPLAYED_A_TICK;
    let isFirst = true;
    for (const reading of readings) {
      // History is read for one new swarm at a tick; the others have their turn at the next.
      const isKnown = this.#watches.has(reading.swarmId);
      if (!isKnown && !isFirst) continue;
      isFirst &&= isKnown;
      const watch = this.#watchOf(reading, wallMs);
      this.#finish(reading, watch, wallMs);
      gather(reading, watch);
      room -= this.#catchUp(reading.swarmId, watch, room);
    }
  }

  latest(swarmId: string): Anomaly | null {
    let worst: AnomalyEpisode | null = null;
    for (const { episodes } of this.#watches.get(swarmId)?.tracks ?? []) {
      const { open } = episodes;
      if (open !== null && (worst === null || open.score > worst.score)) worst = open;
    }
    if (worst === null) return null;
    const { toMs: _end, ...anomaly } = worst;
    return anomaly;
  }

  episodes(swarmId: string, fromMs: number, toMs: number): readonly AnomalyEpisode[] {
    const tracks = this.#watches.get(swarmId)?.tracks ?? [];
    return tracks
      .flatMap(({ episodes }) => episodes.all)
      .filter((episode) => episode.sinceMs < toMs && (episode.toMs ?? Number.POSITIVE_INFINITY) > fromMs)
      .toSorted((a, b) => a.sinceMs - b.sinceMs);
  }

  #watchOf(reading: AnomalyReading, wallMs: number): Watch {
    const { swarmId, timeScale } = reading;
    const known = this.#watches.get(swarmId);
    if (known !== undefined && known.timeScale === timeScale) return known;
    const shape = this.#parts.shape(timeScale);
    const endMs = (Math.floor(wallMs / shape.stepMs) + 1) * shape.stepMs;
    const tracks = ANOMALY_METRICS.map((metric, i): Track => ({
      metric,
      detector: new AnomalyDetector({ seed: this.#parts.seed + i, seasonSteps: shape.seasonSteps }),
      episodes: new Episodes(metric),
      ...this.#history(swarmId, metric, shape, endMs - shape.stepMs),
      sum: 0,
      count: 0,
    }));
    const watch: Watch = { timeScale, shape, tracks, endMs, waiting: [] };
    this.#watches.set(swarmId, watch);
    return watch;
  }

  /** From the first measured step on. */
  #history(
    swarmId: string,
    metric: AnomalyMetric,
    shape: AnomalyShape,
    toMs: number,
  ): Pick<Track, "replay" | "replayMs"> {
    const { stepMs, seasonSteps, historySteps } = shape;
    const steps = Math.min(historySteps, REPLAYED_SEASONS * seasonSteps);
    const read = (name: string): Float64Array =>
      this.#parts.series.steps({ scope: "swarm", key: swarmId, metric: name }, stepMs, steps, toMs);
    try {
      const values = metric === "demand" ? read("demand") : perAgent(read(TOTALS[metric]), read("live"));
      const replay = values.subarray(Math.max(0, values.findIndex(Number.isFinite)));
      return { replay, replayMs: toMs - (replay.length - 1) * stepMs };
    } catch (error) {
      this.#parts.onUnread(error, swarmId);
      return { replay: new Float64Array(0), replayMs: toMs };
    }
  }

  /** Steps that are over by now. */
  #finish({ forecast }: AnomalyReading, watch: Watch, wallMs: number): void {
    const { stepMs } = watch.shape;
    const over = Math.floor((wallMs - watch.endMs) / stepMs) + 1;
    // A clock that was set back: the step goes on until it is reached again, or begins anew.
    if (over < -1) watch.endMs = (Math.floor(wallMs / stepMs) + 1) * stepMs;
    for (let i = 0; i < Math.min(over, MOST_STEPS_LEFT_OUT); i++) {
      const values = watch.tracks.map((track) => (track.count === 0 ? null : track.sum / track.count));
      for (const track of watch.tracks) {
        track.sum = 0;
        track.count = 0;
      }
      watch.waiting.push({ endMs: watch.endMs, values, forecast: foretold(forecast, watch.endMs, stepMs) });
      watch.endMs += stepMs;
    }
    if (over > MOST_STEPS_LEFT_OUT) watch.endMs = (Math.floor(wallMs / stepMs) + 1) * stepMs;
  }

  /** @returns steps gone through */
  #catchUp(swarmId: string, watch: Watch, room: number): number {
    let done = 0;
    for (const track of watch.tracks) {
      const part = Math.min(track.replay.length, Math.max(0, room - done));
      for (const value of track.replay.subarray(0, part)) {
        track.detector.push({ value, phase: phaseOf(track.replayMs, watch.shape), forecast: null });
        track.replayMs += watch.shape.stepMs;
      }
      track.episodes.learnt(track.replay.subarray(0, part).filter(Number.isFinite).length);
      track.replay = track.replay.subarray(part);
      done += part;
    }
    return done + this.#judge(swarmId, watch, room - done);
  }

  #judge(swarmId: string, watch: Watch, room: number): number {
    if (watch.tracks.some(({ replay }) => replay.length > 0)) return 0;
    let done = 0;
    for (; watch.waiting.length > 0 && (done === 0 || done < room); done += watch.tracks.length) {
      const step = watch.waiting.shift() as Step;
      const phase = phaseOf(step.endMs, watch.shape);
      for (const [i, { metric, detector, episodes }] of watch.tracks.entries()) {
        const value = step.values[i] ?? null;
        const forecast = metric === "demand" ? step.forecast : null;
        const verdict = detector.push({ value, phase, forecast });
        const began =
          value === null ? null : episodes.look(value, verdict, step.endMs - watch.shape.stepMs, step.endMs);
        if (began !== null) this.#record(swarmId, began);
      }
    }
    return done;
  }

  #record(swarmId: string, { metric, value, usualLow, usualHigh, score }: AnomalyEpisode): void {
    this.#parts.record({ code: "event.anomaly", args: { metric, value, usualLow, usualHigh, score } }, swarmId);
  }
}

const TOTALS = { cpuCoresPerAgent: "cpuCores", rssBytesPerAgent: "rssBytes" } as const;

/** Adds a tick to the step that is under way. */
function gather({ live, demand, cpuCores, rssBytes }: AnomalyReading, { tracks }: Watch): void {
  const values = {
    demand,
    cpuCoresPerAgent: live === 0 || cpuCores === null ? null : cpuCores / live,
    rssBytesPerAgent: live === 0 || rssBytes === null ? null : rssBytes / live,
  };
  for (const track of tracks) {
    const value = values[track.metric];
    if (value === null) continue;
    track.sum += value;
    track.count++;
  }
}

function perAgent(totals: Float64Array, live: Float64Array): Float64Array {
  return totals.map((total, i) => ((live[i] ?? 0) > 0 ? total / (live[i] as number) : Number.NaN));
}

function phaseOf(endMs: number, { stepMs, seasonSteps }: AnomalyShape): number {
  const seasonMs = stepMs * seasonSteps;
  return (endMs % seasonMs) / seasonMs;
}

/** What a ready forecast, made before the step ended, has for it. */
function foretold(forecast: Forecast | null, endMs: number, stepMs: number): number | null {
  if (forecast === null || !forecast.ready || forecast.historyEndMs >= endMs) return null;
  const point = forecast.points.find(({ atMs }) => Math.abs(atMs - endMs) <= stepMs / 2);
  return point?.mean ?? null;
}
