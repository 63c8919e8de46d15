import { nodeWeights, type Profile } from "../profile.ts";

/** A calling-context tree with its weights: of a whole profile, or of what was made of one. A node comes after its parent. */
export interface FlameTree {
  readonly nodeFrame: Int32Array;
  /** −1: a root. */
  readonly nodeParent: Int32Array;
  readonly self: Float64Array;
  readonly total: Float64Array;
  /** Of all roots together. */
  readonly all: number;
}

/** Children of each node in the order of their weight: `list` from `first[node + 1]` on, up to `first[node + 2]`; node −1 has the roots. */
export interface Children {
  readonly first: Int32Array;
  readonly list: Int32Array;
}

export function treeOf(profile: Profile): FlameTree {
  const { nodeFrame, nodeParent } = profile;
  return { nodeFrame, nodeParent, ...nodeWeights(profile) };
}

/** Totals of self weights, in one pass from the end. */
export function totalsOf(nodeParent: Int32Array, self: Float64Array): { readonly total: Float64Array; all: number } {
  const total = self.slice();
  let all = 0;
  for (let node = nodeParent.length - 1; node >= 0; node--) {
    const parent = nodeParent[node] as number;
    if (parent >= 0) total[parent] = (total[parent] as number) + (total[node] as number);
    else all += total[node] as number;
  }
  return { total, all };
}

/** Roots are at 0. */
export function depthsOf(nodeParent: Int32Array): Int32Array {
  const depth = new Int32Array(nodeParent.length);
  for (let node = 0; node < nodeParent.length; node++) {
    const parent = nodeParent[node] as number;
    if (parent >= 0) depth[node] = (depth[parent] as number) + 1;
  }
  return depth;
}

/** The heaviest child first; of equal ones the one that was met first. Nodes that weigh nothing are left out. */
export function childrenOf({ nodeParent, total }: FlameTree): Children {
  // 1. How many each has; 2. where each one's begin; 3. put them there in the order of nodes; 4. sort each one's.
  const nodes = nodeParent.length;
  const first = new Int32Array(nodes + 2);
  for (let node = 0; node < nodes; node++) {
    if ((total[node] as number) <= 0) continue;
    const at = (nodeParent[node] as number) + 2;
    first[at] = (first[at] as number) + 1;
  }
  for (let at = 1; at < first.length; at++) first[at] = (first[at] as number) + (first[at - 1] as number);
  const next = first.slice();
  const list = new Int32Array(first[nodes + 1] as number);
  for (let node = 0; node < nodes; node++) {
    if ((total[node] as number) <= 0) continue;
    const at = (nodeParent[node] as number) + 1;
    const place = next[at] as number;
    next[at] = place + 1;
    list[place] = node;
  }
  const heavier = (a: number, b: number): number => (total[b] as number) - (total[a] as number) || a - b;
  for (let at = 0; at <= nodes; at++) {
    const from = first[at] as number;
    const to = first[at + 1] as number;
    if (to - from > 1) list.subarray(from, to).sort(heavier);
  }
  return { first, list };
}

/** From a node up to its root. */
export function stackOf(nodeParent: Int32Array, node: number): number[] {
  const stack: number[] = [];
  for (let at = node; at >= 0; at = nodeParent[at] as number) stack.push(at);
  return stack;
}

/** Grows a tree whose nodes are found by parent and frame. */
export class TreeBuilder {
  readonly #frames: number[] = [];
  readonly #parents: number[] = [];
  readonly #self: number[] = [];
  readonly #known = new Map<number, number>();
  readonly #frameCount: number;

  /** @throws RangeError for more frames than a pair of them fits an exact number */
  constructor(frameCount: number) {
    if (!(Number.isInteger(frameCount) && frameCount >= 0 && frameCount < 2 ** 26))
      throw new RangeError(`frameCount must be a whole number below 2^26, got ${frameCount}`);
    this.#frameCount = frameCount;
  }

  get nodes(): number {
    return this.#frames.length;
  }

  child(parent: number, frame: number): number {
    const key = (parent + 1) * this.#frameCount + frame;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#frames.push(frame) - 1;
    this.#parents.push(parent);
    this.#self.push(0);
    this.#known.set(key, made);
    return made;
  }

  add(node: number, weight: number): void {
    this.#self[node] = (this.#self[node] as number) + weight;
  }

  build(): FlameTree {
    const nodeParent = Int32Array.from(this.#parents);
    const self = Float64Array.from(this.#self);
    return { nodeFrame: Int32Array.from(this.#frames), nodeParent, self, ...totalsOf(nodeParent, self) };
  }
}
