import type { BlameNode, BlameReport } from "../../engine/protocol/blame.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";

const MICROSECONDS = 1e6;

export interface BlameProfile {
  /** In microseconds of CPU, or in bytes. It has no order in time. */
  readonly profile: Profile;
  /** Of each node of the report. */
  readonly frameOf: readonly number[];
}

/** A report as a profile: what goes for profiles (flame graph, search, export) then goes for it. @param nameOf a node, in words */
export function blameProfile(
  { nodes, unit }: Pick<BlameReport, "nodes" | "unit">,
  name: string,
  nameOf: (node: BlameNode) => string,
): BlameProfile {
  const builder = new ProfileBuilder(name, unit === "seconds" ? "microseconds" : "bytes", false);
  const scale = unit === "seconds" ? MICROSECONDS : 1;
  const frameOf: number[] = [];
  const own = nodes.map(({ value }) => value);
  const placed: number[] = [];
  for (const node of nodes) {
    const { parent, value, file = null, line = null, column = null } = node;
    const frame = builder.frame({ name: nameOf(node), file, line, column });
    frameOf.push(frame);
    placed.push(builder.node(parent === null ? -1 : (placed[parent] as number), frame));
    if (parent !== null) own[parent] = (own[parent] as number) - value;
  }
  for (const [at, node] of placed.entries()) {
    // What is left over of a whole and its parts is a rounding, not a figure.
    const weight = own[at] as number;
    if (weight > 1e-9 * (nodes[at] as BlameNode).value) builder.sample(node, weight * scale);
  }
  return { profile: builder.build(), frameOf };
}
