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

/**
 * Why a size is what it is. `bounds`: outside them · `stopped`: nobody starts it again but the operator · `stale`, `missing`:
 * what is not known changes nothing · `noRoom`: the machine has none · `waiting`: for the cooldown.
 */
export type HpaWhy = "up" | "down" | "steady" | "bounds" | "stopped" | "stale" | "missing" | "noRoom" | "waiting";

export interface HpaVerdict {
  readonly to: number;
  readonly why: HpaWhy;
  /** Load ÷ what the agents are meant to carry, of the metric that counted; `null` when none did. */
  readonly ratio: number | null;
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
    const verdict = (to: number, why: HpaWhy, ratio: number | null = null): HpaVerdict => ({ to, why, ratio });

    // 1. The bounds hold whatever is measured; a swarm that was stopped stays so.
    if (current === 0 && minAgents > 0) return verdict(current, "stopped");
    if (current > maxAgents) return verdict(maxAgents, "bounds");
    if (current < minAgents) return verdict(minAgents, "bounds");

    // 2. The highest size over the metrics that are known.
    const ageMs = nowMs - view.measuredMs;
    if (!(ageMs <= 1_000 * this.#options.staleSeconds)) return verdict(current, "stale");
    let highest: number | null = null;
    let ratio: number | null = null;
    let isPartial = false;
    for (const metric of metrics) {
      const wanted = wantedAgents(current, metric, this.#options.tolerances);
      if (wanted.kind === "unknown") isPartial = true;
      else if (highest === null || wanted.agents > highest) {
        highest = wanted.agents;
        ratio = wanted.ratio;
      }
    }
    if (highest === null || (isPartial && highest < current)) return verdict(current, "missing", ratio);

    // 3. Stabilization, policies, bounds, room, cooldown.
    const desired = Math.min(Math.max(highest, minAgents), maxAgents);
    const allowed = this.#limits.limit(current, desired, { minAgents, maxAgents }, nowMs);
    const roomy = view.headroom === null ? allowed : Math.min(allowed, Math.max(current, view.headroom));
    if (roomy === current) return verdict(current, roomy < allowed ? "noRoom" : "steady", ratio);
    const waitMs = this.#lastChangeMs + 1_000 * this.#options.cooldownSeconds - nowMs;
    if (waitMs > 0) return verdict(current, "waiting", ratio);
    return verdict(roomy, roomy > current ? "up" : "down", ratio);
  }
}
