import { CodedError } from "./common/errors.ts";
import { forecastShape } from "./forecastShape.ts";
import type { ReplayRequest, SeriesStore } from "./ports.ts";
import type { ScalingPolicy } from "./protocol/config.ts";
import type { SeriesKey } from "./protocol/model.ts";

/** When none was seen starting. */
const ASSUMED_START_UP_SECONDS = 5;
/** Of a swarm in its own time; what a task takes is not among the series. */
const TASK_SECONDS = 30;
const DAY_MS = 86_400_000;

const PRESSURE: SeriesKey = { scope: "machine", key: "", metric: "cpuPressureRatio" };

function demandOf(swarmId: string): SeriesKey {
  return { scope: "swarm", key: swarmId, metric: "demand" };
}

export interface PastSwarm {
  readonly id: string;
  readonly timeScale: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly scaling: ScalingPolicy;
  readonly startUpMs: number | null;
}

/** What a replay needs to know of a swarm's past; how it is scored is left to who asks. */
export interface PastReplay {
  readonly replay: Omit<ReplayRequest, "policies" | "network" | "warmUpRatio" | "seed">;
  /** Wall clock at the end of the load. */
  readonly endMs: number;
}

/** As many days of the swarm's own time up to now. */
interface Span {
  readonly days: number;
  readonly wallMs: number;
  /** No more of its newest steps are taken. */
  readonly mostSteps?: number;
}

/** The stored demand of a span, step by step; NaN where none was measured. @throws CodedError `store.read` */
function pastDemand(
  series: Pick<SeriesStore, "steps">,
  { id, timeScale }: Pick<PastSwarm, "id" | "timeScale">,
  { days, wallMs, mostSteps = Number.POSITIVE_INFINITY }: Span,
): { readonly stored: Float64Array; readonly endMs: number } {
  const { stepMs } = forecastShape(timeScale);
  // A step that is not over yet would look like less demand than there is.
  const endMs = Math.floor(wallMs / stepMs) * stepMs;
  const steps = Math.min(mostSteps, Math.max(1, Math.round((days * DAY_MS) / timeScale / stepMs)));
  return { stored: series.steps(demandOf(id), stepMs, steps, endMs), endMs };
}

/**
 * The stored demand of the last days, from its first measured step on, and the swarm that is to meet it again.
 * @throws CodedError `replay.empty` when nothing was measured, `store.read`
 */
export function pastReplay(series: Pick<SeriesStore, "steps">, swarm: PastSwarm, span: Span): PastReplay {
  const { timeScale, minAgents, maxAgents, scaling, startUpMs } = swarm;
  const { stepMs, dayMs, seasonSteps } = forecastShape(timeScale);
  const { stored, endMs } = pastDemand(series, swarm, span);
  const first = stored.findIndex((value) => !Number.isNaN(value));
  if (first < 0) throw new CodedError("replay.empty", { steps: stored.length });
  const load = stored.subarray(first).map((value) => (value >= 0 && Number.isFinite(value) ? value : Number.NaN));
  return {
    replay: {
      load,
      stepSeconds: stepMs / 1_000,
      startMs: endMs - load.length * stepMs,
      dayMs,
      season: seasonSteps,
      ...{ timeScale, minAgents, maxAgents, scaling },
      startUpSeconds: startUpMs === null ? ASSUMED_START_UP_SECONDS : startUpMs / 1_000,
      drainSeconds: 0,
      taskSeconds: TASK_SECONDS / timeScale,
      fixedAgents: null,
    },
    endMs,
  };
}

/** Steps of the last days of the swarm's own time in which demand was measured. @throws CodedError `store.read` */
export function measuredSteps(
  series: Pick<SeriesStore, "steps">,
  swarm: Pick<PastSwarm, "id" | "timeScale">,
  span: Span,
): number {
  const { stored } = pastDemand(series, swarm, span);
  return stored.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
}

/** Pressure of the machine in each step of a past load; `null` when it never was measured. @throws CodedError `store.read` */
export function pastPressure(series: Pick<SeriesStore, "steps">, { replay, endMs }: PastReplay): Float64Array | null {
  const pressure = series.steps(PRESSURE, 1_000 * replay.stepSeconds, replay.load.length, endMs);
  return pressure.every(Number.isNaN) ? null : pressure;
}
