import { join } from "node:path";
import * as esbuild from "esbuild";
import type { BrowserContext } from "playwright-core";
import { treeOf } from "../../src/profiler/flame/tree.ts";
import type { Profile } from "../../src/profiler/profile.ts";

/** d3-flame-graph, which makes one element a box: the same calls, already summed up for it, as it wants them. */

interface PeerNode {
  readonly name: string;
  readonly value: number;
  readonly children: PeerNode[];
}

/** A node comes after its parent, so that one pass hangs each below its own. */
export function peerTree(profile: Profile): PeerNode {
  const { nodeFrame, nodeParent, total, all } = treeOf(profile);
  const root: PeerNode = { name: "all", value: all, children: [] };
  const made: PeerNode[] = [];
  for (let node = 0; node < nodeFrame.length; node++) {
    const name = profile.frames[nodeFrame[node] as number]?.name ?? "";
    const one: PeerNode = { name, value: total[node] as number, children: [] };
    made.push(one);
    if (one.value > 0) (made[nodeParent[node] as number] ?? root).children.push(one);
  }
  return root;
}

/** The library as a script that leaves `peerFlame(tree, host)` behind. */
export async function peerScript(root: string): Promise<string> {
  const contents = `
    import flamegraph from "d3-flame-graph";
    import { select } from "d3-selection";
    globalThis.peerFlame = (tree, host) => select(host).datum(tree).call(flamegraph().width(1360).transitionDuration(0));`;
  const built = await esbuild.build({
    // Its looks would be served beside it; they take no part in the time.
    loader: { ".css": "empty" },
    stdin: { contents, resolveDir: join(root, "bench"), loader: "js" },
    ...{ bundle: true, write: false, minify: true, platform: "browser", format: "iife", target: "es2023" },
  });
  return built.outputFiles[0]?.text ?? "";
}

/** @param address that serves `/peer.html` with the script, and `/peer.json` with the tree @returns ms from the tree to the frame after it was drawn */
export async function peerPaintMs(context: BrowserContext, address: string): Promise<number> {
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  try {
    await page.goto(`${address}/peer.html`);
    return await page.evaluate(async () => {
      const tree: unknown = await (await fetch("/peer.json")).json();
      const host = document.getElementById("peer");
      const begun = performance.now();
      (globalThis as unknown as { peerFlame: (tree: unknown, host: unknown) => void }).peerFlame(tree, host);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      if (document.querySelectorAll("#peer g").length < 100) throw new Error("the peer has drawn nothing");
      return performance.now() - begun;
    });
  } finally {
    await page.close();
  }
}
