import { createRng } from "../../common/rng.ts";
import { Expectation } from "./expectation.ts";
import { FEATURES, Features, type FeatureSizes } from "./features.ts";
import { IsolationForest } from "./isolationForest.ts";
import { FlagThreshold } from "./flagThreshold.ts";
import { ResidualScale } from "./residualScale.ts";
import { StateFilter } from "./stateFilter.ts";
import { TailEvidence } from "./tailEvidence.ts";

/** Values before anything is judged. */
export const WARM_UP = 24;
/** Values before the first steps are followed with caution. */
const CAUTIOUS_FROM = 20;
/** A value further off than this (σ) moves what is expected no more than one just there. */
const FOLLOWED_SIGMA = 3;
const CAPPED_SIGMA = 5;
/** Unusual for this many steps on end: it is the new normal. Three times a shift of twenty steps. */
const ACCEPTED_AFTER = 60;
/** The new level is the median of the last … */
const REBASED_ON = 32;
/** In an unusual stretch this long residuals are believed again: it is not noise around a spike. */
const BELIEVED_AFTER = 20;

const LEAST_UNIT = 1e-300;
const MOST_UNITS = 1e100;

const TREES = 100;
const SUBSAMPLE = 256;
const FOREST_MEMORY = 4_096;
const FOREST_FROM = 64;
/** A tree every fourth step until there are all, later every thirty-second: a step never grows a whole forest. */
const GROW_EVERY = { young: 4, grown: 32 };
/** Forest scores up to here are ordinary (Liu et al.: 0.5 on average). */
const FOREST_ORDINARY = 0.5;
/** Nats for one unit of score above that: a score of 0.8 weighs as much as a share of two in five. */
const FOREST_NATS = 3;

/** Log odds from the state filter count up to here; what is more unusual is told apart by its rarity. */
const MOST_STATE_NATS = 2;
/** Joint rarity of level, residual and features that a normal step has now and then. */
const ORDINARY_NATS = 8;
/** What was surprising is half expected to come again; that fades by half in so many steps. */
const EXPECTED_AGAIN = 0.5;
const FADING = 0.5 ** (1 / 60);
/** Where a score of 0.5 lies: odds of one in thirty-three, from which on a step is flagged at the earliest. */
const MIDDLE_NATS = -3.5;
const SCORE_NATS = 5;

/** A feature is named before the residual when it is so many times as far out. */
const STANDS_OUT = 1.5;
const USUAL_SIGMA = 2;

export interface Sample {
  /** `null` or not finite: nothing was measured. */
  readonly value: number | null;
  /** Position in the day (or whatever cycle the load follows), 0 to 1, where it is known. */
  readonly phase: number | null;
  /** A forecast of this step, made before it. */
  readonly forecast: number | null;
}

/** What is unusual about a step, most unusual aspect first named. */
export interface Deviation {
  readonly feature: "level" | "change" | "residual";
  readonly direction: "above" | "below";
  readonly expected: number;
  /** Between these it would usually lie: two robust σ either way. */
  readonly usualLow: number;
  readonly usualHigh: number;
  /** Distance from `expected` in σ. */
  readonly sigmas: number;
}

export interface Verdict {
  /** 0 to 1; `null`: nothing was measured. 0 while warming up. */
  readonly score: number | null;
  readonly flag: boolean;
  /** What deviates, of a flagged step. */
  readonly deviated: Deviation | null;
}

export interface DetectorOptions {
  readonly seed: number;
  /** Steps of the season where it is known; `null`: it is looked for. */
  readonly seasonSteps: number | null;
}

const NOTHING: Verdict = { score: null, flag: false, deviated: null };

/**
 * Scores a series one value at a time, from what came before alone, in bounded memory. Two sorts of evidence are added:
 *
 * 1. The log odds that the step is out of line or in a shift, from a hidden Markov model over the residuals. It holds all
 *    through a shift and is what tells normal from unusual.
 * 2. How rare the step is by the series' own history: tail evidence of its level and its residual, and the isolation
 *    forest's view of level, change, residual and time of day together. It ranks what is unusual: a series that has spikes
 *    every day does not get the scores of one that has its first, nor the tenth of a row of spikes those of the first.
 *
 * The flag's threshold follows from the history of that evidence (see `FlagThreshold`).
 */
export class AnomalyDetector {
  readonly #expectation: Expectation;
  readonly #features = new Features();
  readonly #scale = new ResidualScale();
  readonly #filter = new StateFilter();
  readonly #levelTail = new TailEvidence();
  readonly #residualTail = new TailEvidence();
  readonly #threshold = new FlagThreshold();
  readonly #forest: IsolationForest;
  readonly #points = new Float64Array(FOREST_MEMORY * FEATURES);
  #pointCount = 0;
  /** A power of two near the first value that is not 0; all is reckoned in it. */
  #unit: number | null = null;
  #count = 0;
  #unusualFor = 0;
  #lastSurprise = 0;
  readonly #recent: number[] = [];

  /** @throws RangeError for a seed or season that is not whole */
  constructor({ seed, seasonSteps }: DetectorOptions) {
    this.#expectation = new Expectation(seasonSteps);
    this.#forest = new IsolationForest({
      trees: TREES,
      subsample: SUBSAMPLE,
      features: FEATURES,
      rng: createRng(seed),
    });
  }

  /** One step. Missing values move the season on and change nothing else. */
  push(sample: Sample): Verdict {
    const { phase } = sample;
    const value = this.#inUnits(sample.value);
    if (value === null) {
      this.#expectation.skip();
      return NOTHING;
    }
    // 1. What was to be expected, and how far off this is.
    const foretold = this.#expectation.predict(this.#inUnits(sample.forecast));
    const expected = this.#count === 0 ? value : foretold;
    const residual = value - expected;
    const sigma = this.#scale.sigma(expected);
    const z = this.#count < 2 ? 0 : residual / sigma;
    const isWarm = this.#count >= WARM_UP;

    // 2. Evidence.
    const stateNats = this.#filter.step(z, this.#scale.freedom);
    const sizes = this.#features.look(value, expected, phase);
    const rarityNats =
      this.#levelTail.of(Math.abs(sizes.level)) + this.#residualTail.of(Math.abs(sizes.residual)) + this.#forestNats();
    const nats = Math.min(MOST_STATE_NATS, stateNats) + this.#surprise(Math.max(0, rarityNats - ORDINARY_NATS));
    const flag = isWarm && nats >= this.#threshold.nats;
    const verdict: Verdict = {
      score: isWarm ? scoreOf(nats) : 0,
      flag,
      deviated: flag ? deviationOf(sizes, { expected, residual, sigma, z }, this.#unit ?? 1) : null,
    };

    // 3. What is learnt from it: the less, the more unusual it is.
    if (isWarm) this.#threshold.add(nats);
    this.#levelTail.add(Math.abs(sizes.level));
    this.#residualTail.add(Math.abs(sizes.residual));
    this.#learn(value, residual, sigma, this.#count < CAUTIOUS_FROM ? 0 : 1 / (1 + Math.exp(-stateNats)));
    this.#count++;
    return verdict;
  }

  /** `null` for what is no number. Values near the ends of the number range would overflow when squared. */
  #inUnits(value: number | null): number | null {
    if (value === null || !Number.isFinite(value)) return null;
    if (this.#unit === null && Math.abs(value) > LEAST_UNIT)
      this.#unit = 2 ** Math.min(1023, Math.floor(Math.log2(Math.abs(value))));
    return Math.max(-MOST_UNITS, Math.min(MOST_UNITS, value / (this.#unit ?? 1)));
  }

  /** Less what a surprise just before leaves of it: the first of a row of spikes is news, the others are less. */
  #surprise(nats: number): number {
    const expected = EXPECTED_AGAIN * this.#lastSurprise;
    this.#lastSurprise = Math.max(FADING * this.#lastSurprise, nats);
    return Math.max(0, nats - expected);
  }

  #forestNats(): number {
    const score = this.#forest.score(this.#features.point, Math.min(SUBSAMPLE, this.#pointCount));
    return score === null ? 0 : FOREST_NATS * Math.max(0, score - FOREST_ORDINARY);
  }

  /** @param unusual probability that the step is not normal */
  #learn(value: number, residual: number, sigma: number, unusual: number): void {
    this.#recent.push(value);
    if (this.#recent.length > REBASED_ON) this.#recent.shift();
    this.#unusualFor = unusual > 0.5 ? this.#unusualFor + 1 : 0;
    const isAccepted = this.#unusualFor > ACCEPTED_AFTER;
    const isCautious = this.#count >= CAUTIOUS_FROM;
    const believed = isAccepted ? 1 : 1 - unusual;
    if (isAccepted) {
      this.#expectation.rebase(this.#recent.slice(0, -1));
      this.#filter.reset();
      this.#unusualFor = 0;
    }
    this.#expectation.learn(value, believed, isCautious ? FOLLOWED_SIGMA * sigma : Number.POSITIVE_INFINITY);

    const misses = this.#expectation.takeMisses();
    if (misses !== null && this.#scale.restart(misses)) {
      // What seemed unusual until now was the season.
      this.#filter.reset();
      this.#threshold.reset();
      this.#unusualFor = 0;
    } else if (this.#count > 0) {
      const size = Math.abs(residual);
      const capped = isCautious ? Math.min(size, CAPPED_SIGMA * sigma) : size;
      if (believed > 0.5 || this.#unusualFor > BELIEVED_AFTER) this.#scale.add(size, capped);
      else this.#scale.addDoubtful(capped);
    }
    // Spikes are kept out of what the forest takes for normal.
    if (believed > 0.5 || this.#unusualFor > BELIEVED_AFTER) this.#remember();
    this.#grow();
  }

  #remember(): void {
    this.#points.set(this.#features.point, (this.#pointCount % FOREST_MEMORY) * FEATURES);
    this.#pointCount++;
  }

  #grow(): void {
    if (this.#pointCount < FOREST_FROM) return;
    const every = this.#forest.grown < TREES ? GROW_EVERY.young : GROW_EVERY.grown;
    if (this.#count % every === 0) this.#forest.grow(this.#points, Math.min(this.#pointCount, FOREST_MEMORY));
  }
}

/** Evidence as a number from 0 to 1: 0.5 in the middle between what is surely normal and surely not. */
function scoreOf(nats: number): number {
  return 1 / (1 + Math.exp((MIDDLE_NATS - nats) / SCORE_NATS));
}

/** What was not expected, unless the level or the change stands out far more. */
function deviationOf(
  sizes: FeatureSizes,
  step: { readonly expected: number; readonly residual: number; readonly sigma: number; readonly z: number },
  unit: number,
): Deviation {
  const off = STANDS_OUT * Math.abs(sizes.residual);
  const [level, change] = [Math.abs(sizes.level), Math.abs(sizes.change)];
  const feature = Math.max(level, change) <= off ? "residual" : level >= change ? "level" : "change";
  const expected = step.expected * unit;
  const reach = USUAL_SIGMA * step.sigma * unit;
  return {
    feature,
    direction: step.residual >= 0 ? "above" : "below",
    expected,
    usualLow: expected - reach,
    usualHigh: expected + reach,
    sigmas: Math.abs(step.z),
  };
}
