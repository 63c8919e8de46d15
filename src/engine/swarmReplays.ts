import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { CodedError } from "./common/errors.ts";
import { pastReplay } from "./pastReplay.ts";
import type { HeavyPort, ReplayRequest, ReplaysPort, SeriesStore } from "./ports.ts";
import type { PolicyComparison } from "./protocol/replay.ts";

const SEED = 1;

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
    const { timeScale, startUpMs } = swarm;
    const madeAtMs = clock.wallMs();
    const { replay } = pastReplay(series, swarm, { days, wallMs: madeAtMs });
    const request: ReplayRequest = { ...replay, policies, warmUpRatio: 0, seed: SEED };
    const answer = await heavy.run("replay", request, { signal: both });
    const startUpSource = startUpMs === null ? "assumed" : "measured";
    return { swarmId: swarm.id, madeAtMs, timeScale, startUpSource, ...answer };
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }
}
