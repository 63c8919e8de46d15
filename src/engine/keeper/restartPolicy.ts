import { engineExit } from "../protocol/keeper.ts";

/** All times in ms, monotonic. */
export interface RestartLimits {
  readonly maxCrashes: number;
  readonly windowMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** An engine that ended on purpose sooner than this is started again with a delay, so that it cannot spin. */
  readonly shortLifeMs: number;
}

export const defaultRestartLimits: RestartLimits = {
  maxCrashes: 5,
  windowMs: 180_000,
  firstDelayMs: 100,
  maxDelayMs: 2_000,
  shortLifeMs: 1_000,
};

export interface EngineEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly atMs: number;
  readonly lifeMs: number;
  readonly agentsAlive: boolean;
  /** It never said `hello`, so a wish to be started again is not taken at its word. */
  readonly greeted: boolean;
}

export type RestartDecision =
  | { readonly kind: "restart"; readonly afterMs: number }
  /** No restart for now: agents are kept, somebody may ask for one more try. */
  | { readonly kind: "failing" }
  | { readonly kind: "exit"; readonly failed: boolean };

/** What follows the end of an engine. Pure: time comes with the event. */
export class RestartPolicy {
  readonly #limits: RestartLimits;
  #crashes: number[] = [];
  #shortLives = 0;

  constructor(limits: RestartLimits = defaultRestartLimits) {
    for (const [name, value] of Object.entries(limits) as [string, number][]) {
      if (!(value >= 0)) throw new RangeError(`${name} must be a number ≥ 0, got ${value}`);
    }
    this.#limits = limits;
  }

  crashesInWindow(atMs: number): number {
    this.#crashes = this.#crashes.filter((crashMs) => atMs - crashMs < this.#limits.windowMs);
    return this.#crashes.length;
  }

  /** Somebody asked for one more try: the past does not count any more. */
  forgive(): void {
    this.#crashes = [];
    this.#shortLives = 0;
  }

  decide(end: EngineEnd): RestartDecision {
    if (end.code === engineExit.unable) return end.agentsAlive ? { kind: "failing" } : { kind: "exit", failed: true };
    if (end.code === engineExit.done && !end.agentsAlive) return { kind: "exit", failed: false };
    const onPurpose = end.code === engineExit.done || end.code === engineExit.restart;
    if (onPurpose && end.greeted) {
      this.#shortLives = end.lifeMs < this.#limits.shortLifeMs ? this.#shortLives + 1 : 0;
      return { kind: "restart", afterMs: this.#delay(this.#shortLives) };
    }
    this.#crashes.push(end.atMs);
    const count = this.crashesInWindow(end.atMs);
    if (count >= this.#limits.maxCrashes) return { kind: "failing" };
    return { kind: "restart", afterMs: this.#delay(count - 1) };
  }

  /** 0, then `firstDelayMs` doubled each time up to `maxDelayMs`. */
  #delay(earlier: number): number {
    if (earlier <= 0) return 0;
    return Math.min(this.#limits.maxDelayMs, this.#limits.firstDelayMs * 2 ** (earlier - 1));
  }
}
