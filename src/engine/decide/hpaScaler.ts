import type { Coded } from "../common/errors.ts";
import { DEFAULT_TOLERANCES, type HpaMetric, type Tolerances, wantedAgents } from "./hpa.ts";
import { BehaviorLimits, DEFAULT_BEHAVIOR, type ScalingBehavior } from "./scalingBehavior.ts";

export interface HpaOptions {
  readonly tolerances: Tolerances;
  readonly behavior: ScalingBehavior;
  /** After any change nothing is done for so long; Kubernetes has none. */
  readonly cooldownSeconds: number;
  /** Metrics older than this are none. */
  readonly staleSeconds: number;
}

export const DEFAULT_HPA: HpaOptions = {
  tolerances: DEFAULT_TOLERANCES,
  behavior: DEFAULT_BEHAVIOR,
  cooldownSeconds: 0,
  staleSeconds: 60,
};

export interface HpaView {
  readonly nowMs: number;
  /** When the metrics were measured. */
  readonly measuredMs: number;
  readonly current: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly metrics: readonly HpaMetric[];
  /** The most that the machine has room for: a limit to growth (`mostByHeadroom`); `null` for none. */
  readonly headroom: number | null;
}

export interface HpaVerdict {
  readonly to: number;
  readonly reason: Coded;
}

/**
 * The reactive scaler with the semantics of a Kubernetes HPA: of several metrics the highest size counts; when one of them
 * cannot be known nothing shrinks, and when none can nothing changes. Bounds come last. Pure but for what it remembers:
 * recommendations and changes of the last minutes.
 */
export class HpaScaler {
  readonly #options: HpaOptions;
  readonly #limits: BehaviorLimits;
  #lastChangeMs = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for what `BehaviorLimits` refuses, or a cooldown or age that is no number ≥ 0 */
  constructor(options: HpaOptions = DEFAULT_HPA) {
    const { cooldownSeconds, staleSeconds } = options;
    for (const [name, value] of Object.entries({ cooldownSeconds, staleSeconds }))
      if (!(value >= 0)) throw new RangeError(`${name} must be ≥ 0, got ${value}`);
    this.#options = options;
    this.#limits = new BehaviorLimits(options.behavior);
  }

  acted(from: number, to: number, nowMs: number): void {
    if (from === to) return;
    this.#limits.acted(from, to, nowMs);
    this.#lastChangeMs = nowMs;
  }

  /** @throws RangeError for bounds that contradict each other, or what `wantedAgents` refuses */
  look(view: HpaView): HpaVerdict {
    const { current, minAgents, maxAgents, metrics, nowMs } = view;
    if (!(minAgents <= maxAgents)) throw new RangeError(`minAgents ${minAgents} is above maxAgents ${maxAgents}`);
    const stay = (code: string, args: Coded["args"] = {}): HpaVerdict => ({ to: current, reason: { code, args } });

    // 1. The bounds hold whatever is measured; a swarm that was stopped stays so.
    if (current === 0 && minAgents > 0) return stay("scaling.stopped");
    if (current > maxAgents) return { to: maxAgents, reason: { code: "hpa.aboveMax", args: { max: maxAgents } } };
    if (current < minAgents) return { to: minAgents, reason: { code: "scaling.belowMin", args: { min: minAgents } } };

    // 2. The highest size over the metrics that are known.
    const ageMs = nowMs - view.measuredMs;
    if (!(ageMs <= 1_000 * this.#options.staleSeconds)) return stay("scaling.stale", { ageMs: Math.round(ageMs) });
    let highest: number | null = null;
    let ratio = 0;
    let unknown: Coded | null = null;
    for (const metric of metrics) {
      const wanted = wantedAgents(current, metric, this.#options.tolerances);
      if (wanted.kind === "unknown") unknown = wanted.reason;
      else if (highest === null || wanted.agents > highest) {
        highest = wanted.agents;
        ratio = wanted.ratio;
      }
    }
    if (highest === null) return { to: current, reason: unknown ?? { code: "scaling.missing", args: {} } };
    if (unknown !== null && highest < current) return { to: current, reason: unknown };

    // 3. Stabilization, policies, bounds, room, cooldown.
    const desired = Math.min(Math.max(highest, minAgents), maxAgents);
    const allowed = this.#limits.limit(current, desired, { minAgents, maxAgents }, nowMs);
    const roomy = view.headroom === null ? allowed : Math.min(allowed, Math.max(current, view.headroom));
    if (roomy < allowed && roomy === current) return stay("hpa.noRoom", { wanted: allowed });
    if (roomy === current) return stay("hpa.steady", { wanted: desired });
    const waitMs = this.#lastChangeMs + 1_000 * this.#options.cooldownSeconds - nowMs;
    if (waitMs > 0) return stay("hpa.wait", { to: roomy, waitMs: Math.round(waitMs) });
    return { to: roomy, reason: { code: roomy > current ? "hpa.up" : "hpa.down", args: { ratio, wanted: desired } } };
  }
}
