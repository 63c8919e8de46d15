import type { Profile } from "../profile.ts";
import type { FlameLayout } from "./layout.ts";
import { depthsOf } from "./tree.ts";

/** What a page's memory bears: 20 bytes each. */
export const MOST_BOXES = 8_000_000;

export interface TimeOrder {
  readonly layout: FlameLayout;
  /** Samples that one step of the picture stands for; above 1 the heaviest of them is drawn for all. */
  readonly samplesAStep: number;
}

/**
 * Samples side by side as they came; neighbours of one stack, or of the same lower part of it, share their boxes. A profile
 * whose stacks change more often than `mostBoxes` allows is drawn in steps of several samples.
 * @throws RangeError for a limit that is no whole number above 0
 */
export function timeOrder(profile: Profile, mostBoxes = MOST_BOXES): TimeOrder {
  if (!(Number.isInteger(mostBoxes) && mostBoxes > 0))
    throw new RangeError(`mostBoxes must be a whole number above 0, got ${mostBoxes}`);
  const depth = depthsOf(profile.nodeParent);
  let deepest = 0;
  for (const one of depth) if (one > deepest) deepest = one;
  for (let samplesAStep = 1; ; samplesAStep *= 2) {
    const { nodes, weights } = steps(profile, samplesAStep);
    const perRow = countBoxes(profile.nodeParent, depth, deepest, nodes, weights);
    let boxes = 0;
    for (const count of perRow) boxes += count;
    // One step cannot be coarser than the whole.
    if (boxes <= mostBoxes || nodes.length <= 1)
      return { layout: layOut(profile.nodeParent, depth, perRow, nodes, weights), samplesAStep };
  }
}

interface Steps {
  readonly nodes: Int32Array;
  readonly weights: Float64Array;
}

function steps({ sampleNode, sampleWeight }: Profile, size: number): Steps {
  if (size === 1) return { nodes: sampleNode, weights: sampleWeight };
  const count = Math.ceil(sampleNode.length / size);
  const nodes = new Int32Array(count);
  const weights = new Float64Array(count);
  for (let step = 0; step < count; step++) {
    let heaviest = -1;
    let sum = 0;
    const to = Math.min(sampleNode.length, (step + 1) * size);
    for (let at = step * size; at < to; at++) {
      const weight = sampleWeight[at] as number;
      sum += weight;
      if (weight > heaviest) {
        heaviest = weight;
        nodes[step] = sampleNode[at] as number;
      }
    }
    weights[step] = sum;
  }
  return { nodes, weights };
}

/**
 * Walks from each sample's node up to where it meets the stack of the sample before: only what has changed is visited.
 * @param opened node, its depth @param closed from which depth on the stack before has ended, and how deep it was
 */
function walk(
  nodeParent: Int32Array,
  depth: Int32Array,
  { nodes, weights }: Steps,
  stack: Int32Array,
  ended: (from: number, to: number, at: number) => void,
  opened: (depth: number, node: number, at: number) => void,
): number {
  let open = 0;
  let at = 0;
  for (let n = 0; n < nodes.length; n++) {
    const weight = weights[n] as number;
    if (weight === 0) continue;
    const top = nodes[n] as number;
    const height = top < 0 ? 0 : (depth[top] as number) + 1;
    // 1. Where the two stacks part, going up from the new top.
    let common = height;
    let node = top;
    while (common > 0 && (common > open || stack[common - 1] !== node)) {
      node = nodeParent[node] as number;
      common--;
    }
    // 2. What lies above that has ended; 3. what is new begins.
    if (open > common) ended(common, open, at);
    node = top;
    for (let level = height - 1; level >= common; level--) {
      stack[level] = node;
      opened(level, node, at);
      node = nodeParent[node] as number;
    }
    open = height;
    at += weight;
  }
  ended(0, open, at);
  return at;
}

function countBoxes(
  nodeParent: Int32Array,
  depth: Int32Array,
  deepest: number,
  nodes: Int32Array,
  weights: Float64Array,
): Int32Array {
  const perRow = new Int32Array(deepest + 1);
  const ignore = (): void => undefined;
  walk(nodeParent, depth, { nodes, weights }, new Int32Array(deepest + 1).fill(-1), ignore, (level) => {
    perRow[level] = (perRow[level] as number) + 1;
  });
  return perRow;
}

function layOut(
  nodeParent: Int32Array,
  depth: Int32Array,
  perRow: Int32Array,
  nodes: Int32Array,
  weights: Float64Array,
): FlameLayout {
  let rows = perRow.length;
  while (rows > 0 && perRow[rows - 1] === 0) rows--;
  const rowFirst = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) rowFirst[row + 1] = (rowFirst[row] as number) + (perRow[row] as number);
  const boxes = rowFirst[rows] as number;
  const start = new Float64Array(boxes);
  const end = new Float64Array(boxes);
  const node = new Int32Array(boxes);
  const next = rowFirst.slice(0, rows);
  const span = walk(
    nodeParent,
    depth,
    { nodes, weights },
    new Int32Array(perRow.length).fill(-1),
    (from, to, at) => {
      for (let level = from; level < to; level++) end[(next[level] as number) - 1] = at;
    },
    (level, one, at) => {
      const box = next[level] as number;
      next[level] = box + 1;
      start[box] = at;
      node[box] = one;
    },
  );
  return { span, rowFirst, start, end, node, rootRow: 0 };
}
