import { CodedError } from "../engine/common/errors.ts";
import { type Frame, nodeWeights, type Profile, ProfileBuilder, type WeightUnit } from "./profile.ts";

/**
 * Two profiles as one tree. A function is the same by its name and file: lines move from one version of a file to the
 * next. A node comes after its parent.
 */
export interface ProfileDiff {
  readonly unit: WeightUnit;
  /** As in the later one, where it has them. */
  readonly frames: readonly Frame[];
  readonly nodeFrame: Int32Array;
  readonly nodeParent: Int32Array;
  readonly before: DiffSide;
  readonly after: DiffSide;
}

/** Weights of each node of the common tree, as they were measured. */
export interface DiffSide {
  readonly self: Float64Array;
  readonly total: Float64Array;
  readonly all: number;
}

/** @throws CodedError `profile.units` when they measure different things */
export function diffProfiles(before: Profile, after: Profile): ProfileDiff {
  if (before.unit !== after.unit) throw new CodedError("profile.units", { before: before.unit, after: after.unit });
  const frames: Frame[] = [];
  const builder = new ProfileBuilder(after.name, after.unit, false);
  const placeless = ({ name, file }: Frame): Frame => ({ name, file, line: null, column: null });
  // The later one first: its places stand.
  for (const profile of [after, before]) {
    for (const frame of profile.frames) {
      const index = builder.frame(placeless(frame));
      if (index === frames.length) frames.push(frame);
    }
  }
  const nodesOf = ({ frames, nodeFrame, nodeParent }: Profile): Int32Array => {
    const common = frames.map((frame) => builder.frame(placeless(frame)));
    const nodes = new Int32Array(nodeFrame.length);
    for (let node = 0; node < nodes.length; node++) {
      const parent = nodeParent[node] as number;
      const above = parent < 0 ? -1 : (nodes[parent] as number);
      nodes[node] = builder.node(above, common[nodeFrame[node] as number] as number);
    }
    return nodes;
  };
  const afterNodes = nodesOf(after);
  const beforeNodes = nodesOf(before);
  const { nodeFrame, nodeParent } = builder.build();
  const side = (profile: Profile, nodes: Int32Array): DiffSide => {
    const own = nodeWeights(profile);
    const self = new Float64Array(nodeFrame.length);
    const total = new Float64Array(nodeFrame.length);
    for (let node = 0; node < nodes.length; node++) {
      const common = nodes[node] as number;
      self[common] = (self[common] as number) + (own.self[node] as number);
      total[common] = (total[common] as number) + (own.total[node] as number);
    }
    return { self, total, all: own.all };
  };
  return {
    ...{ unit: after.unit, frames, nodeFrame, nodeParent },
    before: side(before, beforeNodes),
    after: side(after, afterNodes),
  };
}

/**
 * By how much a node's part of the whole has changed, −1 to 1: two recordings are seldom equally long. `null` where one of
 * them has nothing that it could be a part of.
 */
export function changeOfShare({ before, after }: ProfileDiff, node: number): number | null {
  if (before.all <= 0 || after.all <= 0) return null;
  return (after.total[node] as number) / after.all - (before.total[node] as number) / before.all;
}
