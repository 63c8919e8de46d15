import { type FlameLayout, leftHeavy, stacked } from "./layout.ts";
import { type FlameTree, TreeBuilder } from "./tree.ts";

/** A function that is called from everywhere has as many callers as the whole tree has nodes, and each at every depth. */
export const MOST_CALLERS = 1_000_000;

export interface Sandwich {
  /** The nodes of `callers`, then those of `callees`. */
  readonly tree: FlameTree;
  readonly layout: FlameLayout;
  readonly callerNodes: number;
  /** Callers further up than shown were left out, because there were more than `mostCallers`. */
  readonly isCut: boolean;
}

/**
 * All that calls a frame, going up, and all it calls, going down. Of a frame that calls itself only the outermost call counts,
 * so that its total is no more than there was.
 * @throws RangeError for a frame that is not there
 */
export function sandwich(tree: FlameTree, frameCount: number, frame: number, mostCallers = MOST_CALLERS): Sandwich {
  if (!(Number.isInteger(frame) && frame >= 0 && frame < frameCount))
    throw new RangeError(`frame must be one of ${frameCount}, got ${frame}`);
  const { nodeFrame, nodeParent, self, total } = tree;
  const callees = new TreeBuilder(frameCount);
  const callers = new TreeBuilder(frameCount);
  const below = new Int32Array(nodeParent.length).fill(-1);
  let isCut = false;
  for (let node = 0; node < nodeParent.length; node++) {
    const parent = nodeParent[node] as number;
    const inside = parent < 0 ? -1 : (below[parent] as number);
    if (inside < 0 && nodeFrame[node] !== frame) continue;
    const mine = callees.child(inside, nodeFrame[node] as number);
    below[node] = mine;
    callees.add(mine, self[node] as number);
    if (inside >= 0) continue;
    // An outermost call: its weight goes to the end of the chain of its callers.
    let at = -1;
    for (let up = node; up >= 0; up = nodeParent[up] as number) {
      if (callers.nodes >= mostCallers) {
        isCut = true;
        break;
      }
      at = callers.child(at, nodeFrame[up] as number);
    }
    if (at >= 0) callers.add(at, total[node] as number);
  }
  const up = callers.build();
  const down = callees.build();
  const layout = stacked(withoutRoot(leftHeavy(up)), leftHeavy(down), up.nodeFrame.length);
  return { tree: joined(up, down), layout, callerNodes: up.nodeFrame.length, isCut };
}

/** The frame itself is in the middle once. */
function withoutRoot(layout: FlameLayout): FlameLayout {
  const { rowFirst, start, end, node } = layout;
  const roots = rowFirst[1];
  if (roots === undefined) return layout;
  return {
    ...layout,
    rowFirst: rowFirst.subarray(1).map((at) => at - roots),
    start: start.subarray(roots),
    end: end.subarray(roots),
    node: node.subarray(roots),
  };
}

function joined(upper: FlameTree, lower: FlameTree): FlameTree {
  const offset = upper.nodeFrame.length;
  const two = <A extends Int32Array | Float64Array>(into: A, one: A, other: A): A => {
    into.set(one);
    into.set(other, offset);
    return into;
  };
  const nodes = offset + lower.nodeFrame.length;
  const lowerParent = lower.nodeParent.map((parent) => (parent < 0 ? -1 : parent + offset));
  return {
    nodeFrame: two(new Int32Array(nodes), upper.nodeFrame, lower.nodeFrame),
    nodeParent: two(new Int32Array(nodes), upper.nodeParent, lowerParent),
    self: two(new Float64Array(nodes), upper.self, lower.self),
    total: two(new Float64Array(nodes), upper.total, lower.total),
    all: lower.all,
  };
}
