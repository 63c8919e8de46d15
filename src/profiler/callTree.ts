/** The children of each node as a chain: the first of it, and the next of the same parent; −1 ends it. */
export interface Children {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

/** @param nodeParent of each node; −1: a root */
export function childrenOf(nodeParent: Int32Array): Children {
  const first = new Int32Array(nodeParent.length).fill(-1);
  const next = new Int32Array(nodeParent.length).fill(-1);
  for (let node = nodeParent.length - 1; node >= 0; node--) {
    const parent = nodeParent[node] as number;
    if (parent < 0) continue;
    next[node] = first[parent] as number;
    first[parent] = node;
  }
  return { first, next };
}
