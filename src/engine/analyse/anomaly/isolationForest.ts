import type { Rng } from "../../common/rng.ts";

const EULER_MASCHERONI = 0.577_215_664_901_532_9;
/** c(n) below this is summed exactly; above, the asymptotic series is right to 1e-9. */
const EXACT_BELOW = 64;
const LEAF = -1;

export interface IsolationForestOptions {
  readonly trees: number;
  /** Points that one tree is grown from. */
  readonly subsample: number;
  readonly features: number;
  readonly rng: Rng;
}

/**
 * Isolation forest (Liu, Ting & Zhou 2008, "Isolation Forest", ICDM): a point that random cuts part from the others early
 * is unusual. Trees are grown one at a time, so that a stream can renew them without ever building all at once: a new tree
 * takes the place of the oldest.
 */
export class IsolationForest {
  readonly #options: IsolationForestOptions;
  readonly #nodes: number;
  readonly #limit: number;
  /** Flat trees, `#nodes` slots each. `LEAF` as feature marks a leaf, whose `cut` is its depth plus c(size). */
  readonly #feature: Int8Array;
  readonly #cut: Float64Array;
  /** Slot of the left child; the right one follows it. */
  readonly #left: Uint16Array;
  readonly #order: Uint32Array;
  #grown = 0;
  #next = 0;

  /** @throws RangeError for counts that are not whole or too small */
  constructor(options: IsolationForestOptions) {
    const { trees, subsample, features } = options;
    if (!Number.isInteger(trees) || trees < 1) throw new RangeError(`trees must be a whole number ≥ 1, got ${trees}`);
    if (!Number.isInteger(subsample) || subsample < 2 || subsample > 32_768)
      throw new RangeError(`subsample must be a whole number from 2 to 32768, got ${subsample}`);
    if (!Number.isInteger(features) || features < 1 || features > 127)
      throw new RangeError(`features must be a whole number from 1 to 127, got ${features}`);
    this.#options = options;
    this.#nodes = 2 * subsample - 1;
    this.#limit = Math.ceil(Math.log2(subsample));
    this.#feature = new Int8Array(trees * this.#nodes);
    this.#cut = new Float64Array(trees * this.#nodes);
    this.#left = new Uint16Array(trees * this.#nodes);
    this.#order = new Uint32Array(subsample);
  }

  /** Trees there are; up to `trees`. */
  get grown(): number {
    return this.#grown;
  }

  /**
   * Grows one tree from points drawn without replacement; once there are all, it replaces the oldest.
   * @param points rows of `features` numbers, all finite
   * @param count rows to draw from, two at least
   * @throws RangeError for fewer than two
   */
  grow(points: Float64Array, count: number): void {
    if (count < 2) throw new RangeError(`count must be ≥ 2, got ${count}`);
    const size = this.#draw(count);
    const base = this.#next * this.#nodes;
    // Depth-first, with the ranges still to be parted on a stack: slot, from, to, depth.
    const stack = [0, 0, size, 0];
    let used = 1;
    while (stack.length > 0) {
      const depth = stack.pop() as number;
      const to = stack.pop() as number;
      const from = stack.pop() as number;
      const slot = base + (stack.pop() as number);
      const feature = depth < this.#limit && to - from > 1 ? this.#chooseFeature(points, from, to) : LEAF;
      this.#feature[slot] = feature;
      if (feature === LEAF) {
        this.#cut[slot] = depth + averagePathLength(to - from);
        continue;
      }
      const cut = this.#chooseCut(points, from, to, feature);
      const middle = this.#part(points, from, to, feature, cut);
      this.#cut[slot] = cut;
      this.#left[slot] = used;
      stack.push(used, from, middle, depth + 1, used + 1, middle, to, depth + 1);
      used += 2;
    }
    this.#next = (this.#next + 1) % this.#options.trees;
    this.#grown = Math.min(this.#options.trees, this.#grown + 1);
  }

  /**
   * 2^(−E(h(x)) / c(n)), from 0 to 1: near 1 = cut off early by most trees, 0.5 and below = nothing special.
   * @param sampled points each tree was grown from; `subsample` unless there were fewer
   * @returns `null` before the first tree
   */
  score(point: Float64Array, sampled: number = this.#options.subsample): number | null {
    if (this.#grown === 0) return null;
    const feature = this.#feature;
    const cut = this.#cut;
    const left = this.#left;
    let sum = 0;
    for (let tree = 0; tree < this.#grown; tree++) {
      const base = tree * this.#nodes;
      let slot = base;
      for (let f = feature[slot] as number; f !== LEAF; f = feature[slot] as number) {
        const goesRight = (point[f] as number) < (cut[slot] as number) ? 0 : 1;
        slot = base + (left[slot] as number) + goesRight;
      }
      sum += cut[slot] as number;
    }
    return 2 ** (-sum / this.#grown / averagePathLength(Math.max(2, sampled)));
  }

  /** Row numbers into `#order`: all of few, else a sample without replacement (Floyd's). */
  #draw(count: number): number {
    const { subsample, rng } = this.#options;
    const order = this.#order;
    if (count <= subsample) {
      for (let i = 0; i < count; i++) order[i] = i;
      return count;
    }
    const drawn = new Set<number>();
    for (let i = count - subsample; i < count; i++) {
      const row = Math.floor(rng() * (i + 1));
      drawn.add(drawn.has(row) ? i : row);
    }
    let at = 0;
    for (const row of drawn) order[at++] = row;
    return subsample;
  }

  /** One of the features that vary in this range; a leaf where none does. */
  #chooseFeature(points: Float64Array, from: number, to: number): number {
    const { features, rng } = this.#options;
    const first = Math.floor(rng() * features);
    for (let i = 0; i < features; i++) {
      const feature = (first + i) % features;
      const value = points[(this.#order[from] as number) * features + feature] as number;
      for (let at = from + 1; at < to; at++)
        if (points[(this.#order[at] as number) * features + feature] !== value) return feature;
    }
    return LEAF;
  }

  /** Uniform between the least and the greatest value, and above the least, so that both sides get a point. */
  #chooseCut(points: Float64Array, from: number, to: number, feature: number): number {
    const { features, rng } = this.#options;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = from; at < to; at++) {
      const value = points[(this.#order[at] as number) * features + feature] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const cut = least + (1 - rng()) * (most - least);
    return cut > least ? cut : most;
  }

  /** Rows below the cut to the front; where the others begin. */
  #part(points: Float64Array, from: number, to: number, feature: number, cut: number): number {
    const { features } = this.#options;
    const order = this.#order;
    let middle = from;
    for (let at = from; at < to; at++) {
      const row = order[at] as number;
      if (!((points[row * features + feature] as number) < cut)) continue;
      order[at] = order[middle] as number;
      order[middle++] = row;
    }
    return middle;
  }
}

/**
 * c(n): mean length of an unsuccessful search in a binary search tree of n points, 2·H(n−1) − 2(n−1)/n (Liu et al.,
 * equation 1). With the harmonic numbers themselves, where the paper has ln(n−1) + 0.5772…
 */
export function averagePathLength(n: number): number {
  return n < 2 ? 0 : 2 * harmonic(n - 1) - (2 * (n - 1)) / n;
}

function harmonic(n: number): number {
  if (n >= EXACT_BELOW) return Math.log(n) + EULER_MASCHERONI + 1 / (2 * n) - 1 / (12 * n * n);
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += 1 / i;
  return sum;
}
