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
}

/**
 * Why a size is what it is. `bounds`: outside them · `stopped`: nobody starts it again but the operator · `stale`, `missing`:
 * what is not known changes nothing · `waiting`: for the cooldown.
 */
export type HpaWhy = "up" | "down" | "steady" | "bounds" | "stopped" | "stale" | "missing" | "waiting";

export interface HpaVerdict {
  readonly to: number;
  readonly why: HpaWhy;
  /** The metric that counted: the one that asks for most; `null` when none is known. */
  readonly metric: HpaMetric | null;
  /** Load ÷ what the agents are meant to carry, of that metric. */
  readonly ratio: number | null;
  /** The size that it asks for, before bounds and behaviour. */
  readonly desired: number | null;
  /** What bounds and behaviour leave of it. */
  readonly allowed: number | null;
  /** Until the cooldown is over; 0 when there is none to wait for. */
  readonly waitMs: number;
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
    const nothing = { metric: null, ratio: null, desired: null, allowed: null, waitMs: 0 };

    // 1. The bounds hold whatever is measured; a swarm that was stopped stays so.
    if (current === 0 && minAgents > 0) return { ...nothing, to: current, why: "stopped" };
    if (current > maxAgents) return { ...nothing, to: maxAgents, why: "bounds" };
    if (current < minAgents) return { ...nothing, to: minAgents, why: "bounds" };

    // 2. The highest size over the metrics that are known.
    const ageMs = nowMs - view.measuredMs;
    if (!(ageMs <= 1_000 * this.#options.staleSeconds)) {
      this.#limits.rest(current, nowMs);
      return { ...nothing, to: current, why: "stale" };
    }
    let desired: number | null = null;
    let ratio: number | null = null;
    let counted: HpaMetric | null = null;
    let isPartial = false;
    for (const metric of metrics) {
      const wanted = wantedAgents(current, metric, this.#options.tolerances);
      if (wanted.kind === "unknown") isPartial = true;
      else if (desired === null || wanted.agents > desired) {
        desired = wanted.agents;
        ratio = wanted.ratio;
        counted = metric;
      }
    }
    const known = { ...nothing, metric: counted, ratio, desired };
    if (desired === null || (isPartial && desired < current)) {
      this.#limits.rest(current, nowMs);
      return { ...known, to: current, why: "missing" };
    }

    // 3. Stabilization, policies, bounds, cooldown. What the machine has room for is asked of every scaler alike afterwards.
    const within = Math.min(Math.max(desired, minAgents), maxAgents);
    const allowed = this.#limits.limit(current, within, { minAgents, maxAgents }, nowMs);
    if (allowed === current) return { ...known, allowed, to: current, why: "steady" };
    const waitMs = this.#lastChangeMs + 1_000 * this.#options.cooldownSeconds - nowMs;
    if (waitMs > 0) return { ...known, allowed, waitMs, to: current, why: "waiting" };
    return { ...known, allowed, to: allowed, why: allowed > current ? "up" : "down" };
  }

  /** Nothing may be decided at this moment: the size there is counts as wanted. */
  rest(current: number, nowMs: number): void {
    this.#limits.rest(current, nowMs);
  }
}
