import { type Frame, nodeWeights, type Profile } from "../profile.ts";
import { type FlameTree, totalsOf } from "./tree.ts";

/** Two profiles as one tree: every call of either, with what it weighed before and after. */
export interface ProfileDiff {
  readonly frames: readonly Frame[];
  readonly before: FlameTree;
  /** The same nodes as `before`. */
  readonly after: FlameTree;
}

/**
 * Frames are the same when name, file and line are: a column moves with every change of a line.
 * @throws RangeError for profiles of different units: there is nothing to compare
 */
export function diffOf(before: Profile, after: Profile): ProfileDiff {
  if (before.unit !== after.unit)
    throw new RangeError(`unit must be the same in both, got ${before.unit} and ${after.unit}`);
  // 1. One list of frames; 2. one tree of calls; 3. the weights of each on it.
  const frames: Frame[] = [];
  const known = new Map<string, number>();
  const framesOf = (profile: Profile): Int32Array =>
    Int32Array.from(profile.frames, (frame) => {
      const key = `${frame.name}\u0000${frame.file ?? ""}\u0000${frame.line ?? ""}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      known.set(key, frames.length);
      return frames.push(frame) - 1;
    });
  const sides = [before, after].map((profile) => ({ profile, frame: framesOf(profile) }));
  const nodeFrame: number[] = [];
  const nodeParent: number[] = [];
  const nodes = new Map<number, number>();
  const places = sides.map(({ profile, frame }) => {
    const place = new Int32Array(profile.nodeFrame.length);
    for (let node = 0; node < place.length; node++) {
      const parent = profile.nodeParent[node] as number;
      const up = parent < 0 ? -1 : (place[parent] as number);
      const its = frame[profile.nodeFrame[node] as number] as number;
      const key = (up + 1) * frames.length + its;
      let at = nodes.get(key);
      if (at === undefined) {
        at = nodeFrame.push(its) - 1;
        nodeParent.push(up);
        nodes.set(key, at);
      }
      place[node] = at;
    }
    return place;
  });
  const shape = { nodeFrame: Int32Array.from(nodeFrame), nodeParent: Int32Array.from(nodeParent) };
  const weighed = (profile: Profile, place: Int32Array): FlameTree => {
    const self = new Float64Array(nodeFrame.length);
    const own = nodeWeights(profile).self;
    for (let node = 0; node < own.length; node++) {
      const at = place[node] as number;
      self[at] = (self[at] as number) + (own[node] as number);
    }
    return { ...shape, self, ...totalsOf(shape.nodeParent, self) };
  };
  return {
    frames,
    before: weighed(before, places[0] as Int32Array),
    after: weighed(after, places[1] as Int32Array),
  };
}

/** How each node's share of everything has changed, −1..1: two recordings are seldom equally long. */
export function shareChange(before: FlameTree, after: FlameTree): Float64Array {
  return before.total.map((weight, node) => share(after.total[node] as number, after.all) - share(weight, before.all));
}

export function share(weight: number, all: number): number {
  return all > 0 ? weight / all : 0;
}
