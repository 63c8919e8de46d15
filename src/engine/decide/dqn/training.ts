import { CodedError } from "../../common/errors.ts";
import { createRng } from "../../common/rng.ts";
import type { CurvePoint } from "../../protocol/dqn.ts";
import { ACTIONS } from "./actions.ts";
import { decisionSecondsOf, EPISODE_STEPS, runEpisode, type TrainingWorld } from "./episode.ts";
import { DEFAULT_LEARNER, Learner, type LearnerOptions } from "./learner.ts";
import { INPUTS } from "./observation.ts";
import { checkWeights } from "./reward.ts";
import { TrainedPolicy } from "./trainedPolicy.ts";

export interface TrainingOptions {
  readonly episodes: number;
  readonly seed: number;
  readonly learner?: LearnerOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneRatio: number) => void) | undefined;
  /** Lets everything else that is due run: a cancel is seen between two episodes. */
  readonly pause?: () => Promise<void>;
  /** What a network costs on the load that it learns on: of all that are looked at, the cheapest is taken. */
  readonly costOf?: (policy: TrainedPolicy) => number;
}

/** Fewer measured steps teach nothing. */
export const LEAST_STEPS = 100;
/** So many networks on the way are looked at. */
const LOOKS = 25;

/**
 * Trains a network on a swarm's past: each episode is a day's worth of steps (288, or all there are) from a begin drawn at
 * random. Deterministic by the seed.
 * @throws CodedError `aborted`; `training.short` for a load of too few measured steps; RangeError for options that cannot be
 */
export async function train(
  world: TrainingWorld,
  { episodes, seed, learner: options = DEFAULT_LEARNER, signal, onProgress, pause, costOf }: TrainingOptions,
): Promise<{ readonly policy: TrainedPolicy; readonly takenAfter: number; readonly curve: readonly CurvePoint[] }> {
  if (!(Number.isInteger(episodes) && episodes > 0))
    throw new RangeError(`episodes must be a count > 0, got ${episodes}`);
  checkWeights(world.weights);
  const measured = world.load.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  if (measured < LEAST_STEPS) throw new CodedError("training.short", { steps: measured, least: LEAST_STEPS });
  const learner = new Learner(INPUTS, ACTIONS.length, seed, options);
  const rng = createRng(seed ^ 0x5bd1e995);
  const steps = Math.min(EPISODE_STEPS, world.load.length);
  const { taskSeconds, timeScale } = world;
  const times = { decisionSeconds: decisionSecondsOf(world), taskSeconds, timeScale };
  const curve: CurvePoint[] = [];
  const lookEvery = Math.max(1, Math.floor(episodes / LOOKS));
  let taken: { readonly policy: TrainedPolicy; readonly cost: number; readonly takenAfter: number } | null = null;
  for (let episode = 0; episode < episodes; episode++) {
    if (signal?.aborted === true) throw new CodedError("aborted", {});
    const from = Math.floor(rng() * (world.load.length - steps + 1));
    const { epsilon } = learner;
    const { reward, loss } = runEpisode(world, learner, { from, steps, seed: Math.floor(rng() * 2 ** 31) });
    learner.endEpisode();
    curve.push({ episode, epsilon, reward, loss });
    // Q-learning does not end at its best: what was better on the way there is kept.
    const isLast = episode + 1 === episodes;
    if (isLast || (costOf !== undefined && (episode + 1) % lookEvery === 0)) {
      const policy = new TrainedPolicy(learner.network, times);
      const cost = costOf?.(policy) ?? 0;
      if (taken === null || cost < taken.cost) taken = { policy, cost, takenAfter: episode + 1 };
    }
    onProgress?.((episode + 1) / episodes);
    await pause?.();
  }
  if (taken === null) throw new RangeError(`episodes must be a count > 0, got ${episodes}`);
  const { policy, takenAfter } = taken;
  return { policy, takenAfter, curve };
}

/** At most `most` points, each the mean of as many neighbours: a curve to look at. */
export function decimatedCurve(curve: readonly CurvePoint[], most: number): readonly CurvePoint[] {
  const width = Math.max(1, Math.ceil(curve.length / most));
  const out: CurvePoint[] = [];
  for (let begin = 0; begin < curve.length; begin += width) {
    const part = curve.slice(begin, begin + width);
    const losses = part.flatMap(({ loss }) => (loss === null ? [] : [loss]));
    const last = part.at(-1) as CurvePoint;
    out.push({
      ...last,
      reward: mean(part.map(({ reward }) => reward)),
      loss: losses.length === 0 ? null : mean(losses),
    });
  }
  return out;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
