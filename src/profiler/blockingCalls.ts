import type { BlockingCaller } from "../engine/protocol/profiling.ts";
import { packageOf } from "./packageOf.ts";
import { type Frame, nodeWeights, type Profile } from "./profile.ts";

/** Modules of Node's own whose functions `…Sync` keep the thread until the system has answered. */
const MODULE = /^(?:node:)?(?:internal\/)?(?:fs|child_process)(?:[/.]|$)/;
const BLOCKS = /Sync$/;
const MOST_OPERATIONS = 5;
/** Below this it is hardly a sample. */
const LEAST_RATIO = 0.001;

/**
 * Which functions of the program wait in Node's blocking calls on files and child processes, the most first: of each sample in such a
 * call the nearest caller outside Node's own code. V8 counts a thread that waits there as running.
 * @param ours files whose frames are none of the program's
 * @throws RangeError for a count that is none
 */
export function blockingCallers(profile: Profile, most: number, ours: readonly string[] = []): BlockingCaller[] {
  if (!(Number.isInteger(most) && most > 0)) throw new RangeError(`most must be an integer > 0, got ${most}`);
  const { frames, nodeFrame, nodeParent } = profile;
  const { self, all } = nodeWeights(profile);
  // 1. Of each frame: whether it is passed over on the way to a caller, and whether it blocks.
  const passed = frames.map((frame) => isPassed(frame, ours));
  const blocks = frames.map(({ name, file }) => file !== null && MODULE.test(file) && BLOCKS.test(name));
  // 2. From the roots on: the nearest caller of each node, and the outermost call that blocks between the two (−1: none).
  const caller = new Int32Array(nodeFrame.length).fill(-1);
  const call = new Int32Array(nodeFrame.length).fill(-1);
  const weights = new Map<number, Map<string, number>>();
  for (let node = 0; node < nodeFrame.length; node++) {
    const frame = nodeFrame[node] as number;
    const parent = nodeParent[node] as number;
    if (passed[frame] !== true) {
      caller[node] = frame;
      continue;
    }
    caller[node] = parent < 0 ? -1 : (caller[parent] as number);
    const above = parent < 0 ? -1 : (call[parent] as number);
    call[node] = above >= 0 ? above : blocks[frame] === true ? frame : -1;
    // 3. What the node weighs by itself. The collector is none of the call's.
    const weight = self[node] as number;
    const [by, operation] = [caller[node] as number, frames[call[node] as number]?.name];
    if (weight === 0 || by < 0 || operation === undefined || frames[frame]?.name.startsWith("(") === true) continue;
    const operations = weights.get(by) ?? new Map<string, number>();
    weights.set(by, operations.set(operation, (operations.get(operation) ?? 0) + weight));
  }
  return [...weights]
    .map(([frame, operations]) => ({
      ...(frames[frame] as Frame),
      ratio: [...operations.values()].reduce((sum, weight) => sum + weight, 0) / all,
      operations: [...operations]
        .toSorted(([, a], [, b]) => b - a)
        .map(([name]) => name)
        .slice(0, MOST_OPERATIONS),
    }))
    .filter(({ ratio }) => ratio >= LEAST_RATIO)
    .toSorted((a, b) => b.ratio - a.ratio)
    .slice(0, most);
}

/** Node's own code, and native code below it. */
function isPassed(frame: Frame, ours: readonly string[]): boolean {
  const { kind } = packageOf(frame);
  return kind === "runtime" || kind === "native" || (frame.file !== null && ours.includes(frame.file));
}
