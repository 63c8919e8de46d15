import type { FlameTree } from "./tree.ts";

/** What each frame weighs wherever it is called from. */
export interface FrameWeights {
  readonly self: Float64Array;
  /** A frame that calls itself counts once: never more than there was. */
  readonly total: Float64Array;
}

/** One walk down and up through the tree, without recursion: counts how often each frame is on the stack. */
export function frameWeights({ nodeFrame, nodeParent, self, total }: FlameTree, frameCount: number): FrameWeights {
  const frameSelf = new Float64Array(frameCount);
  const frameTotal = new Float64Array(frameCount);
  const nodes = nodeFrame.length;
  // 1. First child and next sibling of each node.
  const child = new Int32Array(nodes).fill(-1);
  const sibling = new Int32Array(nodes).fill(-1);
  let root = -1;
  for (let node = nodes - 1; node >= 0; node--) {
    const parent = nodeParent[node] as number;
    sibling[node] = parent < 0 ? root : (child[parent] as number);
    if (parent < 0) root = node;
    else child[parent] = node;
  }
  // 2. Down to the first child, or on to the next sibling of the nearest one that has one.
  const onStack = new Int32Array(frameCount);
  let node = root;
  while (node >= 0) {
    const frame = nodeFrame[node] as number;
    frameSelf[frame] = (frameSelf[frame] as number) + (self[node] as number);
    if (onStack[frame] === 0) frameTotal[frame] = (frameTotal[frame] as number) + (total[node] as number);
    onStack[frame] = (onStack[frame] as number) + 1;
    if ((child[node] as number) >= 0) {
      node = child[node] as number;
      continue;
    }
    while (node >= 0) {
      const left = nodeFrame[node] as number;
      onStack[left] = (onStack[left] as number) - 1;
      if ((sibling[node] as number) >= 0) break;
      node = nodeParent[node] as number;
    }
    if (node >= 0) node = sibling[node] as number;
  }
  return { self: frameSelf, total: frameTotal };
}

/** Frames by what they did themselves, the hottest first; those that weigh nothing at all are left out. */
export function hottest({ self, total }: FrameWeights, most = Infinity): number[] {
  const frames: number[] = [];
  for (let frame = 0; frame < self.length; frame++) if ((total[frame] as number) > 0) frames.push(frame);
  frames.sort(
    (a, b) => (self[b] as number) - (self[a] as number) || (total[b] as number) - (total[a] as number) || a - b,
  );
  return frames.length > most ? frames.slice(0, most) : frames;
}
