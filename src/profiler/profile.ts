/** A place in a program. */
export interface Frame {
  /** As the runtime says it; `(anonymous)` for a function without a name. */
  readonly name: string;
  /** Path or URL; `null` where there is none (native code, a process). Of the kernel: see `kernelFile`. */
  readonly file: string | null;
  /** From 1 on; `null` where it is not known. */
  readonly line: number | null;
  readonly column: number | null;
}

/** What a weight is: time on a processor or elapsed, bytes that are alive, or a plain count of samples. */
export type WeightUnit = "microseconds" | "bytes" | "count";

/**
 * A profile, whatever it came from: a calling-context tree and samples of it. Everything is in flat arrays and never changes
 * once it is built; sources on one side and views on the other know nothing of each other.
 */
export interface Profile {
  readonly name: string;
  readonly unit: WeightUnit;
  /** Each once. */
  readonly frames: readonly Frame[];
  /**
   * Nodes of the tree, one entry each: index of the frame, and of the node that called it (−1: a root). A node comes after its
   * parent, so that one pass from the end sums up totals without any recursion.
   */
  readonly nodeFrame: Int32Array;
  readonly nodeParent: Int32Array;
  /** Samples in order of time: the node that was on top (−1: nothing ran), and how much it counts, ≥ 0. */
  readonly sampleNode: Int32Array;
  readonly sampleWeight: Float64Array;
  /** When each sample began, in microseconds from the start; `null` where the order means nothing (heaps, folded stacks). */
  readonly sampleAtUs: Float64Array | null;
  /** Wall clock at its start, epoch ms; `null` where it is not told. */
  readonly startedAtMs: number | null;
}

/** Far beyond what is ever recorded, and below the 2^24 entries that a `Map` of V8 holds. */
export const MOST_NODES = 16_000_000;
export const MOST_SAMPLES = 100_000_000;

const KERNEL = "[kernel]";

/** Stands for the file of a function of the kernel, or of a module in it. */
export function kernelFile(module: string | null): string {
  return module === null ? KERNEL : `${KERNEL} ${module}`;
}

export function inKernel({ file }: Pick<Frame, "file">): boolean {
  return file === KERNEL || file?.startsWith(`${KERNEL} `) === true;
}

/**
 * Two frames are the same function when their keys are equal: name, file, line and column. Without the column two functions without
 * a name in one line, such as all of a minified file, would be one.
 */
export function frameKey({ name, file, line, column }: Frame): string {
  // With the length of the name, so that no two frames share one, whatever characters they have.
  return `${line ?? ""}|${column ?? ""}|${file === null ? "" : "f"}|${name.length}|${name}${file ?? ""}`;
}

/** Collects frames, nodes and samples, and hands out the profile once. */
export class ProfileBuilder {
  readonly #name: string;
  readonly #unit: WeightUnit;
  readonly #frames: Frame[] = [];
  readonly #frameIndex = new Map<string, number>();
  readonly #nodeFrame = new IntColumn();
  readonly #nodeParent = new IntColumn();
  readonly #children = new Map<number, number>();
  readonly #sampleNode = new IntColumn();
  readonly #sampleWeight = new FloatColumn();
  readonly #sampleAtUs: FloatColumn | null;
  #built = false;

  /** @param ordered samples have times */
  constructor(name: string, unit: WeightUnit, ordered: boolean) {
    this.#name = name;
    this.#unit = unit;
    this.#sampleAtUs = ordered ? new FloatColumn() : null;
  }

  get nodes(): number {
    return this.#nodeFrame.length;
  }

  /** Whether its samples have times. */
  get ordered(): boolean {
    return this.#sampleAtUs !== null;
  }

  /** Index of this frame; equal ones are one. */
  frame({ name, file, line, column }: Frame): number {
    const key = frameKey({ name, file, line, column });
    const known = this.#frameIndex.get(key);
    if (known !== undefined) return known;
    const index = this.#frames.push({ name, file, line, column }) - 1;
    this.#frameIndex.set(key, index);
    return index;
  }

  /**
   * The node of a frame called by another node (−1: a root); the same for the same call.
   * @throws RangeError for a parent or a frame that is not there, or too many nodes
   */
  node(parent: number, frame: number): number {
    if (!(Number.isInteger(parent) && parent >= -1 && parent < this.nodes))
      throw new RangeError(`parent must be −1 or a node, got ${parent}`);
    if (!(Number.isInteger(frame) && frame >= 0 && frame < this.#frames.length))
      throw new RangeError(`frame must be one of ${this.#frames.length}, got ${frame}`);
    // Both below 2^26 or so: one exact number for the pair.
    const key = (parent + 1) * 67_108_864 + frame;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    if (this.nodes >= MOST_NODES) throw new RangeError(`a profile must have at most ${MOST_NODES} nodes`);
    const index = this.nodes;
    this.#nodeFrame.push(frame);
    this.#nodeParent.push(parent);
    this.#children.set(key, index);
    return index;
  }

  /** @throws RangeError for a node that is not there, a weight below 0 or no number, or a missing or needless time */
  sample(node: number, weight: number, atUs?: number): void {
    if (!(Number.isInteger(node) && node >= -1 && node < this.nodes))
      throw new RangeError(`node must be −1 or a node, got ${node}`);
    if (!(weight >= 0 && Number.isFinite(weight))) throw new RangeError(`weight must be finite and ≥ 0, got ${weight}`);
    if ((atUs === undefined) !== (this.#sampleAtUs === null))
      throw new RangeError(
        `atUs must ${atUs === undefined ? "be given" : "not be given"} for a sample of this profile`,
      );
    if (atUs !== undefined && !Number.isFinite(atUs)) throw new RangeError(`atUs must be finite, got ${atUs}`);
    if (this.#sampleNode.length >= MOST_SAMPLES)
      throw new RangeError(`a profile must have at most ${MOST_SAMPLES} samples`);
    this.#sampleNode.push(node);
    this.#sampleWeight.push(weight);
    if (atUs !== undefined) this.#sampleAtUs?.push(atUs);
  }

  /** @throws Error when it is built twice */
  build(startedAtMs: number | null = null): Profile {
    if (this.#built) throw new Error("a profile is built once");
    this.#built = true;
    return Object.freeze({
      ...{ name: this.#name, unit: this.#unit, startedAtMs },
      frames: Object.freeze(this.#frames),
      nodeFrame: this.#nodeFrame.taken(),
      nodeParent: this.#nodeParent.taken(),
      sampleNode: this.#sampleNode.taken(),
      sampleWeight: this.#sampleWeight.taken(),
      sampleAtUs: this.#sampleAtUs?.taken() ?? null,
    });
  }
}

/** What each node weighs by itself, and with all below it. */
export interface NodeWeights {
  readonly self: Float64Array;
  readonly total: Float64Array;
  /** Of all samples in which something ran. */
  readonly all: number;
}

/** One pass over the samples and one over the nodes from the end: a node comes after its parent. */
export function nodeWeights({ nodeParent, sampleNode, sampleWeight }: Profile): NodeWeights {
  const self = new Float64Array(nodeParent.length);
  let all = 0;
  for (let n = 0; n < sampleNode.length; n++) {
    const node = sampleNode[n] as number;
    if (node < 0) continue;
    self[node] = (self[node] as number) + (sampleWeight[n] as number);
    all += sampleWeight[n] as number;
  }
  const total = self.slice();
  for (let node = nodeParent.length - 1; node >= 0; node--) {
    const parent = nodeParent[node] as number;
    if (parent >= 0) total[parent] = (total[parent] as number) + (total[node] as number);
  }
  return { self, total, all };
}

class IntColumn {
  #values = new Int32Array(1_024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }

  taken(): Int32Array {
    return this.#values.slice(0, this.length);
  }
}

class FloatColumn {
  #values = new Float64Array(1_024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }

  taken(): Float64Array {
    return this.#values.slice(0, this.length);
  }
}
