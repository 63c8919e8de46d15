import type { Coded } from "../../engine/common/errors.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";
import { isFiniteNumber, isObject, type Json, jsonOf, listAt, objectAt, own, wrong } from "./content.ts";
import type { ProfileFormat, ReadProfiles } from "./format.ts";
import { isPseudo, readCallFrame } from "./v8Frame.ts";

/**
 * What `node --heap-prof` and DevTools write (`HeapProfiler.SamplingHeapProfile`): a tree of call frames with the bytes
 * that each has allocated and that were alive at the end, and in newer ones the samples behind it, counted by their order.
 */
export const heapprofile: ProfileFormat = {
  id: "heapprofile",
  endings: [".heapprofile"],
  canRead: ({ keys }) => keys.has("head"),
  read,
  writer: null,
};

interface Node {
  /** In the builder; −1: in the root, above all functions. */
  readonly built: number;
  readonly id: unknown;
  readonly selfBytes: number;
}

function read(content: Uint8Array, file: string): ReadProfiles {
  const json = jsonOf(content, file);
  const builder = new ProfileBuilder(file, "bytes", false);
  const nodes = readNodes(json, builder, file);
  const samples = own(json, "samples");
  const bySample =
    samples === undefined || samples === null ? null : readSamples(listAt(file, "samples", samples), file);
  if (bySample !== null && bySample.length > 0) return fromSamples(builder, nodes, bySample, file);
  return { profiles: [fromNodes(builder, nodes)], problems: [] };
}

function fromNodes(builder: ProfileBuilder, nodes: readonly Node[]): Profile {
  for (const { built, selfBytes } of nodes) if (selfBytes > 0) builder.sample(built, selfBytes);
  return builder.build();
}

/**
 * The samples give the order, the tree the weights: V8 scales up what it has sampled by allocation for the one and by node
 * for the other and rounds each time, so that 38 arrays of a node are 40 by its samples (seen with Node 24.21). Each sample
 * gets its part of what its node says.
 */
function fromSamples(
  builder: ProfileBuilder,
  nodes: readonly Node[],
  samples: readonly Sample[],
  file: string,
): ReadProfiles {
  const position = new Map(nodes.map(({ id }, n) => [id, n]));
  const sums = new Float64Array(nodes.length);
  for (const { nodeId, bytes, place } of samples) {
    const n = position.get(nodeId);
    if (n === undefined) throw wrong(file, `${place}.nodeId`, nodeId, "node");
    sums[n] = (sums[n] as number) + bytes;
  }
  // One with bytes and without samples, or the other way round, has no parts.
  const differing = nodes.filter(({ selfBytes }, n) => selfBytes > 0 !== (sums[n] as number) > 0).length;
  if (differing > 0) {
    const problems: Coded[] = [{ code: "profile.samplesDiffer", args: { file, count: differing, of: nodes.length } }];
    return { profiles: [fromNodes(builder, nodes)], problems };
  }
  for (const { nodeId, bytes } of samples.toSorted((a, b) => a.ordinal - b.ordinal)) {
    const n = position.get(nodeId) as number;
    const { built, selfBytes } = nodes[n] as Node;
    if (bytes > 0) builder.sample(built, (bytes / (sums[n] as number)) * selfBytes);
  }
  return { profiles: [builder.build()], problems: [] };
}

interface Sample {
  readonly nodeId: unknown;
  readonly bytes: number;
  readonly ordinal: number;
  readonly place: string;
}

function readSamples(list: readonly unknown[], file: string): readonly Sample[] {
  return list.map((entry, n): Sample => {
    const place = `samples[${n}]`;
    const sample = objectAt(file, place, entry);
    const bytes = own(sample, "size");
    if (!(isFiniteNumber(bytes) && bytes >= 0)) throw wrong(file, `${place}.size`, bytes, "positive");
    const ordinal = own(sample, "ordinal") ?? n;
    if (!isFiniteNumber(ordinal)) throw wrong(file, `${place}.ordinal`, ordinal, "number");
    return { nodeId: own(sample, "nodeId"), bytes, ordinal, place };
  });
}

/** A node that waits: where in the tree of the file it lies is put together only for a message. */
interface Open {
  readonly value: unknown;
  readonly parent: Open | null;
  readonly child: number;
  readonly above: number;
}

/** From the head down with an own stack. */
function readNodes(json: Json, builder: ProfileBuilder, file: string): readonly Node[] {
  const nodes: Node[] = [];
  const open: Open[] = [{ value: own(json, "head"), parent: null, child: 0, above: -1 }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { value: node, above } = one;
    const place = placeOf.bind(null, one);
    if (!isObject(node)) throw wrong(file, place(), node, "object");
    const frame = readCallFrame(file, place, node);
    const selfBytes = own(node, "selfSize") ?? 0;
    if (!(isFiniteNumber(selfBytes) && selfBytes >= 0)) throw wrong(file, `${place()}.selfSize`, selfBytes, "positive");
    const built = one.parent === null && isPseudo(frame, "(root)") ? -1 : builder.node(above, builder.frame(frame));
    nodes.push({ built, id: own(node, "id"), selfBytes });
    const children = own(node, "children") ?? [];
    if (!Array.isArray(children)) throw wrong(file, `${place()}.children`, children, "list");
    for (let child = children.length - 1; child >= 0; child--)
      open.push({ value: children[child], parent: one, child, above: built });
  }
  return nodes;
}

/** Beyond that a place names its end only. */
const MOST_STEPS = 20;

function placeOf(one: Open): string {
  const steps: string[] = [];
  let at: Open | null = one;
  for (; at?.parent != null && steps.length < MOST_STEPS; at = at.parent) steps.push(`.children[${at.child}]`);
  return `${at?.parent == null ? "head" : "…"}${steps.reverse().join("")}`;
}
