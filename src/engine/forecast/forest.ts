import { createRng, type Rng } from "../common/rng.ts";
import { type ForestJson, soundForest } from "./forestJson.ts";

/** Feature values are told apart by their quantiles: more bins cost time and hardly move a split. */
const BINS = 32;

export interface ForestOptions {
  readonly trees: number;
  readonly seed: number;
  /** Fewest rows of a leaf: one number for all trees, or several that they take in turn. */
  readonly leastLeaf: number | readonly number[];
  /** Features tried at each split; a third of them when left out (Breiman 2001, for regression). */
  readonly tried?: number;
  readonly maxDepth?: number;
  /** What a leaf says of its rows: the median is right for absolute errors and deaf to spikes. */
  readonly leaf: "mean" | "median";
}

/** Rows of features and what came with them, row by row. */
export interface Samples {
  readonly rows: number;
  /** `rows × width`. */
  readonly features: Float64Array;
  readonly width: number;
  /** `rows × outputs`. */
  readonly targets: Float64Array;
  readonly outputs: number;
}

/** Nodes of one tree, by index; children follow their parent. */
interface Tree {
  /** Feature of the split; −1 for a leaf. */
  readonly feature: Int16Array;
  /** Left when the feature is at most this. */
  readonly threshold: Float64Array;
  /** Index of the left child, the right one is the next; of a leaf, its place in `values`. */
  readonly child: Int32Array;
  /** `leaves × outputs`. */
  readonly values: Float64Array;
}

/**
 * Random forest for regression (Breiman 2001) with several outputs at once: bootstrap rows, a random share of the features
 * at each split, the split that lowers the summed variance of all outputs most. Splits lie between quantile bins, found by
 * histograms, so that a fit grows with `rows · tried · depth` instead of being sorted at every node.
 */
export class Forest {
  readonly #trees: readonly Tree[];
  readonly outputs: number;
  readonly width: number;

  private constructor(trees: readonly Tree[], outputs: number, width: number) {
    this.#trees = trees;
    this.outputs = outputs;
    this.width = width;
  }

  /** @throws RangeError for no rows, for sizes that do not fit, or for options outside their range */
  static fit(samples: Samples, options: ForestOptions): Forest {
    const { rows, width, outputs, features, targets } = samples;
    if (!(rows >= 1)) throw new RangeError(`rows must be ≥ 1, got ${rows}`);
    if (features.length !== rows * width)
      throw new RangeError(`features must be ${rows} × ${width}, got ${features.length}`);
    if (targets.length !== rows * outputs)
      throw new RangeError(`targets must be ${rows} × ${outputs}, got ${targets.length}`);
    if (!(options.trees >= 1)) throw new RangeError(`trees must be ≥ 1, got ${options.trees}`);
    const leaves = [options.leastLeaf].flat();
    if (leaves.length === 0 || !leaves.every((leaf) => leaf >= 1))
      throw new RangeError(`leastLeaf must be ≥ 1, got ${leaves}`);
    const rng = createRng(options.seed);
    const binned = toBins(samples);
    const growers = leaves.map((leaf) => new Grower(samples, binned, { ...options, leastLeaf: leaf }, rng));
    const trees = Array.from({ length: options.trees }, (_, i) => (growers[i % growers.length] as Grower).grow());
    return new Forest(trees, outputs, width);
  }

  /** @throws RangeError for what is no forest */
  static fromJSON(json: ForestJson): Forest {
    const { outputs, width, trees: kept } = soundForest(json);
    const trees = kept.map(({ feature, threshold, child, values }): Tree => ({
      feature: Int16Array.from(feature),
      threshold: Float64Array.from(threshold),
      child: Int32Array.from(child),
      values: Float64Array.from(values),
    }));
    return new Forest(trees, outputs, width);
  }

  /** Mean over the trees of what their leaves say. @param row `width` features */
  predict(row: ArrayLike<number>): Float64Array {
    const out = new Float64Array(this.outputs);
    for (const { feature, threshold, child, values } of this.#trees) {
      let node = 0;
      while ((feature[node] as number) >= 0) {
        const goesLeft = (row[feature[node] as number] as number) <= (threshold[node] as number);
        node = (child[node] as number) + (goesLeft ? 0 : 1);
      }
      const from = (child[node] as number) * this.outputs;
      for (let k = 0; k < this.outputs; k++) out[k] = (out[k] as number) + (values[from + k] as number);
    }
    for (let k = 0; k < this.outputs; k++) out[k] = (out[k] as number) / this.#trees.length;
    return out;
  }

  toJSON(): ForestJson {
    return {
      outputs: this.outputs,
      width: this.width,
      trees: this.#trees.map(({ feature, threshold, child, values }) => ({
        feature: [...feature],
        threshold: [...threshold],
        child: [...child],
        values: [...values],
      })),
    };
  }
}

interface Binned {
  /** Bin of each value, feature by feature: `width × rows`. */
  readonly bins: Uint8Array;
  /** Upper edges: value ≤ `edges[f][b]` ⇔ bin ≤ b. */
  readonly edges: readonly Float64Array[];
}

function toBins({ rows, width, features }: Samples): Binned {
  const bins = new Uint8Array(width * rows);
  const edges: Float64Array[] = [];
  const column = new Float64Array(rows);
  for (let f = 0; f < width; f++) {
    for (let row = 0; row < rows; row++) column[row] = features[row * width + f] as number;
    const sorted = column.toSorted();
    const own: number[] = [];
    for (let b = 1; b < BINS; b++) {
      const at = Math.floor((b * rows) / BINS);
      const lower = sorted[Math.max(0, at - 1)] as number;
      const upper = sorted[at] as number;
      // Between two different values, so that a threshold never rests on the last digit of one.
      const edge = lower + (upper - lower) / 2;
      if (upper > lower && edge > (own.at(-1) ?? Number.NEGATIVE_INFINITY)) own.push(edge);
    }
    // Few different values: every gap between them is an edge, wherever the quantiles fall.
    if (own.length < BINS / 2) {
      const distinct = firstDistinct(sorted, BINS);
      if (distinct !== null) {
        own.length = 0;
        for (let i = 1; i < distinct.length; i++)
          own.push((distinct[i - 1] as number) + ((distinct[i] as number) - (distinct[i - 1] as number)) / 2);
      }
    }
    const limits = Float64Array.from(own);
    edges.push(limits);
    for (let row = 0; row < rows; row++) {
      const value = column[row] as number;
      let low = 0;
      let high = limits.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (value <= (limits[middle] as number)) high = middle;
        else low = middle + 1;
      }
      bins[f * rows + row] = low;
    }
  }
  return { bins, edges };
}

/** The different values of a sorted column; `null` when there are more than `most`. */
function firstDistinct(sorted: Float64Array, most: number): number[] | null {
  const out: number[] = [];
  for (const value of sorted) {
    if (out.length > 0 && out.at(-1) === value) continue;
    if (out.push(value) > most) return null;
  }
  return out;
}

type GrowerOptions = Omit<ForestOptions, "leastLeaf"> & { readonly leastLeaf: number };

/** Grows trees; iterative, since depth follows the data. */
class Grower {
  readonly #samples: Samples;
  readonly #binned: Binned;
  readonly #options: GrowerOptions;
  readonly #rng: Rng;
  readonly #tried: number;
  readonly #order: Int32Array;
  readonly #counts = new Int32Array(BINS);
  readonly #sums: Float64Array;
  readonly #left: Float64Array;
  readonly #total: Float64Array;

  constructor(samples: Samples, binned: Binned, options: GrowerOptions, rng: Rng) {
    const { width, outputs } = samples;
    this.#samples = samples;
    this.#binned = binned;
    this.#options = options;
    this.#rng = rng;
    this.#tried = Math.min(width, options.tried ?? Math.max(1, Math.round(width / 3)));
    this.#order = Int32Array.from({ length: width }, (_, f) => f);
    this.#sums = new Float64Array(BINS * outputs);
    this.#left = new Float64Array(outputs);
    this.#total = new Float64Array(outputs);
  }

  grow(): Tree {
    const { rows, outputs } = this.#samples;
    const { leastLeaf, maxDepth = 24 } = this.#options;
    const bag = Int32Array.from({ length: rows }, () => Math.floor(this.#rng() * rows));
    const feature: number[] = [-1];
    const threshold: number[] = [0];
    const child: number[] = [0];
    const values: number[] = [];
    const open = [{ node: 0, from: 0, to: rows, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, from, to, depth } = next;
      const split = to - from >= 2 * leastLeaf && depth < maxDepth ? this.#split(bag, from, to) : null;
      if (split === null) {
        child[node] = values.length / outputs;
        this.#leaf(bag, from, to, values);
        continue;
      }
      const middle = this.#partition(bag, from, to, split.feature, split.bin);
      feature[node] = split.feature;
      threshold[node] = this.#binned.edges[split.feature]?.[split.bin] as number;
      child[node] = feature.length;
      feature.push(-1, -1);
      threshold.push(0, 0);
      child.push(0, 0);
      const left = child[node] as number;
      open.push({ node: left, from, to: middle, depth: depth + 1 });
      open.push({ node: left + 1, from: middle, to, depth: depth + 1 });
    }
    return {
      feature: Int16Array.from(feature),
      threshold: Float64Array.from(threshold),
      child: Int32Array.from(child),
      values: Float64Array.from(values),
    };
  }

  /** The best split of the rows of a node, `null` when none lowers the variance. */
  #split(bag: Int32Array, from: number, to: number): { feature: number; bin: number } | null {
    const { rows, width, outputs, targets } = this.#samples;
    const { bins, edges } = this.#binned;
    const { leastLeaf } = this.#options;
    const n = to - from;
    const total = this.#total.fill(0);
    let squares = 0;
    for (let i = from; i < to; i++) {
      const at = (bag[i] as number) * outputs;
      for (let k = 0; k < outputs; k++) {
        const value = targets[at + k] as number;
        total[k] = (total[k] as number) + value;
        squares += value * value;
      }
    }
    let whole = 0;
    for (let k = 0; k < outputs; k++) whole += (total[k] as number) ** 2 / n;
    // Nothing but rounding varies here.
    if (squares - whole <= 1e-12 * squares) return null;
    let best: { feature: number; bin: number; gain: number } | null = null;
    for (let t = 0; t < this.#tried; t++) {
      // The first `tried` places of a Fisher-Yates shuffle.
      const pick = t + Math.floor(this.#rng() * (width - t));
      const f = this.#order[pick] as number;
      this.#order[pick] = this.#order[t] as number;
      this.#order[t] = f;
      const limits = edges[f] as Float64Array;
      if (limits.length === 0) continue;
      const counts = this.#counts.fill(0);
      const sums = this.#sums.fill(0);
      const base = f * rows;
      for (let i = from; i < to; i++) {
        const row = bag[i] as number;
        const bin = bins[base + row] as number;
        counts[bin] = (counts[bin] as number) + 1;
        const at = row * outputs;
        const into = bin * outputs;
        for (let k = 0; k < outputs; k++) sums[into + k] = (sums[into + k] as number) + (targets[at + k] as number);
      }
      const left = this.#left.fill(0);
      let count = 0;
      for (let bin = 0; bin < limits.length; bin++) {
        count += counts[bin] as number;
        for (let k = 0; k < outputs; k++) left[k] = (left[k] as number) + (sums[bin * outputs + k] as number);
        if (count < leastLeaf) continue;
        if (n - count < leastLeaf) break;
        let gain = -whole;
        for (let k = 0; k < outputs; k++) {
          const l = left[k] as number;
          const r = (total[k] as number) - l;
          gain += (l * l) / count + (r * r) / (n - count);
        }
        if (gain > 1e-12 * squares && (best === null || gain > best.gain)) best = { feature: f, bin, gain };
      }
    }
    return best;
  }

  /** Rows of the left child to the front. @returns where the right ones begin */
  #partition(bag: Int32Array, from: number, to: number, f: number, bin: number): number {
    const { rows } = this.#samples;
    let left = from;
    let right = to - 1;
    while (left <= right) {
      const row = bag[left] as number;
      if ((this.#binned.bins[f * rows + row] as number) <= bin) left++;
      else {
        bag[left] = bag[right] as number;
        bag[right--] = row;
      }
    }
    return left;
  }

  #leaf(bag: Int32Array, from: number, to: number, values: number[]): void {
    const { outputs, targets } = this.#samples;
    const n = to - from;
    const column = new Float64Array(n);
    for (let k = 0; k < outputs; k++) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const value = targets[(bag[from + i] as number) * outputs + k] as number;
        column[i] = value;
        sum += value;
      }
      if (this.#options.leaf === "mean") values.push(sum / n);
      else {
        column.sort();
        const upper = column[n >> 1] as number;
        values.push(n % 2 === 1 ? upper : ((column[(n >> 1) - 1] as number) + upper) / 2);
      }
    }
  }
}
