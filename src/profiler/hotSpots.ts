import { frameWeights } from "./flame/hotList.ts";
import { packageOf, type PackageKind } from "./packageOf.ts";
import { type Frame, nodeWeights, type Profile } from "./profile.ts";

/** What something weighs by itself, and with all that it calls. A function that calls itself counts once. */
export interface Weights {
  readonly self: number;
  readonly total: number;
}

export interface FunctionSpot extends Weights {
  /** In the profile. */
  readonly frame: number;
}

export interface FileSpot extends Weights {
  readonly file: string | null;
}

export interface PackageSpot extends Weights {
  readonly kind: PackageKind;
  readonly name: string | null;
}

/** The most expensive first: by self, then by total, then in the order of the profile. */
export interface HotSpots {
  /** Of all samples in which something ran: what every figure is a part of. */
  readonly all: number;
  readonly functions: readonly FunctionSpot[];
  readonly files: readonly FileSpot[];
  readonly packages: readonly PackageSpot[];
}

export function hotSpots(profile: Profile): HotSpots {
  const weights = nodeWeights(profile);
  const measured = <K>(keyOf: (frame: Frame, index: number) => K): { readonly key: K; readonly weights: Weights }[] => {
    const { groupOf, keys } = grouped(profile.frames, keyOf);
    // A group is weighed as a frame is: what calls itself, or another of its group, counts once.
    const nodeGroup = profile.nodeFrame.map((frame) => groupOf[frame] as number);
    const tree = { nodeFrame: nodeGroup, nodeParent: profile.nodeParent, ...weights };
    const { self, total } = frameWeights(tree, keys.length);
    return keys
      .map((key, group) => ({ key, weights: { self: self[group] as number, total: total[group] as number } }))
      .filter(({ weights }) => weights.total > 0)
      .toSorted((a, b) => b.weights.self - a.weights.self || b.weights.total - a.weights.total);
  };
  return {
    all: weights.all,
    functions: measured((_frame, index) => index).map(({ key, weights }) => ({ frame: key, ...weights })),
    files: measured(({ file }) => file).map(({ key, weights }) => ({ file: key, ...weights })),
    packages: measured((frame) => {
      const { kind, name } = packageOf(frame);
      return name === null ? kind : `${kind} ${name}`;
    }).map(({ key, weights }) => {
      const blank = key.indexOf(" ");
      const kind = (blank < 0 ? key : key.slice(0, blank)) as PackageKind;
      return { kind, name: blank < 0 ? null : key.slice(blank + 1), ...weights };
    }),
  };
}

/** Groups of frames by their key, numbered as they are met. */
function grouped<K>(
  frames: readonly Frame[],
  keyOf: (frame: Frame, index: number) => K,
): { readonly groupOf: Int32Array; readonly keys: readonly K[] } {
  const groups = new Map<K, number>();
  const groupOf = Int32Array.from(frames, (frame, index) => {
    const key = keyOf(frame, index);
    const known = groups.get(key);
    if (known !== undefined) return known;
    groups.set(key, groups.size);
    return groups.size - 1;
  });
  return { groupOf, keys: [...groups.keys()] };
}
