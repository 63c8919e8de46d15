import type { Rng } from "../../src/engine/common/rng.ts";

/** A node of a tree: a leaf (one or more equal points) or a cut. The box is of all points below. */
interface Node {
  parent: Branch | null;
  size: number;
  readonly least: number[];
  readonly most: number[];
}
interface Leaf extends Node {
  readonly kind: "leaf";
}
interface Branch extends Node {
  readonly kind: "branch";
  readonly dimension: number;
  readonly cut: number;
  left: Leaf | Branch;
  right: Leaf | Branch;
}

/**
 * Robust random cut forest over a stream (Guha, Mishra, Roy & Schrijvers 2016, "Robust Random Cut Forest Based Anomaly
 * Detection on Streams", ICML), plain: the last `treeSize` shingles in every tree, scored by collusive displacement. A peer
 * to compare with; nothing of the product uses it.
 */
export function randomCutForestScores(
  values: ArrayLike<number>,
  options: { readonly trees: number; readonly treeSize: number; readonly shingle: number; readonly rng: Rng },
): Float64Array {
  const { trees, treeSize, shingle, rng } = options;
  const forest = Array.from({ length: trees }, () => new Tree(rng));
  const scores = new Float64Array(values.length);
  for (let t = 0; t < values.length; t++) {
    const point = Array.from({ length: shingle }, (_, k) => values[Math.max(0, t - shingle + 1 + k)] as number);
    let sum = 0;
    for (const tree of forest) {
      if (tree.count >= treeSize) tree.forgetOldest();
      sum += tree.insert(point);
    }
    scores[t] = sum / trees;
  }
  return scores;
}

class Tree {
  readonly #rng: Rng;
  readonly #leaves: Leaf[] = [];
  #root: Leaf | Branch | null = null;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  get count(): number {
    return this.#leaves.length;
  }

  /** @returns the point's collusive displacement */
  insert(point: readonly number[]): number {
    const leaf = this.#place(point);
    this.#leaves.push(leaf);
    let worst = 0;
    for (let node: Leaf | Branch = leaf; node.parent !== null; node = node.parent) {
      const sibling: Node = node.parent.left === node ? node.parent.right : node.parent.left;
      worst = Math.max(worst, sibling.size / node.size);
    }
    return worst;
  }

  forgetOldest(): void {
    const leaf = this.#leaves.shift();
    if (leaf === undefined) return;
    let above = leaf.parent;
    if (leaf.size > 1) {
      leaf.size--;
    } else if (above === null) {
      this.#root = null;
    } else {
      const sibling = above.left === leaf ? above.right : above.left;
      this.#replace(above, sibling);
      above = above.parent;
    }
    for (; above !== null; above = above.parent) {
      above.size--;
      for (let d = 0; d < above.least.length; d++) {
        above.least[d] = Math.min(above.left.least[d] as number, above.right.least[d] as number);
        above.most[d] = Math.max(above.left.most[d] as number, above.right.most[d] as number);
      }
    }
  }

  #place(point: readonly number[]): Leaf {
    const fresh = (): Leaf => ({ kind: "leaf", parent: null, size: 1, least: [...point], most: [...point] });
    if (this.#root === null) {
      const leaf = fresh();
      this.#root = leaf;
      return leaf;
    }
    let node: Leaf | Branch = this.#root;
    for (;;) {
      if (node.kind === "leaf" && point.every((x, d) => x === node.least[d])) {
        for (let at: Leaf | Branch | null = node; at !== null; at = at.parent) at.size++;
        return node;
      }
      const { dimension, cut } = this.#cut(node, point);
      const isLeft = (point[dimension] as number) <= cut;
      // The cut parts the point from everything below: here it goes.
      if (isLeft ? cut < (node.least[dimension] as number) : cut >= (node.most[dimension] as number)) {
        const leaf = fresh();
        const branch: Branch = {
          kind: "branch",
          parent: null,
          size: node.size,
          least: [...node.least],
          most: [...node.most],
          dimension,
          cut,
          left: isLeft ? leaf : node,
          right: isLeft ? node : leaf,
        };
        this.#replace(node, branch);
        node.parent = branch;
        leaf.parent = branch;
        for (let at: Branch | null = branch; at !== null; at = at.parent) {
          at.size++;
          for (let d = 0; d < point.length; d++) {
            at.least[d] = Math.min(at.least[d] as number, point[d] as number);
            at.most[d] = Math.max(at.most[d] as number, point[d] as number);
          }
        }
        return leaf;
      }
      // A leaf's box is a point, which any cut within the widened box parts from another one.
      if (node.kind === "leaf") continue;
      node = (point[node.dimension] as number) <= node.cut ? node.left : node.right;
    }
  }

  /** Uniform over the box that holds the node and the point; a dimension as likely as it is long. */
  #cut(node: Node, point: readonly number[]): { dimension: number; cut: number } {
    let length = 0;
    for (let d = 0; d < point.length; d++) length += this.#side(node, point, d);
    let at = this.#rng() * length;
    for (let d = 0; d < point.length; d++) {
      const side = this.#side(node, point, d);
      if (at < side || d === point.length - 1)
        return { dimension: d, cut: Math.min(node.least[d] as number, point[d] as number) + Math.min(at, side) };
      at -= side;
    }
    throw new RangeError("a point must have a dimension");
  }

  #side(node: Node, point: readonly number[], d: number): number {
    return Math.max(node.most[d] as number, point[d] as number) - Math.min(node.least[d] as number, point[d] as number);
  }

  #replace(old: Leaf | Branch, by: Leaf | Branch): void {
    const { parent } = old;
    by.parent = parent;
    if (parent === null) this.#root = by;
    else if (parent.left === old) parent.left = by;
    else parent.right = by;
  }
}
