import { type Coded, CodedError } from "../../engine/common/errors.ts";
import { childrenOf } from "../callTree.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";
import { isFiniteNumber, isObject, type Json, jsonOf, listAt, objectAt, own, wrong } from "./content.ts";
import { checkUnit, type ProfileFormat, type ProfileWriter, type ReadProfiles } from "./format.ts";
import { timelineOf } from "./timeline.ts";
import { callFrameOf, isPseudo, readCallFrame } from "./v8Frame.ts";

/**
 * What `node --cpu-prof`, DevTools and js-debug write (`Profiler.Profile` of the DevTools protocol): nodes by id, ids of
 * the nodes on top, and the microseconds between them. The first delta is from the start to the first sample, so that a
 * sample weighs what the next delta says, and the last one what is left to the end.
 */
const writer: ProfileWriter = {
  id: "cpuprofile",
  units: ["microseconds", "count"],
  keepsUnit: true,
  keepsOrder: true,
  keepsPlaces: true,
  write,
};

export const cpuprofile: ProfileFormat = {
  id: "cpuprofile",
  endings: [".cpuprofile"],
  canRead: ({ keys }) => keys.has("nodes") && !keys.has("snapshot"),
  read,
  writer,
};

/** Nodes of the file by position, and how the builder knows each. */
interface Nodes {
  readonly list: readonly Json[];
  readonly byId: ReadonlyMap<number, number>;
  /** −1: one in which no function of the program ran. */
  readonly built: Int32Array;
}

function read(content: Uint8Array, name: string): ReadProfiles {
  const json = jsonOf(content, name);
  const samples = own(json, "samples");
  const deltas = own(json, "timeDeltas");
  if (samples === undefined || samples === null) return { profiles: [fromHits(json, name)], problems: [] };
  const list = listAt(name, "samples", samples);
  if (deltas === undefined || deltas === null) return { profiles: [withoutTimes(json, list, name)], problems: [] };
  return withTimes(json, list, listAt(name, "timeDeltas", deltas), name);
}

function withTimes(json: Json, samples: readonly unknown[], deltas: readonly unknown[], file: string): ReadProfiles {
  if (samples.length !== deltas.length)
    throw new CodedError("profile.lengths", {
      file,
      place: "timeDeltas",
      count: deltas.length,
      needed: samples.length,
    });
  const builder = new ProfileBuilder(file, "microseconds", true);
  const nodes = readNodes(json, builder, file);
  const startUs = timeOf(json, "startTime", file);
  const endUs = timeOf(json, "endTime", file);
  const atUs = new Float64Array(samples.length);
  // A clock that goes back stands still until it has caught up, so that the length of the whole stays what it was.
  let now = 0;
  let told = 0;
  let negative = 0;
  for (let n = 0; n < deltas.length; n++) {
    const delta = deltas[n];
    if (!isFiniteNumber(delta)) throw wrong(file, `timeDeltas[${n}]`, delta, "number");
    if (delta < 0) negative++;
    told += delta;
    now = Math.max(now, told);
    atUs[n] = now;
  }
  const end = startUs === null || endUs === null ? now : Math.max(now, endUs - startUs);
  for (let n = 0; n < samples.length; n++)
    builder.sample(nodeOf(nodes, samples[n], n, file), (atUs[n + 1] ?? end) - (atUs[n] as number), atUs[n] as number);
  const problems: Coded[] =
    negative === 0 ? [] : [{ code: "profile.clockBack", args: { file, count: negative, of: deltas.length } }];
  return { profiles: [builder.build()], problems };
}

/** Samples without times: each counts one. */
function withoutTimes(json: Json, samples: readonly unknown[], file: string): Profile {
  const builder = new ProfileBuilder(file, "count", false);
  const nodes = readNodes(json, builder, file);
  for (let n = 0; n < samples.length; n++) builder.sample(nodeOf(nodes, samples[n], n, file), 1);
  return builder.build();
}

/** Without any samples, how often each node was met is all there is. */
function fromHits(json: Json, file: string): Profile {
  const builder = new ProfileBuilder(file, "count", false);
  const { list, built } = readNodes(json, builder, file);
  for (let n = 0; n < list.length; n++) {
    const hits = own(list[n] as Json, "hitCount") ?? 0;
    if (!(isFiniteNumber(hits) && hits >= 0)) throw wrong(file, `nodes[${n}].hitCount`, hits, "positive");
    if (hits > 0) builder.sample(built[n] as number, hits);
  }
  return builder.build();
}

function nodeOf({ byId, built }: Nodes, id: unknown, sample: number, file: string): number {
  const position = byId.get(id as number);
  if (position === undefined) throw wrong(file, `samples[${sample}]`, id, "node");
  return built[position] as number;
}

function timeOf(json: Json, key: string, file: string): number | null {
  const value = own(json, key) ?? null;
  if (value !== null && !isFiniteNumber(value)) throw wrong(file, key, value, "number");
  return value;
}

function readNodes(json: Json, builder: ProfileBuilder, file: string): Nodes {
  // 1. Every node with its id.
  const placeOf = (n: number) => () => `nodes[${n}]`;
  const list = listAt(file, "nodes", own(json, "nodes")).map((node, n) =>
    isObject(node) ? node : objectAt(file, placeOf(n)(), node),
  );
  const byId = new Map<number, number>();
  for (let n = 0; n < list.length; n++) {
    const id = own(list[n] as Json, "id");
    if (!isFiniteNumber(id)) throw wrong(file, `nodes[${n}].id`, id, "number");
    if (byId.has(id)) throw new CodedError("profile.idTwice", { file, place: `nodes[${n}].id`, value: id });
    byId.set(id, n);
  }
  // 2. Who called whom, from either side.
  const parents = parentsOf(list, byId, file);
  // 3. From the roots down, level by level. What is not reached hangs on itself.
  const { first, next } = childrenOf(parents);
  const built = new Int32Array(list.length).fill(-1);
  const seen = new Uint8Array(list.length);
  const queue = new Int32Array(list.length);
  let queued = 0;
  for (let n = 0; n < list.length; n++) if (parents[n] === -1) queue[queued++] = n;
  for (let done = 0; done < queued; done++) {
    const n = queue[done] as number;
    seen[n] = 1;
    const frame = readCallFrame(file, placeOf(n), list[n] as Json);
    const parent = parents[n] as number;
    const silent = isPseudo(frame, "(idle)") || (parent === -1 && isPseudo(frame, "(root)"));
    const above = parent === -1 ? -1 : (built[parent] as number);
    built[n] = silent ? -1 : builder.node(above, builder.frame(frame));
    for (let child = first[n] as number; child >= 0; child = next[child] as number) queue[queued++] = child;
  }
  if (queued < list.length) {
    const n = seen.indexOf(0);
    throw new CodedError("profile.cycle", { file, place: `nodes[${n}]`, value: own(list[n] as Json, "id") as number });
  }
  return { list, byId, built };
}

/** Of each node the position of its parent; −1: a root. */
function parentsOf(list: readonly Json[], byId: ReadonlyMap<number, number>, file: string): Int32Array {
  const parents = new Int32Array(list.length).fill(-1);
  const hang = (child: number, parent: number, place: string): void => {
    const known = parents[child] as number;
    if (known !== -1 && known !== parent)
      throw new CodedError("profile.twoParents", { file, place, value: own(list[child] as Json, "id") as number });
    parents[child] = parent;
  };
  for (let n = 0; n < list.length; n++) {
    const node = list[n] as Json;
    const parent = own(node, "parent");
    if (parent !== undefined && parent !== null) {
      const position = byId.get(parent as number);
      if (position === undefined) throw wrong(file, `nodes[${n}].parent`, parent, "node");
      hang(n, position, `nodes[${n}].parent`);
    }
    const children = own(node, "children");
    if (children === undefined || children === null) continue;
    const ids = listAt(file, `nodes[${n}].children`, children);
    for (let c = 0; c < ids.length; c++) {
      const position = byId.get(ids[c] as number);
      if (position === undefined) throw wrong(file, `nodes[${n}].children[${c}]`, ids[c], "node");
      hang(position, n, `nodes[${n}].children[${c}]`);
    }
  }
  return parents;
}

const ROOT_ID = 1;
const IDLE_ID = 2;

function write(profile: Profile): string {
  checkUnit(writer, profile);
  const { frames, nodeFrame, nodeParent, sampleNode, sampleWeight, unit } = profile;
  const idOf = (node: number): number => node + IDLE_ID + 1;
  const children: number[][] = Array.from({ length: nodeFrame.length }, () => []);
  const roots: number[] = [IDLE_ID];
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    (parent < 0 ? roots : (children[parent] as number[])).push(idOf(node));
  }
  const hits = new Float64Array(nodeFrame.length);
  let idleHits = 0;
  for (let n = 0; n < sampleNode.length; n++) {
    const node = sampleNode[n] as number;
    const weight = unit === "count" ? (sampleWeight[n] as number) : 1;
    if (node < 0) idleHits += weight;
    else hits[node] = (hits[node] as number) + weight;
  }
  const pseudo = (name: string): object => callFrameOf({ name, file: null, line: null, column: null });
  const nodes = [
    { id: ROOT_ID, callFrame: pseudo("(root)"), hitCount: 0, children: roots },
    { id: IDLE_ID, callFrame: pseudo("(idle)"), hitCount: idleHits, children: [] },
    ...Array.from(nodeFrame, (frame, node) => ({
      id: idOf(node),
      callFrame: callFrameOf(frames[frame] as (typeof frames)[number]),
      hitCount: hits[node],
      children: children[node],
    })),
  ];
  if (unit === "count") return JSON.stringify({ nodes, startTime: 0, endTime: 0 });
  const line = timelineOf(profile);
  const last = line.node.length - 1;
  return JSON.stringify({
    nodes,
    startTime: 0,
    endTime: last < 0 ? 0 : (line.atUs[last] as number) + (line.weight[last] as number),
    samples: Array.from(line.node, (node) => (node < 0 ? IDLE_ID : idOf(node))),
    timeDeltas: Array.from(line.atUs, (at, n) => (n === 0 ? at : at - (line.atUs[n - 1] as number))),
  });
}
