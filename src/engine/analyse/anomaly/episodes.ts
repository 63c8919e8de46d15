import type { AnomalyEpisode, AnomalyMetric } from "../../protocol/anomalies.ts";
import type { Verdict } from "./detector.ts";

/** One step this unusual is enough … */
const AT_ONCE = 0.8;
/** … or so many on end that are somewhat unusual: a shift within the usual range. */
const SOMEWHAT = 0.65;
const ON_END = 5;
/** So many ordinary steps on end, and it is over. */
const OVER_AFTER = 3;
const KEPT = 100;
/** Steps before anything is called unusual: a swarm that has just begun has no usual. */
const LEAST_STEPS = 120;
/** Of what was expected: a memory that is two percent up may be rare, and is nothing to tell anybody. */
const MATERIAL_SHARE = 0.1;

interface Open {
  sinceMs: number;
  value: number;
  usualLow: number;
  usualHigh: number;
  score: number;
}

/**
 * Makes stretches of flagged steps: a flag alone is right one time in two at best (see `FlagThreshold`), and a view that
 * blinks is not looked at. One stretch is one thing that happened, however many steps it takes.
 */
export class Episodes {
  readonly #metric: AnomalyMetric;
  readonly #done: AnomalyEpisode[] = [];
  #open: Open | null = null;
  /** Flagged steps that are no episode yet. */
  #candidate: Open | null = null;
  #unusualSteps = 0;
  #usualSteps = 0;
  #steps = 0;

  constructor(metric: AnomalyMetric) {
    this.#metric = metric;
  }

  get open(): AnomalyEpisode | null {
    return this.#open === null ? null : { metric: this.#metric, ...this.#open, toMs: null };
  }

  /** Oldest first; one that goes on is the last. */
  get all(): readonly AnomalyEpisode[] {
    const open = this.open;
    return open === null ? this.#done : [...this.#done, open];
  }

  /** Steps that the detector has learnt from before. */
  learnt(steps: number): void {
    this.#steps += steps;
  }

  /** @returns an episode that began with this step */
  look(value: number, { score, flag, deviated }: Verdict, fromMs: number, toMs: number): AnomalyEpisode | null {
    if (score === null) return null;
    this.#steps++;
    if (!flag || deviated === null || this.#steps < LEAST_STEPS || !isMaterial(value, deviated.expected)) {
      this.#candidate = null;
      this.#unusualSteps = 0;
      if (this.#open !== null && ++this.#usualSteps >= OVER_AFTER) this.#close(toMs);
      return null;
    }
    this.#usualSteps = 0;
    const step: Open = {
      sinceMs: fromMs,
      value,
      // None of the metrics is ever below 0.
      usualLow: Math.max(0, deviated.usualLow),
      usualHigh: Math.max(0, deviated.usualHigh),
      score,
    };
    if (this.#open !== null) {
      this.#open = worse(this.#open, step);
      return null;
    }
    this.#unusualSteps = score >= SOMEWHAT ? this.#unusualSteps + 1 : 0;
    this.#candidate = this.#unusualSteps <= 1 || this.#candidate === null ? step : worse(this.#candidate, step);
    if (score < AT_ONCE && this.#unusualSteps < ON_END) return null;
    this.#open = this.#candidate;
    this.#candidate = null;
    this.#unusualSteps = 0;
    return this.open;
  }

  /** Nothing is measured any more. */
  end(atMs: number): void {
    this.#candidate = null;
    this.#unusualSteps = 0;
    if (this.#open !== null) this.#close(atMs);
  }

  #close(toMs: number): void {
    if (this.#open === null) return;
    this.#done.push({ metric: this.#metric, ...this.#open, toMs });
    if (this.#done.length > KEPT) this.#done.shift();
    this.#open = null;
    this.#usualSteps = 0;
  }
}

function isMaterial(value: number, expected: number): boolean {
  return Math.abs(value - expected) >= MATERIAL_SHARE * Math.abs(expected);
}

/** The figures of the more unusual step, the beginning of the first. */
function worse(first: Open, then: Open): Open {
  return then.score > first.score ? { ...then, sinceMs: first.sinceMs } : first;
}
