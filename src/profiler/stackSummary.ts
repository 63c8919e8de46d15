import type { StackSummary } from "../engine/protocol/blame.ts";
import { nodeWeights, type Profile } from "./profile.ts";

/** Stacks that weigh less are given to their callers. */
const LEAST_RATIO = 0.001;
const MOST_NODES = 3_000;
/** Of a stack; 12,000 deep ones exist. */
const MOST_DEPTH = 200;
const MAX_CHARS = 300;

/** Parts below 1e-6 are nothing; the digits beyond would double what is kept. */
const DIGITS = 1e6;

/** `null` for a profile in which nothing ran. */
export function stackSummary(profile: Profile): StackSummary | null {
  const { self, total, all } = nodeWeights(profile);
  if (!(all > 0)) return null;
  const { nodeParent, nodeFrame } = profile;
  // 1. The heaviest: a caller is never lighter than what it calls, so a limit of weight leaves whole stacks.
  const heavy = total.filter((weight) => weight >= all * LEAST_RATIO).toSorted();
  const limit = Math.max(all * LEAST_RATIO, heavy.at(-MOST_NODES) ?? 0);
  const depth = new Int32Array(nodeParent.length);
  /** The entry of a node, or of its nearest caller that has one. */
  const heir = new Int32Array(nodeParent.length).fill(-1);
  const isKept = new Uint8Array(nodeParent.length);
  const kept: { frame: number; readonly parent: number; self: number }[] = [];
  const frames = new Map<number, number>();
  let rootless = 0;
  for (let node = 0; node < nodeParent.length; node++) {
    const parent = nodeParent[node] as number;
    const weight = total[node] as number;
    const own = self[node] as number;
    depth[node] = parent < 0 ? 0 : (depth[parent] as number) + 1;
    const isRoom = (depth[node] as number) < MOST_DEPTH && kept.length < MOST_NODES;
    if (weight > 0 && weight >= limit && isRoom && (parent < 0 || isKept[parent] === 1)) {
      const frame = nodeFrame[node] as number;
      const at = frames.get(frame) ?? frames.size;
      frames.set(frame, at);
      isKept[node] = 1;
      heir[node] = kept.length;
      kept.push({ frame: at, parent: parent < 0 ? -1 : (heir[parent] as number), self: own });
      continue;
    }
    // 2. What is left out is its caller's own.
    heir[node] = parent < 0 ? -1 : (heir[parent] as number);
    const caller = kept[heir[node] as number];
    if (caller === undefined) rootless += own;
    else caller.self += own;
  }
  if (rootless > 0) kept.push({ frame: frames.size, parent: -1, self: rootless });
  const cut = (text: string): string => (text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS - 1)}…`);
  return {
    frames: [
      ...[...frames.keys()].map((frame) => {
        const { name = "", file = null, line = null, column = null } = profile.frames[frame] ?? {};
        return { name: cut(name), file: file === null ? null : cut(file), line, column };
      }),
      ...(rootless > 0 ? [{ name: "(others)", file: null, line: null, column: null }] : []),
    ],
    nodeFrame: kept.map(({ frame }) => frame),
    nodeParent: kept.map(({ parent }) => parent),
    selfRatio: kept.map((one) => Math.round((one.self / all) * DIGITS) / DIGITS),
  };
}
