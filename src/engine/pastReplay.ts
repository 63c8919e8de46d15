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

/**
 * The stored demand of the last days, from its first measured step on, and the swarm that is to meet it again.
 * @param days of the swarm's own time @param mostSteps no more of its newest steps are taken
 * @throws CodedError `replay.empty` when nothing was measured, `store.read`
 */
export function pastReplay(
  series: Pick<SeriesStore, "steps">,
  { id, timeScale, minAgents, maxAgents, scaling, startUpMs }: PastSwarm,
  { days, wallMs, mostSteps = Number.POSITIVE_INFINITY }: { days: number; wallMs: number; mostSteps?: number },
): PastReplay {
  const { stepMs, dayMs, seasonSteps } = forecastShape(timeScale);
  // A step that is not over yet would look like less demand than there is.
  const endMs = Math.floor(wallMs / stepMs) * stepMs;
  const steps = Math.min(mostSteps, Math.max(1, Math.round((days * DAY_MS) / timeScale / stepMs)));
  const stored = series.steps(demandOf(id), stepMs, steps, endMs);
  const first = stored.findIndex((value) => !Number.isNaN(value));
  if (first < 0) throw new CodedError("replay.empty", { steps });
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
  { id, timeScale }: Pick<PastSwarm, "id" | "timeScale">,
  { days, wallMs, mostSteps }: { readonly days: number; readonly wallMs: number; readonly mostSteps: number },
): number {
  const { stepMs } = forecastShape(timeScale);
  const steps = Math.min(mostSteps, Math.max(1, Math.round((days * DAY_MS) / timeScale / stepMs)));
  const stored = series.steps(demandOf(id), stepMs, steps, Math.floor(wallMs / stepMs) * stepMs);
  return stored.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
}

/** Pressure of the machine in each step of a past load; `null` when it never was measured. @throws CodedError `store.read` */
export function pastPressure(series: Pick<SeriesStore, "steps">, { replay, endMs }: PastReplay): Float64Array | null {
  const pressure = series.steps(PRESSURE, 1_000 * replay.stepSeconds, replay.load.length, endMs);
  return pressure.every(Number.isNaN) ? null : pressure;
}
