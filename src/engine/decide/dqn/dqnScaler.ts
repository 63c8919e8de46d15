import type { Coded } from "../../common/errors.ts";
import type { PolicyChooser, ScalerPort, ScalerVerdict, ScalerView } from "../../ports.ts";
import type { DqnAdvice } from "../../protocol/scaling.ts";
import { AdaptiveScaler, mostInOneStep } from "../adaptiveScaler.ts";
import type { Judgement } from "../judgement.ts";
import { cooldownMs } from "../scalingTimes.ts";
import { ALL_ACTIONS, type AllowedSizes, marginOf, ONLY_FOLLOW, sizeWith } from "./actions.ts";
import { INPUTS, observe } from "./observation.ts";
import { WaitEstimate } from "./waitEstimate.ts";

/** Verdicts of the rule after which nobody chooses: there is nothing to go by, or the bounds decide. */
const NO_CHOICE: ReadonlySet<string> = new Set([
  "scaling.stopped",
  "scaling.missing",
  "scaling.stale",
  "scaling.unsettled",
  "scaling.warmingUp",
  "scaling.belowMin",
]);
/** Above the threshold, and no more agents may come now: none of those there are goes either. */
const NO_GROWTH: ReadonlySet<string> = new Set(["scaling.waitUp", "scaling.atMax"]);

/** Sizes are counts: what is above one by less than this is rounding. */
const ROUNDING = 1e-9;

/**
 * The adaptive scaler with a network beside it. Once per decision step the network chooses a margin, −2 to +2 agents
 * beside what the rule wants until the next decision; what is left of it within the rule's limits is its advice. It decides only where the swarm is set to it and it has been better than the rule on
 * the swarm's own history, and even then
 *
 * - nothing is changed on missing, stale or partial readings, and never past the bounds, the step policy or a cooldown;
 * - the swarm shrinks only when the rule would shrink it (combined and current below the lower threshold, cooldown over,
 *   no recent peak), and no further than where the recent load would be at the upper threshold;
 * - a load of this moment above the upper threshold is always met with more agents, at every look.
 */
export class DqnScaler implements ScalerPort {
  readonly #rule: AdaptiveScaler;
  readonly #chooser: () => PolicyChooser | null;
  readonly #observation = new Float64Array(INPUTS);
  readonly #waits = new WaitEstimate();
  readonly #judged = { to: 0 };
  #lastActionMs: number | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;
  /** Of the last decision; none after an action, until the next decision. */
  #margin = 0;
  #advice: DqnAdvice | null = null;
  #counts = { decisions: 0, agreed: 0, more: 0 };
  #failure: Coded | null = null;

  constructor(rule: AdaptiveScaler, chooser: () => PolicyChooser | null) {
    this.#rule = rule;
    this.#chooser = chooser;
  }

  acted(from: number, to: number, monotonicMs: number): void {
    this.#rule.acted(from, to, monotonicMs);
    if (from === to) return;
    this.#lastActionMs = monotonicMs;
    this.#margin = 0;
  }

  look(view: ScalerView): ScalerVerdict {
    const { to } = this.judge(view);
    const rule = this.#rule.told(view);
    // What both want is told with the rule's reason, which says more.
    if (to === rule.to) return rule;
    const code = to > view.target ? "dqn.up" : to < view.target ? "dqn.down" : "dqn.hold";
    return { ...rule, to, reason: { code, args: { rule: rule.to, to } } };
  }

  /** What `look` decides, without putting it into words. @returns one object, used again at the next look */
  judge(view: ScalerView): { readonly to: number } {
    this.#judged.to = this.#size(view);
    return this.#judged;
  }

  #size(view: ScalerView): number {
    const rule = this.#rule.judge(view);
    const chooser = this.#chooser();
    if (chooser === null) {
      this.#advice = null;
      this.#margin = 0;
      return rule.to;
    }
    if (NO_CHOICE.has(rule.code)) {
      this.#margin = 0;
      return rule.to;
    }
    const acts = view.policy.policy === "dqn" && chooser.beats;
    const isDue = view.nowMonotonicMs >= this.#nextMs;
    // Between two decisions a margin of none leaves the rule's size, whatever is allowed beside it.
    if (!isDue && (!acts || this.#margin === 0)) return rule.to;
    const allowed = this.#allowed(view, rule);
    if (isDue) this.#decide(view, rule, allowed, chooser, acts);
    return acts ? sizeWith(this.#margin, allowed) : rule.to;
  }

  /** Why the network could not be asked at the last decision; `null` when it could. */
  get failure(): Coded | null {
    return this.#failure;
  }

  advice(): DqnAdvice | null {
    return this.#advice;
  }

  #decide(view: ScalerView, rule: Judgement, allowed: AllowedSizes, chooser: PolicyChooser, acts: boolean): void {
    // From the step that was due, so that a late look does not put off all the following ones.
    const late = view.nowMonotonicMs - this.#nextMs;
    this.#nextMs = view.nowMonotonicMs + chooser.decisionMs - (late < chooser.decisionMs ? late : 0);
    this.#margin = 0;
    try {
      // While a change is under way it is only looked on.
      const actions = (view.pending ?? 0) > 0 ? ONLY_FOLLOW : ALL_ACTIONS;
      this.#margin = marginOf(chooser.choose(this.#observe(view, rule, chooser), actions));
      const to = sizeWith(this.#margin, allowed);
      this.#failure = null;
      this.#counts.decisions++;
      if (to === rule.to) this.#counts.agreed++;
      else if (to > rule.to) this.#counts.more++;
      this.#advice = { to, atMs: view.nowWallMs, ...this.#counts, acts, reason: null };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A figure that is none: the rule decides alone until there is a better one.
      this.#failure = { code: "dqn.unfit", args: { detail: error.message } };
      this.#advice = { to: null, atMs: view.nowWallMs, ...this.#counts, acts: false, reason: this.#failure };
    }
  }

  #observe(view: ScalerView, { current, combined, peak }: Judgement, { taskSeconds }: PolicyChooser): Float64Array {
    const { live, maxAgents, nowMonotonicMs: now, policy, timeScale } = view;
    const pending = Math.min(view.pending ?? 0, live);
    const demand = known(current, 0) * live;
    const waiting = Math.max(0, demand - (live - pending));
    const waitP95Seconds = this.#waits.add((waiting * taskSeconds * timeScale) / Math.max(1, live));
    return observe(
      {
        ...{ live, pending, maxAgents, demand, waitP95Seconds },
        combinedRatio: known(combined, null),
        predictedMean: known(peak.mean, null),
        predictedUpper: known(peak.upper, null),
        pressureRatio: view.pressureRatio ?? null,
        sinceActionMs: this.#lastActionMs === null ? null : Math.max(0, now - this.#lastActionMs),
        cooldownMs: cooldownMs(policy, timeScale),
      },
      this.#observation,
    );
  }

  /**
   * The sizes that the rule would not refuse, around its own. Where it changes the size for the load, fewer are allowed down
   * to where this very load would be at the upper threshold: the rule aims at less, but would not grow again for it.
   */
  #allowed(view: ScalerView, { to: rule, code }: Judgement): AllowedSizes {
    const { target, minAgents, maxAgents, policy } = view;
    // Changes are under way one at a time.
    if ((view.pending ?? 0) > 0) return { rule, low: rule, high: rule };
    const tight = Math.ceil((rule * policy.targetUtilisation) / policy.scaleUpAbove - ROUNDING);
    let low = rule;
    if (code === "scaling.up") low = Math.min(rule, Math.max(tight, target + 1));
    else if (code === "scaling.upAhead") low = Math.min(rule, Math.max(tight, target));
    else if (code === "scaling.down") low = Math.min(rule, Math.max(tight, minAgents, Math.floor(target / 2), 1));
    const grows = !NO_GROWTH.has(code) && this.#rule.waitMs(true, view) <= 0;
    const most = grows ? Math.min(maxAgents, mostInOneStep(view)) : target;
    return { rule, low, high: Math.max(rule, most) };
  }
}

function known<N>(value: number, otherwise: N): number | N {
  return Number.isNaN(value) ? otherwise : value;
}
