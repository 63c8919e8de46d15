import { childrenOf, type Children } from "./callTree.ts";
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
  const children = childrenOf(profile.nodeParent);
  const measured = <K>(keyOf: (frame: Frame, index: number) => K): { readonly key: K; readonly weights: Weights }[] => {
    const { groupOf, keys } = grouped(profile.frames, keyOf);
    const { self, total } = groupWeights(profile, children, weights, groupOf, keys.length);
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

/**
 * Self is the sum over all nodes of a group; total only over those that have none of the same group above them, so that a
 * recursion counts once. Depth first with an own stack, on which a node lies twice: to be entered and to be left.
 */
function groupWeights(
  { nodeFrame, nodeParent }: Profile,
  { first, next }: Children,
  weights: { readonly self: Float64Array; readonly total: Float64Array },
  groupOf: Int32Array,
  groups: number,
): { readonly self: Float64Array; readonly total: Float64Array } {
  const self = new Float64Array(groups);
  const total = new Float64Array(groups);
  const open = new Int32Array(groups);
  const stack: number[] = [];
  const enter = (node: number): void => {
    const group = groupOf[nodeFrame[node] as number] as number;
    self[group] = (self[group] as number) + (weights.self[node] as number);
    if (open[group] === 0) total[group] = (total[group] as number) + (weights.total[node] as number);
    open[group] = (open[group] as number) + 1;
    stack.push(~node);
    for (let child = first[node] as number; child >= 0; child = next[child] as number) stack.push(child);
  };
  for (let root = 0; root < nodeFrame.length; root++) {
    if ((nodeParent[root] as number) >= 0) continue;
    stack.push(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node >= 0) enter(node);
      else {
        const group = groupOf[nodeFrame[~node] as number] as number;
        open[group] = (open[group] as number) - 1;
      }
    }
  }
  return { self, total };
}
