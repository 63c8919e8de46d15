import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { CodedError } from "./common/errors.ts";
import { zoneOffsets } from "./common/timeZone.ts";
import type { HeavyPort, PatternsPort, PatternsRequest, SeriesStore } from "./ports.ts";
import type { SeriesKey } from "./protocol/model.ts";
import { MAX_FINE_WINDOW_MS, type Patterns } from "./protocol/patterns.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Shorter steps would hold a sample or two, and their means little but noise. */
const LEAST_STEP_MS = 2_000;
/** An answer is given again for so long, in the swarm's own time, and for ten seconds at least. */
const KEPT_MS = 5 * MINUTE_MS;
const LEAST_KEPT_MS = 10_000;
const MAX_KEPT = 16;

/** Fine steps, and longer ones where more is asked for than the fine ones reach; all in wall-clock time. */
export interface PatternShape {
  readonly stepMs: number;
  readonly steps: number;
  readonly hours: { readonly stepMs: number; readonly steps: number } | null;
}

/**
 * A minute of own time over four weeks at most, and an hour of it over all of a longer window.
 * @param windowMs in own time
 * @throws RangeError for a time scale or a window that is not above 0
 */
export function patternShape(timeScale: number, windowMs: number): PatternShape {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) throw new RangeError(`timeScale must be > 0, got ${timeScale}`);
  if (!(windowMs > 0 && Number.isFinite(windowMs))) throw new RangeError(`windowMs must be > 0, got ${windowMs}`);
  const stepOf = (ownMs: number): number => Math.max(LEAST_STEP_MS, Math.round(ownMs / timeScale));
  const stepsOf = (ownMs: number, stepMs: number): number => Math.max(1, Math.round(ownMs / (stepMs * timeScale)));
  const stepMs = stepOf(MINUTE_MS);
  const hourMs = stepOf(HOUR_MS);
  return {
    stepMs,
    steps: stepsOf(Math.min(windowMs, MAX_FINE_WINDOW_MS), stepMs),
    hours: windowMs <= MAX_FINE_WINDOW_MS ? null : { stepMs: hourMs, steps: stepsOf(windowMs, hourMs) },
  };
}

const SWARM_METRICS = ["demand", "live", "cpuCores", "rssBytes"] as const;
const MACHINE_METRICS = [
  "cpuBusyRatio",
  "memoryUsedBytes",
  "diskUsedBytes",
  "networkReceiveBytesPerSecond",
  "networkTransmitBytesPerSecond",
] as const;

function seriesOf(swarmId: string): readonly SeriesKey[] {
  return [
    ...SWARM_METRICS.map((metric) => ({ scope: "swarm", key: swarmId, metric }) as const),
    ...MACHINE_METRICS.map((metric) => ({ scope: "machine", key: "", metric }) as const),
  ];
}

interface SwarmTime {
  readonly id: string;
  readonly timeScale: number;
}

interface Job {
  readonly result: Promise<Patterns>;
  readonly stop: AbortController;
  waiting: number;
}

export interface SwarmPatternsParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  readonly clock: Clock;
  /** By how much local time is ahead of UTC at a moment. */
  readonly offsetMsAt: (wallMs: number) => number;
  /** Lets everything else that is due run first. */
  readonly pause: () => Promise<void>;
}

/**
 * Patterns of a swarm, made in the heavy child when somebody asks and kept for a while. One at a time; who asks for what is
 * being made waits along. What nobody waits for any more is given up.
 */
export class SwarmPatterns implements PatternsPort, Disposable {
  readonly #parts: SwarmPatternsParts;
  readonly #kept = new Map<string, { readonly patterns: Patterns; readonly untilMonotonicMs: number }>();
  readonly #jobs = new Map<string, Job>();
  readonly #ending = new AbortController();
  /** Settled when the last job that was begun is over; never rejected. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(parts: SwarmPatternsParts) {
    this.#parts = parts;
  }

  async ask(swarm: SwarmTime, windowMs: number, signal: AbortSignal): Promise<Patterns> {
    if (signal.aborted || this.#ending.signal.aborted) throw new CodedError("aborted", {});
    const key = JSON.stringify([swarm.id, swarm.timeScale, windowMs]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#parts.clock.monotonicMs() < kept.untilMonotonicMs) return kept.patterns;
    return this.#wait(this.#jobs.get(key) ?? this.#begin(key, swarm, windowMs), signal);
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  #begin(key: string, swarm: SwarmTime, windowMs: number): Job {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#ending.signal]);
    const result = this.#before.then(() => this.#make(swarm, windowMs, signal));
    const job: Job = { result, stop, waiting: 0 };
    this.#jobs.set(key, job);
    const over = (): void => {
      if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    };
    this.#before = result.then((patterns) => {
      over();
      this.#keep(key, patterns);
    }, over);
    return job;
  }

  async #wait(job: Job, signal: AbortSignal): Promise<Patterns> {
    job.waiting++;
    let leave = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(new CodedError("aborted", {}));
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([job.result, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--job.waiting === 0) this.#giveUp(job);
    }
  }

  /** The next one who asks begins anew; of a job that is over nothing is left to stop. */
  #giveUp(job: Job): void {
    for (const [key, one] of this.#jobs) if (one === job) this.#jobs.delete(key);
    job.stop.abort();
  }

  #keep(key: string, patterns: Patterns): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [other, { untilMonotonicMs }] of this.#kept) if (untilMonotonicMs <= nowMs) this.#kept.delete(other);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    const untilMonotonicMs = nowMs + Math.max(LEAST_KEPT_MS, KEPT_MS / patterns.timeScale);
    this.#kept.set(key, { patterns, untilMonotonicMs });
  }

  async #make({ id, timeScale }: SwarmTime, windowMs: number, signal: AbortSignal): Promise<Patterns> {
    const { series, heavy, clock, offsetMsAt, pause } = this.#parts;
    const madeAtMs = clock.wallMs();
    const { stepMs, steps, hours } = patternShape(timeScale, windowMs);
    // A step that is not over yet would look like less than there is.
    const startOf = (grid: { stepMs: number; steps: number }): number =>
      (Math.floor(madeAtMs / grid.stepMs) - grid.steps) * grid.stepMs;
    const fromMs = startOf({ stepMs, steps });
    const hoursFromMs = hours === null ? fromMs : startOf(hours);
    const read: PatternsRequest["series"][number][] = [];
    for (const key of seriesOf(id)) {
      // Four weeks of minutes take ten milliseconds to read; a tick that is due goes first.
      await pause();
      if (signal.aborted) throw new CodedError("aborted", {});
      const fine = series.steps(key, stepMs, steps, madeAtMs);
      await pause();
      if (signal.aborted) throw new CodedError("aborted", {});
      const long = hours === null ? null : series.steps(key, hours.stepMs, hours.steps, madeAtMs);
      read.push({ ...key, fine, hours: long });
    }
    const squeezed = timeScale !== 1;
    const request: PatternsRequest = {
      fromMs,
      stepMs,
      hours: hours === null ? null : { fromMs: hoursFromMs, stepMs: hours.stepMs },
      timeScale,
      zone: squeezed ? [{ fromMs: 0, offsetMs: 0 }] : zoneOffsets(Math.min(fromMs, hoursFromMs), madeAtMs, offsetMsAt),
      series: read,
    };
    const answer = await heavy.run("patterns", request, { signal });
    return { swarmId: id, madeAtMs, windowMs, timeScale, hours: squeezed ? "own" : "local", ...answer };
  }
}
