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
  for (let node = 0; node < nodeFrame.length; node++) {
    const frame = nodeFrame[node] as number;
    ownOf[frame] = (ownOf[frame] as number) + (self[node] as number);
    let above = nodeParent[node] as number;
    while (above >= 0 && nodeFrame[above] !== frame) above = nodeParent[above] as number;
    if (above < 0) totalOf[frame] = (totalOf[frame] as number) + (total[node] as number);
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
