import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError, toCoded } from "./common/errors.ts";
import { pastPressure, pastReplay } from "./pastReplay.ts";
import type {
  HeavyPort,
  Log,
  ModelStore,
  PolicyChooser,
  PolicyTrainingPort,
  SeriesStore,
  TrainableSwarm,
  TrainPolicyRequest,
} from "./ports.ts";
import { type PolicyReport, type RewardWeights, TRAINED_SHARE, type TrainedReport } from "./protocol/dqn.ts";
import { UNTRAINED_POLICIES } from "./protocol/replay.ts";
import type { SwarmReplaysParts } from "./swarmReplays.ts";

const KIND = "dqn";
const VERSION = 1;
const OTHER_CLOCK: Coded = { code: "training.otherClock", args: {} };
/** Steps of history at most: a fortnight of minutes. */
const MOST_STEPS = 20_160;

export interface SwarmPoliciesParts {
  readonly series: Pick<SeriesStore, "steps">;
  /** Trainings take minutes: in the child that forecasts do not wait for. */
  readonly trainer: Pick<HeavyPort, "run">;
  readonly models: Pick<ModelStore, "save" | "load">;
  readonly clock: Clock;
  readonly log: Log;
  /** A kept network as one that chooses, by its judgement. @throws CodedError `model.version`, RangeError, SyntaxError */
  readonly revive: (policy: string, beats: boolean) => { readonly chooser: PolicyChooser; readonly timeScale: number };
  /** For what the configuration of a swarm leaves out. */
  readonly defaultWeights: RewardWeights;
}

/** As it lies in the store. */
interface Kept {
  readonly policy: string;
  readonly report: TrainedReport;
}

/** As it is used. */
interface InUse extends Kept {
  readonly chooser: PolicyChooser;
  readonly timeScale: number;
}

interface Entry {
  kept: InUse | null;
  reason: Coded;
  training: { doneRatio: number } | null;
}

/**
 * Networks that size swarms: trained in the heavy child when an operator asks, kept in the store, loaded when a swarm is
 * first looked at, and handed to its scaler. One of another version, or trained for another clock, is as good as none.
 */
export class SwarmPolicies implements PolicyTrainingPort, Disposable {
  readonly #parts: SwarmPoliciesParts;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new AbortController();

  constructor(parts: SwarmPoliciesParts) {
    this.#parts = parts;
  }

  /** `null` where none was trained. */
  chooserOf(swarm: { readonly id: string; readonly timeScale: number }): PolicyChooser | null {
    const { kept } = this.#entry(swarm.id);
    return kept !== null && kept.timeScale === swarm.timeScale ? kept.chooser : null;
  }

  /** For a comparison with other policies. */
  networkOf(swarm: { readonly id: string; readonly timeScale: number }): ReturnType<SwarmReplaysParts["networkOf"]> {
    const { kept, reason } = this.#entry(swarm.id);
    if (kept === null) return { kind: "none", reason };
    if (kept.timeScale !== swarm.timeScale) return { kind: "none", reason: OTHER_CLOCK };
    return { kind: "network", policy: kept.policy, learnedToMs: kept.report.evaluation.fromMs };
  }

  report(swarm: TrainableSwarm): PolicyReport {
    const { kept, reason, training } = this.#entry(swarm.id);
    const isForeign = kept !== null && kept.timeScale !== swarm.timeScale;
    const trained = kept === null || isForeign ? null : kept.report;
    return {
      swarmId: swarm.id,
      timeScale: swarm.timeScale,
      trained,
      reason: trained !== null ? null : isForeign ? OTHER_CLOCK : reason,
      trainingRatio: training?.doneRatio ?? null,
      acts: swarm.scaling.policy === "dqn" && trained?.evaluation.beats === true,
    };
  }

  async train(
    swarm: TrainableSwarm,
    asked: { readonly episodes: number; readonly seed: number; readonly days: number },
    signal: AbortSignal,
  ): Promise<PolicyReport> {
    const { trainer, models, clock, log, revive } = this.#parts;
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    const entry = this.#entry(swarm.id);
    if (entry.training !== null) throw new CodedError("training.busy", { swarmId: swarm.id });
    const training = { doneRatio: 0 };
    entry.training = training;
    const beganMs = clock.monotonicMs();
    try {
      const onProgress = (ratio: number): void => void (training.doneRatio = ratio);
      const request = this.#request(swarm, asked);
      const { policy, ...answer } = await trainer.run("trainPolicy", request, { signal: both, onProgress });
      const report: TrainedReport = {
        ...answer,
        trainedAtMs: clock.wallMs(),
        tookMs: Math.round(clock.monotonicMs() - beganMs),
      };
      const { chooser, timeScale } = revive(policy, report.evaluation.beats);
      const kept: Kept = { policy, report };
      // One that cannot be written is used until the engine ends; the store says itself that it cannot write.
      models.save({
        ...{ swarmId: swarm.id, kind: KIND, version: VERSION, trainedAtMs: report.trainedAtMs },
        ...{ fromMs: request.replay.startMs, toMs: report.evaluation.toMs, json: JSON.stringify(kept) },
      });
      entry.kept = { ...kept, chooser, timeScale };
      log.info("policy.trained", {
        swarmId: swarm.id,
        episodes: report.episodes,
        tookMs: report.tookMs,
        beats: report.evaluation.beats,
      });
    } finally {
      entry.training = null;
    }
    return this.report(swarm);
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  #entry(swarmId: string): Entry {
    const known = this.#entries.get(swarmId);
    if (known !== undefined) return known;
    const entry: Entry = { kept: null, reason: { code: "training.none", args: {} }, training: null };
    this.#entries.set(swarmId, entry);
    const { models, revive, log } = this.#parts;
    try {
      const stored = models.load(swarmId, KIND);
      if (stored === null) return entry;
      if (stored.version !== VERSION)
        throw new CodedError("model.version", { model: KIND, version: stored.version, known: VERSION });
      const { policy, report } = JSON.parse(stored.json) as Kept;
      entry.kept = { policy, report, ...revive(policy, report.evaluation.beats) };
    } catch (error) {
      // The rule decides alone, as before any training; whoever asks for the report is told why.
      entry.reason = toCoded(error);
      log.warn("policy.unusable", { swarmId, code: entry.reason.code });
    }
    return entry;
  }

  /** @throws CodedError `store.read`, `replay.empty` */
  #request(
    swarm: TrainableSwarm,
    { episodes, seed, days }: { readonly episodes: number; readonly seed: number; readonly days: number },
  ): TrainPolicyRequest {
    const { series, clock, defaultWeights } = this.#parts;
    const { id, timeScale, minAgents, maxAgents, scaling } = swarm;
    const facts = { id, timeScale, minAgents, maxAgents, scaling, startUpMs: swarm.startUpMs() };
    const past = pastReplay(series, facts, { days, wallMs: clock.wallMs(), mostSteps: MOST_STEPS });
    return {
      replay: { ...past.replay, policies: UNTRAINED_POLICIES, network: null, warmUpRatio: TRAINED_SHARE, seed },
      pressure: pastPressure(series, past),
      weights: { ...defaultWeights, ...given(scaling.reward) },
      episodes,
    };
  }
}

function given(weights: TrainableSwarm["scaling"]["reward"]): Partial<RewardWeights> {
  const known = Object.entries(weights ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<RewardWeights>;
}
