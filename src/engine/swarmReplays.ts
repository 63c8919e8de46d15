import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError } from "./common/errors.ts";
import { type PastReplay, pastPressure, pastReplay } from "./pastReplay.ts";
import type { HeavyPort, ReplayRequest, ReplaysPort, SeriesStore } from "./ports.ts";
import { type PolicyComparison, REPLAY_POLICIES, TRAINED_POLICY, UNTRAINED_POLICIES } from "./protocol/replay.ts";

const SEED = 1;

/** A swarm's kept network, and wall clock of the end of the history that it has learned on. */
export interface KeptNetwork {
  readonly kind: "network";
  readonly policy: string;
  readonly learnedToMs: number;
}

export interface SwarmReplaysParts {
  readonly series: Pick<SeriesStore, "steps">;
  readonly heavy: Pick<HeavyPort, "run">;
  readonly clock: Clock;
  /** The network that sizes this swarm or advises about it, or why there is none. */
  readonly networkOf: (swarm: {
    readonly id: string;
    readonly timeScale: number;
  }) => KeptNetwork | { readonly kind: "none"; readonly reason: Coded };
}

/**
 * Replays the stored demand of a swarm against policies, in the heavy child, when somebody asks. With the trained network
 * among them all are scored on what it has not learned on: the steps before are run, so that each policy comes to the rest
 * with the size that it would have had.
 */
export class SwarmReplays implements ReplaysPort, Disposable {
  readonly #parts: SwarmReplaysParts;
  readonly #ending = new AbortController();

  constructor(parts: SwarmReplaysParts) {
    this.#parts = parts;
  }

  async compare(
    swarm: Parameters<ReplaysPort["compare"]>[0],
    { days, policies: named }: Parameters<ReplaysPort["compare"]>[1],
    signal: AbortSignal,
  ): Promise<PolicyComparison> {
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const { series, heavy, clock, networkOf } = this.#parts;
    const { timeScale, startUpMs } = swarm;
    const madeAtMs = clock.wallMs();
    const kept = networkOf(swarm);
    const policies = named ?? (kept.kind === "network" ? REPLAY_POLICIES : UNTRAINED_POLICIES);
    const isTrained = policies.includes(TRAINED_POLICY);
    if (isTrained && kept.kind === "none") throw new CodedError(kept.reason.code, kept.reason.args);
    const past = pastReplay(series, swarm, { days, wallMs: madeAtMs });
    const network = isTrained && kept.kind === "network" ? kept : null;
    const request: ReplayRequest = {
      ...past.replay,
      policies,
      network: network === null ? null : { policy: network.policy, pressure: pastPressure(series, past) },
      warmUpRatio: network === null ? 0 : learnedRatio(past, network.learnedToMs),
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

/** Share of the load, in whole steps, that a network had seen which has learned until a moment; below 1. */
function learnedRatio({ replay: { load, startMs, stepSeconds } }: PastReplay, toMs: number): number {
  const steps = Math.ceil((toMs - startMs) / (1_000 * stepSeconds));
  const learned = Math.min(Math.max(0, steps), load.length - 1);
  // Half a step more, so that the same whole number comes out again when the ratio is taken of the length.
  return learned === 0 ? 0 : (learned + 0.5) / load.length;
}
