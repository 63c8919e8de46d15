import { nodeWeights, type Profile, ProfileBuilder } from "./profile.ts";

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

/**
 * One function with all that leads to it and all that it leads to. Both are profiles of the same unit whose only root is
 * that function; in `callers` the one above a node is what it calls. A function that calls itself is taken where it was
 * called first, so that no sample counts twice: both weigh the same.
 */
export interface Sandwich {
  readonly callers: Profile;
  readonly callees: Profile;
}

/**
 * @throws RangeError for a frame that is not there, or when the callers have more than `MOST_NODES` nodes, which only a tree
 *   that was made for it has
 */
export function sandwich(profile: Profile, frame: number): Sandwich {
  const { name, unit, frames, nodeFrame, nodeParent } = profile;
  if (!(Number.isInteger(frame) && frame >= 0 && frame < frames.length))
    throw new RangeError(`frame must be one of ${frames.length}, got ${frame}`);
  const { self, total } = nodeWeights(profile);
  const callers = new ProfileBuilder(name, unit, false);
  const callees = new ProfileBuilder(name, unit, false);
  const frameIn = (builder: ProfileBuilder, node: number): number =>
    builder.frame(frames[nodeFrame[node] as number] as (typeof frames)[number]);

  // The node of `callees` that each node below the function has become; −1: it is not below.
  const below = new Int32Array(nodeFrame.length).fill(-1);
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    const above = parent < 0 ? -1 : (below[parent] as number);
    if (above < 0 && nodeFrame[node] !== frame) continue;
    const own = callees.node(above, frameIn(callees, node));
    below[node] = own;
    if ((self[node] as number) > 0) callees.sample(own, self[node] as number);
    if (above >= 0) continue;
    // The first one on its path: all that leads here, upwards.
    let up = -1;
    for (let at = node; at >= 0; at = nodeParent[at] as number) up = callers.node(up, frameIn(callers, at));
    if ((total[node] as number) > 0) callers.sample(up, total[node] as number);
  }
  return { callers: callers.build(), callees: callees.build() };
}
