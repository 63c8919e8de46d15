/**
 * How fast a size may change, as `behavior` of a Kubernetes autoscaler (autoscaling/v2) says it and
 * `pkg/controller/podautoscaler/horizontal.go` carries it out: stabilization windows over what was recommended, then
 * policies over what was done.
 */
export interface ScalingRule {
  /** So many agents, or so many percent of the agents at the begin of the period. */
  readonly kind: "agents" | "percent";
  readonly value: number;
  readonly periodSeconds: number;
}

export interface DirectionBehavior {
  /** Of the recommendations of this time the most careful one counts: the least to grow, the highest to shrink. */
  readonly stabilizationSeconds: number;
  /** `most` lets the most generous of the rules decide, `least` the strictest; `disabled` forbids the direction. */
  readonly select: "most" | "least" | "disabled";
  readonly rules: readonly ScalingRule[];
}

export interface ScalingBehavior {
  readonly up: DirectionBehavior;
  readonly down: DirectionBehavior;
}

/** Kubernetes' own: up at once, doubled or 4 more every 15 s; down by the highest recommendation of 5 minutes. */
export const DEFAULT_BEHAVIOR: ScalingBehavior = {
  up: {
    stabilizationSeconds: 0,
    select: "most",
    rules: [
      { kind: "agents", value: 4, periodSeconds: 15 },
      { kind: "percent", value: 100, periodSeconds: 15 },
    ],
  },
  down: {
    stabilizationSeconds: 300,
    select: "most",
    rules: [{ kind: "percent", value: 100, periodSeconds: 15 }],
  },
};

interface Stamped {
  readonly atMs: number;
  readonly agents: number;
}

/** What was recommended and done of late, and what follows from it for the next size. Times are monotonic. */
export class BehaviorLimits {
  readonly #behavior: ScalingBehavior;
  readonly #longestWindowMs: number;
  readonly #longestPeriodMs: number;
  readonly #recommended: Stamped[] = [];
  /** Agents added (> 0) or removed (< 0). */
  readonly #changes: Stamped[] = [];
  #isFirst = true;

  /** @throws RangeError for a window, period or value that is no number ≥ 0 (a period: > 0) */
  constructor(behavior: ScalingBehavior = DEFAULT_BEHAVIOR) {
    for (const [direction, { stabilizationSeconds, rules }] of Object.entries(behavior) as [
      string,
      DirectionBehavior,
    ][]) {
      if (!(stabilizationSeconds >= 0 && stabilizationSeconds <= 3_600))
        throw new RangeError(`${direction}.stabilizationSeconds must be 0 to 3600, got ${stabilizationSeconds}`);
      for (const { value, periodSeconds } of rules) {
        if (!(value >= 0)) throw new RangeError(`${direction}: value of a rule must be ≥ 0, got ${value}`);
        if (!(periodSeconds > 0 && periodSeconds <= 1_800))
          throw new RangeError(`${direction}: periodSeconds must be above 0 and at most 1800, got ${periodSeconds}`);
      }
    }
    this.#behavior = behavior;
    const { up, down } = behavior;
    this.#longestWindowMs = 1_000 * Math.max(up.stabilizationSeconds, down.stabilizationSeconds);
    this.#longestPeriodMs = 1_000 * Math.max(0, ...[...up.rules, ...down.rules].map((rule) => rule.periodSeconds));
  }

  /**
   * The size that may be taken now, given what the metrics ask for. Remembers the recommendation, not the action: that is
   * told by `acted`.
   */
  limit(current: number, desired: number, bounds: { minAgents: number; maxAgents: number }, nowMs: number): number {
    const stable = this.#stabilized(current, desired, nowMs);
    dropUntil(this.#changes, nowMs - this.#longestPeriodMs);
    if (stable > current) {
      const most = Math.max(current, this.#upLimit(current, nowMs));
      return Math.min(stable, most, Math.max(bounds.maxAgents, current));
    }
    if (stable < current) {
      const least = Math.min(current, this.#downLimit(current, nowMs));
      return Math.max(stable, least, Math.min(bounds.minAgents, current));
    }
    return stable;
  }

  /**
   * Nothing is known, so nothing but the size there is can be wanted. Without it an hour of missing figures would empty the
   * window, and the first low one would end agents at once.
   */
  rest(current: number, nowMs: number): void {
    dropUntil(this.#recommended, nowMs - this.#longestWindowMs);
    this.#recommended.push({ atMs: nowMs, agents: current });
    this.#isFirst = false;
  }

  acted(from: number, to: number, nowMs: number): void {
    if (to !== from) this.#changes.push({ atMs: nowMs, agents: to - from });
  }

  #stabilized(current: number, desired: number, nowMs: number): number {
    // As Kubernetes' controller begins: the size it finds was wanted.
    if (this.#isFirst) this.rest(current, nowMs);
    const { up, down } = this.#behavior;
    const upSince = nowMs - 1_000 * up.stabilizationSeconds;
    const downSince = nowMs - 1_000 * down.stabilizationSeconds;
    let least = desired;
    let highest = desired;
    for (const { atMs, agents } of this.#recommended) {
      if (atMs > upSince) least = Math.min(least, agents);
      if (atMs > downSince) highest = Math.max(highest, agents);
    }
    // At one look a second these are 300.
    dropUntil(this.#recommended, nowMs - this.#longestWindowMs);
    this.#recommended.push({ atMs: nowMs, agents: desired });
    return Math.min(Math.max(current, least), highest);
  }

  #upLimit(current: number, nowMs: number): number {
    const { select, rules } = this.#behavior.up;
    if (select === "disabled") return current;
    const limits = rules.map(({ kind, value, periodSeconds }) => {
      const start = this.#periodStart(current, periodSeconds, nowMs);
      return kind === "agents" ? start + value : Math.ceil(start * (1 + value / 100) - 1e-9);
    });
    return select === "most" ? Math.max(...limits) : Math.min(...limits);
  }

  #downLimit(current: number, nowMs: number): number {
    const { select, rules } = this.#behavior.down;
    if (select === "disabled") return current;
    const limits = rules.map(({ kind, value, periodSeconds }) => {
      const start = this.#periodStart(current, periodSeconds, nowMs);
      return kind === "agents" ? start - value : Math.floor(start * (1 - value / 100) + 1e-9);
    });
    return select === "most" ? Math.min(...limits) : Math.max(...limits);
  }

  /** Agents at the begin of the period: what was added since is taken off again, what was removed is put back. */
  #periodStart(current: number, periodSeconds: number, nowMs: number): number {
    let start = current;
    for (const { atMs, agents } of this.#changes) if (atMs > nowMs - 1_000 * periodSeconds) start -= agents;
    return start;
  }
}

/** Times only rise, so that what is too old stands at the front. */
function dropUntil(stamped: Stamped[], untilMs: number): void {
  while (stamped.length > 0 && (stamped[0] as Stamped).atMs <= untilMs) stamped.shift();
}
