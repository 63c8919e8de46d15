import type { Frame } from "../profile.ts";
import type { FlameTree } from "./tree.ts";

export interface Found {
  /** 1 for a frame that has the words. */
  readonly match: Uint8Array;
  readonly frames: number;
  /** Of all calls of them; what lies inside another match is not counted again. */
  readonly total: number;
}

/** @param words anywhere in the name or the file, whatever their case; `null` for none, which find nothing @returns `null` for none */
export function search(words: string, frames: readonly Frame[], tree: FlameTree): Found | null {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return null;
  const match = new Uint8Array(frames.length);
  let count = 0;
  for (const [index, { name, file }] of frames.entries()) {
    if (!name.toLowerCase().includes(wanted) && file?.toLowerCase().includes(wanted) !== true) continue;
    match[index] = 1;
    count++;
  }
  return { match, frames: count, total: matchedTotal(match, tree) };
}

/** A node comes after its parent, so one pass knows which ones lie inside a match. */
export function matchedTotal(match: Uint8Array, { nodeFrame, nodeParent, total }: FlameTree): number {
  const inside = new Uint8Array(nodeFrame.length);
  let sum = 0;
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    const isInside = parent >= 0 && inside[parent] === 1;
    const isMatch = match[nodeFrame[node] as number] === 1;
    if (isMatch && !isInside) sum += total[node] as number;
    if (isMatch || isInside) inside[node] = 1;
  }
  return sum;
}
