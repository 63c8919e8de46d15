import { childrenOf, type FlameTree } from "./tree.ts";

/**
 * Boxes of a picture, row by row from the top. Those of row `r` are `rowFirst[r]` up to `rowFirst[r + 1]`; in a row they do not
 * overlap and are in order, so that what is in sight is found by halving. Places are in the profile's unit.
 */
export interface FlameLayout {
  /** From 0 to here. */
  readonly span: number;
  readonly rowFirst: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Of the tree that was laid out. */
  readonly node: Int32Array;
  /** The row from which callees go down; callers go up above it. 0 but in a sandwich. */
  readonly rootRow: number;
}

export function rowsOf({ rowFirst }: FlameLayout): number {
  return rowFirst.length - 1;
}

/** The heaviest first at every level, each node once: its box spans its total, and what it did itself is left free at its right. */
export function leftHeavy(tree: FlameTree): FlameLayout {
  const { first, list } = childrenOf(tree);
  const boxes = list.length;
  const start = new Float64Array(boxes);
  const end = new Float64Array(boxes);
  const node = new Int32Array(boxes);
  const rowFirst = [0];
  let made = 0;
  let span = 0;
  // A row from the row above it: the roots first, then all children of each box of a row.
  for (let at = first[0] as number; at < (first[1] as number); at++) {
    const one = list[at] as number;
    node[made] = one;
    start[made] = span;
    span += tree.total[one] as number;
    end[made++] = span;
  }
  for (let above = 0; made > above;) {
    rowFirst.push(made);
    const ended = made;
    for (; above < ended; above++) {
      const parent = node[above] as number;
      let place = start[above] as number;
      const limit = end[above] as number;
      const to = first[parent + 2] as number;
      for (let at = first[parent + 1] as number; at < to; at++) {
        const one = list[at] as number;
        node[made] = one;
        start[made] = place;
        // Sums of fractions may come out a hair beyond the parent.
        place = Math.min(place + (tree.total[one] as number), limit);
        end[made++] = place;
      }
    }
  }
  return { span, rowFirst: Int32Array.from(rowFirst), start, end, node, rootRow: 0 };
}

/** One above the other: callers going up from the middle, callees down. Nodes of the lower one come after those of the upper. */
export function stacked(upper: FlameLayout, lower: FlameLayout, upperNodes: number): FlameLayout {
  const up = rowsOf(upper);
  const boxes = upper.start.length + lower.start.length;
  const start = new Float64Array(boxes);
  const end = new Float64Array(boxes);
  const node = new Int32Array(boxes);
  const rowFirst = new Int32Array(up + rowsOf(lower) + 1);
  let made = 0;
  for (let row = 0; row < up; row++) {
    const from = upper.rowFirst[up - 1 - row] as number;
    const to = upper.rowFirst[up - row] as number;
    start.set(upper.start.subarray(from, to), made);
    end.set(upper.end.subarray(from, to), made);
    node.set(upper.node.subarray(from, to), made);
    made += to - from;
    rowFirst[row + 1] = made;
  }
  start.set(lower.start, made);
  end.set(lower.end, made);
  for (let at = 0; at < lower.node.length; at++) node[made + at] = (lower.node[at] as number) + upperNodes;
  for (let row = 1; row <= rowsOf(lower); row++) rowFirst[up + row] = made + (lower.rowFirst[row] as number);
  return { span: Math.max(upper.span, lower.span), rowFirst, start, end, node, rootRow: up };
}
