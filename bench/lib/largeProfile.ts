import { createRng } from "../../src/engine/common/rng.ts";

export interface LargeWish {
  readonly samples: number;
  readonly frames: number;
  readonly seed: number;
}

/** Calls of one function by one other, about: a function is reached in a few ways. */
const NODES_A_FRAME = 3;
const DEEPEST = 60;

/**
 * A `.cpuprofile` as V8 writes it, of a program that goes from call to call: each sample's stack shares most with the one before.
 * @returns the file's bytes, and how many nodes its tree has
 */
export function largeCpuProfile({ samples, frames, seed }: LargeWish): {
  readonly bytes: Uint8Array;
  readonly nodes: number;
} {
  const rng = createRng(seed);
  const pick = (below: number): number => Math.floor(rng() * below);
  // 1. A tree in which every function is there at least once.
  const count = NODES_A_FRAME * frames;
  const parent = new Int32Array(count).fill(-1);
  const depth = new Int32Array(count);
  const children: number[][] = Array.from({ length: count }, () => []);
  for (let node = 1; node < count; node++) {
    // Late ones hang on late ones: deep rather than bushy.
    let above = Math.max(0, node - 1 - pick(Math.min(node, 400)));
    if ((depth[above] as number) >= DEEPEST) above = pick(Math.min(node, 50));
    parent[node] = above;
    depth[node] = (depth[above] as number) + 1;
    children[above]?.push(node + 1);
  }
  const nodes = Array.from({ length: count }, (_, node) => {
    const frame = node < frames ? node : pick(frames);
    return {
      id: node + 1,
      callFrame: {
        functionName: node === 0 ? "(root)" : `function${frame}`,
        ...{ scriptId: String(frame % 700), lineNumber: (frame * 7) % 4_000, columnNumber: frame % 80 },
        url: `file:///work/${frame % 3 === 0 ? `node_modules/package${frame % 40}/` : "src/"}file${frame % 700}.js`,
      },
      hitCount: 0,
      children: children[node],
    };
  });
  // 2. A walk through it: down to a callee, back to a caller, now and then elsewhere.
  const visited = new Int32Array(samples);
  let at = 0;
  for (let n = 0; n < samples; n++) {
    const chance = rng();
    const below = children[at] ?? [];
    if (chance < 0.002) at = pick(count);
    else if (chance < 0.5 && below.length > 0) at = (below[pick(below.length)] as number) - 1;
    else if (chance < 0.75 && at > 0) at = parent[at] as number;
    visited[n] = at + 1;
  }
  const timeDeltas = Array.from({ length: samples }, () => 900 + pick(200));
  const profile = { nodes, startTime: 0, endTime: samples * 1_000, samples: [...visited], timeDeltas };
  return { bytes: new TextEncoder().encode(JSON.stringify(profile)), nodes: count };
}
