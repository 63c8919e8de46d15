import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { CodedError } from "./common/errors.ts";
import { forecastShape } from "./forecastShape.ts";
import type { HeavyPort, ReplayRequest, ReplaysPort, SeriesStore } from "./ports.ts";
import type { PolicyComparison } from "./protocol/replay.ts";

/** When none was seen starting. */
const ASSUMED_START_UP_SECONDS = 5;
/** Of a swarm in its own time; what a task takes is not among the series. */
const TASK_SECONDS = 30;
const SEED = 1;
const DAY_MS = 86_400_000;

export interface SwarmReplaysParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  readonly clock: Clock;
}

/** Replays the stored demand of a swarm against policies, in the heavy child, when somebody asks. */
export class SwarmReplays implements ReplaysPort, Disposable {
  readonly #parts: SwarmReplaysParts;
  readonly #ending = new AbortController();

  constructor(parts: SwarmReplaysParts) {
    this.#parts = parts;
  }

  async compare(
    swarm: Parameters<ReplaysPort["compare"]>[0],
    { days, policies }: Parameters<ReplaysPort["compare"]>[1],
    signal: AbortSignal,
  ): Promise<PolicyComparison> {
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const { series, heavy, clock } = this.#parts;
    const { timeScale, minAgents, maxAgents, scaling, startUpMs } = swarm;
    const { stepMs, dayMs, seasonSteps } = forecastShape(timeScale);
    const madeAtMs = clock.wallMs();
    // A step that is not over yet would look like less demand than there is.
    const endMs = Math.floor(madeAtMs / stepMs) * stepMs;
    const steps = Math.max(1, Math.round((days * DAY_MS) / timeScale / stepMs));
    const key = { scope: "swarm", key: swarm.id, metric: "demand" } as const;
    const stored = series.steps(key, stepMs, steps, endMs);
    const first = stored.findIndex((value) => !Number.isNaN(value));
    if (first < 0) throw new CodedError("replay.empty", { steps });
    const load = stored.subarray(first).map((value) => (value >= 0 && Number.isFinite(value) ? value : Number.NaN));
    const request: ReplayRequest = {
      load,
      stepSeconds: stepMs / 1_000,
      startMs: endMs - load.length * stepMs,
      dayMs,
      season: seasonSteps,
      ...{ timeScale, minAgents, maxAgents, scaling, policies },
      startUpSeconds: startUpMs === null ? ASSUMED_START_UP_SECONDS : startUpMs / 1_000,
      drainSeconds: 0,
      taskSeconds: TASK_SECONDS / timeScale,
      fixedAgents: null,
      warmUpRatio: 0,
      seed: SEED,
    };
    const answer = await heavy.run("replay", request, { signal: both });
    const startUpSource = startUpMs === null ? "assumed" : "measured";
    return { swarmId: swarm.id, madeAtMs, timeScale, startUpSource, ...answer };
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }
}
