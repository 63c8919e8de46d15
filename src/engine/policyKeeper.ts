import { type Coded, CodedError, toCoded } from "./common/errors.ts";
import type { Log, ModelStore, PolicyChooser, TrainPolicyAnswer } from "./ports.ts";
import type { JudgedPolicy, PolicyEvaluation, ScheduledTraining, TrainedReport } from "./protocol/dqn.ts";
import { type ReplayPolicyName, TRAINED_POLICY } from "./protocol/replay.ts";

const KIND = "dqn";
const VERSION = 1;
/** What a network has to be better than to act. */
const RULE = "adaptive" satisfies ReplayPolicyName;

/** A network and what is known of it, as it lies in the store. */
export interface KeptPolicy {
  readonly policy: string;
  readonly report: TrainedReport;
  /** Wall clock of the end of the history that it has learned on. */
  readonly learnedToMs: number;
  readonly scheduled: ScheduledTraining | null;
}

/** As it is used. */
export interface PolicyInUse extends KeptPolicy {
  readonly chooser: PolicyChooser;
  readonly timeScale: number;
}

/** A kept network as one that chooses, by its judgement. @throws CodedError `model.version`, RangeError, SyntaxError */
export type Revive = (
  policy: string,
  beats: boolean,
) => { readonly chooser: PolicyChooser; readonly timeScale: number };

/** Networks of swarms in the store. */
export class PolicyKeeper {
  readonly #models: Pick<ModelStore, "save" | "load">;
  readonly #revive: Revive;
  readonly #log: Pick<Log, "warn">;

  constructor({
    models,
    revive,
    log,
  }: {
    models: Pick<ModelStore, "save" | "load">;
    revive: Revive;
    log: Pick<Log, "warn">;
  }) {
    this.#models = models;
    this.#revive = revive;
    this.#log = log;
  }

  /** `reason`: why there is none. */
  load(swarmId: string): PolicyInUse | { readonly reason: Coded } {
    try {
      const stored = this.#models.load(swarmId, KIND);
      if (stored === null) return { reason: { code: "training.none", args: {} } };
      if (stored.version !== VERSION)
        throw new CodedError("model.version", { model: KIND, version: stored.version, known: VERSION });
      return this.#used(completed(JSON.parse(stored.json) as StoredPolicy));
    } catch (error) {
      // The rule decides alone, as before any training; whoever asks for the report is told why.
      const reason = toCoded(error);
      this.#log.warn("policy.unusable", { swarmId, code: reason.code });
      return { reason };
    }
  }

  /**
   * One that cannot be written is used until the engine ends; the store says itself that it cannot write.
   * @throws as `Revive`
   */
  save(swarmId: string, kept: KeptPolicy): PolicyInUse {
    const used = this.#used(kept);
    const { trainedAtMs, evaluation, basis } = kept.report;
    const fromMs = evaluation.toMs - 1_000 * basis.steps * basis.stepSeconds;
    this.#models.save({
      ...{ swarmId, kind: KIND, version: VERSION, trainedAtMs, fromMs, toMs: evaluation.toMs },
      json: JSON.stringify(kept),
    });
    return used;
  }

  #used(kept: KeptPolicy): PolicyInUse {
    return { ...kept, ...this.#revive(kept.policy, kept.report.evaluation.beats) };
  }
}

/** Before there was a schedule only operators trained, and nothing was judged again. */
type StoredPolicy = Pick<KeptPolicy, "policy"> &
  Partial<KeptPolicy> & { readonly report: Omit<TrainedReport, "by"> & Partial<Pick<TrainedReport, "by">> };

function completed({ policy, report, learnedToMs, scheduled }: StoredPolicy): KeptPolicy {
  return {
    policy,
    report: { ...report, by: report.by ?? "operator" },
    learnedToMs: learnedToMs ?? report.evaluation.fromMs,
    scheduled: scheduled ?? null,
  };
}

/** A new network, as it is kept. */
export function learned({ policy }: TrainPolicyAnswer, report: TrainedReport): Omit<KeptPolicy, "scheduled"> {
  return { policy, report, learnedToMs: report.evaluation.fromMs };
}

/**
 * A kept network with the judgement of a later run, beside the policies of that run; with its own of before, where that run
 * judged on something that the network has learned on.
 */
export function judgedAnew(
  kept: KeptPolicy,
  row: JudgedPolicy,
  { evaluation, basis }: TrainedReport,
): Omit<KeptPolicy, "scheduled"> {
  const { policy, report, learnedToMs } = kept;
  if (learnedToMs > evaluation.fromMs) return { policy, report, learnedToMs };
  const policies = evaluation.policies.map((one) => (one.name === TRAINED_POLICY ? row : one));
  const beats = row.costAgentHours < costIn(evaluation, RULE);
  return { policy, learnedToMs, report: { ...report, basis, evaluation: { ...evaluation, policies, beats } } };
}

/** By the weights of the reward, in agent-hours. */
export function costOfNetwork(evaluation: PolicyEvaluation): number {
  return costIn(evaluation, TRAINED_POLICY);
}

function costIn({ policies }: PolicyEvaluation, name: string): number {
  return policies.find((row) => row.name === name)?.costAgentHours ?? Number.NaN;
}
