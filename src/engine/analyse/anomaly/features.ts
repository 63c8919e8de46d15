/** What the forest sees of a step: level, change and residual in their own usual sizes, and where in the day it is. */
export const FEATURES = 5;

const LEVEL_GAIN = 0.002;
const SPREAD_GAIN = 0.0005;
/** Below this share of the value itself a deviation is rounding. */
const LEAST_SHARE_OF_VALUE = 1e-6;
/** The forest tells places apart, not sizes: beyond this many spreads all is far. */
const FARTHEST = 1e4;

/** A step's position in a cycle, 0 to 1; `null` when no cycle is known. */
export type Phase = number | null;

export interface FeatureSizes {
  /** From the long-run mean, in long-run standard deviations; signed. */
  readonly level: number;
  /** From the value before. */
  readonly change: number;
  /** From what was expected. */
  readonly residual: number;
}

/**
 * Keeps the long-run mean and spreads. They take in all values, unusual ones too: what keeps happening becomes less
 * surprising, which is what tells a rare spike from one of many.
 */
export class Features {
  readonly point = new Float64Array(FEATURES);
  #mean = 0;
  #levelSquare = 0;
  #changeSquare = 0;
  #residualSquare = 0;
  #before: number | null = null;
  #count = 0;

  /** Sizes of this step by the steps before; then takes it in. Also fills `point`. */
  look(value: number, expected: number, phase: Phase): FeatureSizes {
    if (this.#count === 0) this.#mean = value;
    const least = LEAST_SHARE_OF_VALUE * Math.abs(this.#mean) + 1e-300;
    const offLevel = value - this.#mean;
    const change = this.#before === null ? 0 : value - this.#before;
    const residual = value - expected;
    const sizes = {
      level: inSpreads(offLevel, this.#levelSquare, least),
      change: inSpreads(change, this.#changeSquare, least),
      residual: inSpreads(residual, this.#residualSquare, least),
    };
    this.point[0] = sizes.level;
    this.point[1] = sizes.change;
    this.point[2] = sizes.residual;
    this.point[3] = phase === null ? 0 : Math.sin(2 * Math.PI * phase);
    this.point[4] = phase === null ? 0 : Math.cos(2 * Math.PI * phase);

    this.#count++;
    const gain = Math.max(SPREAD_GAIN, 1 / this.#count);
    this.#mean += Math.max(LEVEL_GAIN, 1 / this.#count) * offLevel;
    this.#levelSquare += gain * (offLevel ** 2 - this.#levelSquare);
    this.#changeSquare += gain * (change ** 2 - this.#changeSquare);
    this.#residualSquare += gain * (residual ** 2 - this.#residualSquare);
    this.#before = value;
    return sizes;
  }
}

function inSpreads(distance: number, meanSquare: number, least: number): number {
  const size = distance / (Math.sqrt(meanSquare) + least);
  return Math.max(-FARTHEST, Math.min(FARTHEST, size));
}
