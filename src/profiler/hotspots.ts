import type { HotSpot } from "../engine/protocol/profiling.ts";
import { nodeWeights, type Profile } from "./profile.ts";

/**
 * The functions of a profile by their own share, the most first. A function's total counts a sample once, however often it
 * stands on the stack: a node below another one of its frame adds nothing to it.
 * @param most how many, at the most
 * @param leftOut frames that are none of the program's, such as `(program)`
 */
export function hotspots(profile: Profile, most: number, leftOut: (name: string) => boolean = () => false): HotSpot[] {
  if (!(Number.isInteger(most) && most > 0)) throw new RangeError(`most must be an integer > 0, got ${most}`);
  const { frames, nodeFrame, nodeParent } = profile;
  const { self, total, all } = nodeWeights(profile);
  if (all === 0) return [];
  const ownOf = new Float64Array(frames.length);
  const totalOf = new Float64Array(frames.length);
  // 1. Children of each node as a list, so that the tree is walked without recursion.
  const firstChild = new Int32Array(nodeFrame.length).fill(-1);
  const nextSibling = new Int32Array(nodeFrame.length).fill(-1);
  const open: number[] = [];
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    if (parent < 0) open.push(node);
    else {
      nextSibling[node] = firstChild[parent] as number;
      firstChild[parent] = node;
    }
  }
  // 2. Down and up again; `~node` is the way up. Only the outermost node of a frame on the way adds to its total.
  const onWay = new Int32Array(frames.length);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const frame = nodeFrame[next < 0 ? ~next : next] as number;
    if (next < 0) {
      onWay[frame] = (onWay[frame] as number) - 1;
      continue;
    }
    ownOf[frame] = (ownOf[frame] as number) + (self[next] as number);
    if (onWay[frame] === 0) totalOf[frame] = (totalOf[frame] as number) + (total[next] as number);
    onWay[frame] = (onWay[frame] as number) + 1;
    open.push(~next);
    for (let child = firstChild[next] as number; child >= 0; child = nextSibling[child] as number) open.push(child);
  }
  return frames
    .map((frame, index) => ({
      ...frame,
      selfRatio: (ownOf[index] as number) / all,
      totalRatio: (totalOf[index] as number) / all,
    }))
    .filter(({ name, totalRatio }) => totalRatio > 0 && !leftOut(name))
    .toSorted((a, b) => b.selfRatio - a.selfRatio || b.totalRatio - a.totalRatio)
    .slice(0, most);
}

/** Share of a frame's own weight in that of all samples in which something ran; 0 where it is not there. */
export function selfRatioOf(profile: Profile, name: string): number {
  const { self, all } = nodeWeights(profile);
  let own = 0;
  for (let node = 0; node < profile.nodeFrame.length; node++)
    if (profile.frames[profile.nodeFrame[node] as number]?.name === name) own += self[node] as number;
  return all === 0 ? 0 : own / all;
}
