import { type Frame, frameKey, nodeWeights, type Profile } from "../profile.ts";
import { type FlameTree, totalsOf } from "./tree.ts";

/** Two profiles as one tree: every call of either, with what it weighed before and after. */
export interface ProfileDiff {
  readonly frames: readonly Frame[];
  readonly before: FlameTree;
  /** The same nodes as `before`. */
  readonly after: FlameTree;
}

/**
 * Frames are paired by what makes them the same (`frameKey`); of those that are left over by name and file, where there is but one on
 * either side: it has moved with a change above it. Where a pair lies is told as in `after`.
 * @throws RangeError for profiles of different units: there is nothing to compare
 */
export function diffOf(before: Profile, after: Profile): ProfileDiff {
  if (before.unit !== after.unit)
    throw new RangeError(`unit must be the same in both, got ${before.unit} and ${after.unit}`);
  // 1. One list of frames; 2. one tree of calls; 3. the weights of each on it.
  const { frames, of } = pairedFrames(before.frames, after.frames);
  const sides = [before, after].map((profile, side) => ({ profile, frame: of[side] as Int32Array }));
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

/** Both lists as one, and where each frame of either is in it. */
function pairedFrames(
  before: readonly Frame[],
  after: readonly Frame[],
): { readonly frames: readonly Frame[]; readonly of: readonly [Int32Array, Int32Array] } {
  const exact = new Map(before.map((frame, index) => [frameKey(frame), index]));
  const of = Int32Array.from(after, (frame) => exact.get(frameKey(frame)) ?? -1);
  const paired = new Set(of);
  const left = onlyOnes(before, (index) => !paired.has(index));
  const moved = onlyOnes(after, (index) => (of[index] as number) < 0);
  const frames = [...before];
  for (const [index, frame] of after.entries()) {
    if ((of[index] as number) < 0) {
      const key = nameKey(frame);
      const twin = moved.get(key) === index ? left.get(key) : undefined;
      of[index] = twin !== undefined && twin >= 0 ? twin : frames.push(frame) - 1;
    }
    frames[of[index] as number] = frame;
  }
  return { frames, of: [Int32Array.from(before.keys()), of] };
}

/** By name and file the one frame that has them; −1 where several do. Functions without a name are told apart by their place alone. */
function onlyOnes(frames: readonly Frame[], counts: (index: number) => boolean): ReadonlyMap<string, number> {
  const ones = new Map<string, number>();
  for (const [index, frame] of frames.entries()) {
    if (!counts(index) || frame.name === "(anonymous)") continue;
    const key = nameKey(frame);
    ones.set(key, ones.has(key) ? -1 : index);
  }
  return ones;
}

function nameKey({ name, file }: Frame): string {
  return frameKey({ name, file, line: null, column: null });
}

/** How each node's share of everything has changed, −1..1: two recordings are seldom equally long. */
export function shareChange(before: FlameTree, after: FlameTree): Float64Array {
  return before.total.map((weight, node) => share(after.total[node] as number, after.all) - share(weight, before.all));
}

export function share(weight: number, all: number): number {
  return all > 0 ? weight / all : 0;
}
