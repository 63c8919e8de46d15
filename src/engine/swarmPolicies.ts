import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { type Coded, CodedError, toCoded } from "./common/errors.ts";
import { forecastShape } from "./forecastShape.ts";
import { measuredSteps, pastPressure, pastReplay } from "./pastReplay.ts";
import { costOfNetwork, judgedAnew, learned, PolicyKeeper, type PolicyInUse, type Revive } from "./policyKeeper.ts";
import type {
  HeavyPort,
  Log,
  ModelStore,
  NextTraining,
  PolicyChooser,
  PolicyTrainingPort,
  RetrainingFacts,
  SeriesStore,
  TrainableSwarm,
  TrainPolicyAnswer,
  TrainPolicyRequest,
} from "./ports.ts";
import {
  DEFAULT_EPISODES,
  type PolicyReport,
  type Retraining,
  type RewardWeights,
  type ScheduledTraining,
  TRAINED_SHARE,
  type TrainedReport,
} from "./protocol/dqn.ts";
import { DEFAULT_REPLAY_DAYS, TRAINED_POLICY, UNTRAINED_POLICIES } from "./protocol/replay.ts";
import type { SwarmReplaysParts } from "./swarmReplays.ts";

/** Steps of history at most: a fortnight of minutes. */
const MOST_STEPS = 20_160;
const OTHER_CLOCK: Coded = { code: "training.otherClock", args: {} };
/** What the schedule asks for; a fixed seed, so that the same history gives the same network. */
const SCHEDULED = { episodes: DEFAULT_EPISODES, days: DEFAULT_REPLAY_DAYS, seed: 1 };
/** Whether a training is due is looked at so often in a day of the swarm's own time, but not more often than once a minute. */
const CHECKS_A_DAY = 96;
const LEAST_CHECK_MS = 60_000;

type Asked = Parameters<PolicyTrainingPort["train"]>[1];

export interface SwarmPoliciesParts {
  readonly series: Pick<SeriesStore, "steps">;
  /** Trainings take minutes: in the child that forecasts do not wait for. */
  readonly trainer: Pick<HeavyPort, "run" | "busy">;
  readonly models: Pick<ModelStore, "save" | "load">;
  readonly clock: Clock;
  readonly log: Log;
  readonly revive: Revive;
  /** For what the configuration of a swarm leaves out. */
  readonly defaultWeights: RewardWeights;
  readonly nextTraining: (facts: RetrainingFacts) => NextTraining;
  readonly replacesKept: (newCost: number, keptCost: number) => boolean;
  /** Kept for the operator's look back: what the schedule has done. */
  readonly record: (event: Coded, swarmId: string) => void;
}

interface Entry {
  kept: PolicyInUse | null;
  /** Why there is none. */
  reason: Coded;
  training: { doneRatio: number } | null;
  /** By the monotonic clock. */
  checkAtMs: number;
  /** Measured ones of the history, at the last check. */
  steps: number;
  /** Of a schedule that has not led to a network yet. */
  failed: ScheduledTraining | null;
}

/**
 * Networks that size swarms: trained in the heavy child when an operator asks, and again on a schedule (`nextTraining`), kept
 * in the store, loaded when a swarm is first looked at, and handed to its scaler. One of another version, or trained for
 * another clock, is as good as none.
 *
 * The schedule trains one network at a time and only while nothing else is trained; an operator who asks for a training ends
 * the schedule's. Its network takes the place of the kept one only by `replacesKept`; one that stays is judged anew by the
 * same run, so that it acts no longer when it is no longer better than the rule.
 */
export class SwarmPolicies implements PolicyTrainingPort, Disposable {
  readonly #parts: SwarmPoliciesParts;
  readonly #keeper: PolicyKeeper;
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new AbortController();
  #running: ReadonlySet<string> = new Set();
  #scheduled: { readonly cancel: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(parts: SwarmPoliciesParts) {
    this.#parts = parts;
    this.#keeper = new PolicyKeeper(parts);
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
    return { kind: "network", policy: kept.policy, learnedToMs: kept.learnedToMs };
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
      acts: swarm.scaling.policy === TRAINED_POLICY && trained?.evaluation.beats === true,
      retraining: this.#retraining(swarm),
    };
  }

  look(running: readonly TrainableSwarm[]): void {
    this.#running = new Set(running.map(({ id }) => id));
    if (this.#ending.signal.aborted || this.#isTraining()) return;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const swarm of running) {
      const entry = this.#entry(swarm.id);
      if (nowMs < entry.checkAtMs) continue;
      entry.checkAtMs = nowMs + Math.max(LEAST_CHECK_MS, forecastShape(swarm.timeScale).dayMs / CHECKS_A_DAY);
      if (this.#next(swarm, entry).kind !== "due") continue;
      const cancel = new AbortController();
      this.#scheduled = { cancel, ended: this.#trainScheduled(swarm, entry, cancel.signal) };
      return;
    }
  }

  async train(swarm: TrainableSwarm, asked: Asked, signal: AbortSignal): Promise<PolicyReport> {
    const both = AbortSignal.any([signal, this.#ending.signal]);
    if (both.aborted) throw new CodedError("aborted", {});
    // Whoever asks does not wait for what nobody asked for: it is due again at the next look.
    if (this.#scheduled !== null) {
      this.#scheduled.cancel.abort();
      await this.#scheduled.ended;
      if (both.aborted) throw new CodedError("aborted", {});
    }
    const { report, answer } = await this.#trained(swarm, asked, "operator", both);
    const entry = this.#entry(swarm.id);
    entry.kept = this.#keeper.save(swarm.id, { ...learned(answer, report), scheduled: entry.kept?.scheduled ?? null });
    return this.report(swarm);
  }

  /** What is under way is given up. */
  dispose(): void {
    this.#ending.abort();
  }

  /** Never rejects. */
  async #trainScheduled(swarm: TrainableSwarm, entry: Entry, cancel: AbortSignal): Promise<void> {
    const { clock, log, record, replacesKept } = this.#parts;
    const { id } = swarm;
    const signal = AbortSignal.any([cancel, this.#ending.signal]);
    const [atMs, beganMs] = [clock.wallMs(), clock.monotonicMs()];
    const kept = entry.kept !== null && entry.kept.timeScale === swarm.timeScale ? entry.kept : null;
    const done = (steps: number, outcome: ScheduledTraining["outcome"]): ScheduledTraining => ({
      ...{ atMs, tookMs: Math.round(clock.monotonicMs() - beganMs), steps, outcome },
    });
    try {
      const { report, answer } = await this.#trained(swarm, SCHEDULED, "schedule", signal, kept?.policy ?? null);
      const steps = report.basis.steps - report.basis.missing;
      const [newCost, keptCost] = [costOfNetwork(report.evaluation), answer.kept?.costAgentHours ?? Number.NaN];
      if (kept === null || answer.kept === null) {
        entry.kept = this.#keeper.save(id, { ...learned(answer, report), scheduled: done(steps, { kind: "first" }) });
      } else if (replacesKept(newCost, keptCost)) {
        const scheduled = done(steps, { kind: "replaced", newCost, keptCost });
        entry.kept = this.#keeper.save(id, { ...learned(answer, report), scheduled });
      } else {
        const scheduled = done(steps, { kind: "stays", newCost, keptCost });
        entry.kept = this.#keeper.save(id, { ...judgedAnew(kept, answer.kept, report), scheduled });
      }
      entry.failed = null;
      const { beats } = entry.kept.report.evaluation;
      record(
        entry.kept.scheduled?.outcome.kind === "stays"
          ? { code: "event.policyStays", args: { newCost, keptCost, beats } }
          : { code: "event.policyTrained", args: { episodes: report.episodes, beats, by: "the schedule" } },
        id,
      );
    } catch (error) {
      // Given up for an operator's training, or with the engine: it is due as before.
      if (signal.aborted) return;
      const reason = toCoded(error);
      entry.failed = done(entry.steps, { kind: "failed", reason });
      log.warn("policy.trainingFailed", { swarmId: id, code: reason.code });
    } finally {
      this.#scheduled = null;
      entry.checkAtMs = Number.NEGATIVE_INFINITY;
    }
  }
  /** @throws CodedError `training.busy`, and what `PolicyTrainingPort.train` says */
  async #trained(
    swarm: TrainableSwarm,
    asked: Asked,
    by: TrainedReport["by"],
    signal: AbortSignal,
    keptPolicy: string | null = null,
  ): Promise<{ readonly report: TrainedReport; readonly answer: TrainPolicyAnswer }> {
    const { trainer, clock, log } = this.#parts;
    const entry = this.#entry(swarm.id);
    if (entry.training !== null) throw new CodedError("training.busy", { swarmId: swarm.id });
    const training = { doneRatio: 0 };
    entry.training = training;
    const beganMs = clock.monotonicMs();
    try {
      const onProgress = (ratio: number): void => void (training.doneRatio = ratio);
      const request = this.#request(swarm, asked, keptPolicy);
      const answer = await trainer.run("trainPolicy", request, { signal, onProgress });
      const { policy: _, kept: __, ...judged } = answer;
      const tookMs = Math.round(clock.monotonicMs() - beganMs);
      const report: TrainedReport = { ...judged, trainedAtMs: clock.wallMs(), tookMs, by };
      const { episodes, evaluation } = report;
      log.info("policy.trained", { swarmId: swarm.id, episodes, tookMs, beats: evaluation.beats, by });
      return { report, answer };
    } finally {
      entry.training = null;
    }
  }

  #isTraining(): boolean {
    if (this.#scheduled !== null || this.#parts.trainer.busy) return true;
    for (const { training } of this.#entries.values()) if (training !== null) return true;
    return false;
  }

  #retraining(swarm: TrainableSwarm): Retraining {
    const entry = this.#entry(swarm.id);
    const last = lastScheduled(entry);
    const next = this.#next(swarm, entry);
    if (next.kind === "never") return { dueAtMs: null, reason: next.reason, last };
    if (!this.#running.has(swarm.id)) return { dueAtMs: null, reason: { code: "training.stopped", args: {} }, last };
    if (next.kind === "waits") return { dueAtMs: next.dueAtMs, reason: null, last };
    const reason: Coded | null = this.#isTraining() ? { code: "training.waits", args: {} } : null;
    return { dueAtMs: this.#parts.clock.wallMs(), reason, last };
  }

  #next(swarm: TrainableSwarm, entry: Entry): NextTraining {
    const { clock, series, nextTraining } = this.#parts;
    const { dayMs, stepMs } = forecastShape(swarm.timeScale);
    const { kept } = entry;
    const wanted = swarm.scaling.policy === TRAINED_POLICY || kept !== null;
    const wallMs = clock.wallMs();
    try {
      const span = { days: SCHEDULED.days, mostSteps: MOST_STEPS, wallMs };
      entry.steps = wanted ? measuredSteps(series, swarm, span) : 0;
    } catch (error) {
      return { kind: "never", reason: toCoded(error) };
    }
    const scheduled = lastScheduled(entry);
    // One for another clock is of no use to this one, as if there were none.
    const report = kept !== null && kept.timeScale === swarm.timeScale ? kept.report : null;
    const asked =
      report === null
        ? null
        : { atMs: report.trainedAtMs, tookMs: report.tookMs, steps: report.basis.steps - report.basis.missing };
    const last = scheduled !== null && scheduled.atMs >= (asked?.atMs ?? 0) ? scheduled : asked;
    return nextTraining({ nowMs: wallMs, dayMs, stepMs, wanted, steps: entry.steps, last });
  }

  #entry(swarmId: string): Entry {
    const known = this.#entries.get(swarmId);
    if (known !== undefined) return known;
    const loaded = this.#keeper.load(swarmId);
    const entry: Entry = {
      kept: "policy" in loaded ? loaded : null,
      reason: "policy" in loaded ? { code: "training.none", args: {} } : loaded.reason,
      ...{ training: null, checkAtMs: Number.NEGATIVE_INFINITY, steps: 0, failed: null },
    };
    this.#entries.set(swarmId, entry);
    return entry;
  }

  /** @throws CodedError `store.read`, `replay.empty` */
  #request(swarm: TrainableSwarm, { episodes, seed, days }: Asked, kept: string | null): TrainPolicyRequest {
    const { series, clock, defaultWeights } = this.#parts;
    const { id, timeScale, minAgents, maxAgents, scaling } = swarm;
    const facts = { id, timeScale, minAgents, maxAgents, scaling, startUpMs: swarm.startUpMs() };
    const past = pastReplay(series, facts, { days, wallMs: clock.wallMs(), mostSteps: MOST_STEPS });
    return {
      replay: { ...past.replay, policies: UNTRAINED_POLICIES, network: null, warmUpRatio: TRAINED_SHARE, seed },
      pressure: pastPressure(series, past),
      weights: { ...defaultWeights, ...given(scaling.reward) },
      episodes,
      kept,
    };
  }
}

function lastScheduled({ failed, kept }: Entry): ScheduledTraining | null {
  return failed ?? kept?.scheduled ?? null;
}

function given(weights: TrainableSwarm["scaling"]["reward"]): Partial<RewardWeights> {
  const known = Object.entries(weights ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<RewardWeights>;
}
