import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { chromium, type Page } from "playwright-core";
import { pageHtml } from "../../src/views/pages/html.ts";
import { piecesOfProfiles } from "../../src/views/flame/pieces.ts";
import { readInThread } from "../../src/views/flame/read.ts";
import { readHere } from "../../src/views/flame/readHere.ts";
import { peerPaintMs, peerScript, peerTree } from "./flamePeer.ts";
import { largeCpuProfile } from "./largeProfile.ts";
import { median, report } from "./report.ts";

/**
 * The page "Flame" in a real browser without a graphics card, with a `.cpuprofile` of a million samples and 20,000 functions.
 * Not measured: the editor's own way between its two sides.
 */

const ROOT = join(import.meta.dirname, "../..");
const SAMPLES = 1_000_000;
const FRAMES = 20_000;
const ROUNDS = 5;
const MOVES = 120;
const MIN_FRAMES_PER_SECOND = 50;

const { ensureChromium } = (await import(new URL("../../scripts/lib/chromium.mjs", import.meta.url).href)) as {
  ensureChromium: () => Promise<string | null>;
};

const note = (text: string): void => void process.stderr.write(`${text}\n`);

export async function flameBench(bench: string): Promise<void> {
  const executablePath = await ensureChromium();
  if (executablePath === null) {
    note("flame: skipped, there is no browser");
    return;
  }
  const { bytes, nodes } = largeCpuProfile({ samples: SAMPLES, frames: FRAMES, seed: 11 });
  note(
    `flame: a .cpuprofile of ${SAMPLES} samples, ${FRAMES} functions, ${nodes} nodes, ${(bytes.length / 1e6).toFixed(0)} MB`,
  );
  // The editor's side: from the file's bytes to the pieces.
  const { hostMs, pieces } = await hostSide(bytes);
  const served = await serve(
    pieces,
    new Map([
      ["/peer.js", ["text/javascript", await peerScript(ROOT)]],
      [
        "/peer.html",
        ["text/html", '<!DOCTYPE html><body><div id="peer"></div><script src="/peer.js"></script></body>'],
      ],
      ["/peer.json", ["application/json", JSON.stringify(peerTree(readHere(bytes, "large.cpuprofile")))]],
    ]),
  );
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1_400, height: 900 }, bypassCSP: true });
    const pageMs: number[] = [];
    let page: Page | null = null;
    for (let round = 0; round <= ROUNDS; round++) {
      await page?.close();
      page = await context.newPage();
      await page.addInitScript(() => {
        Object.assign(globalThis, {
          acquireVsCodeApi: () => ({ postMessage: () => undefined, getState: () => null, setState: () => undefined }),
        });
      });
      await page.goto(served.address);
      const took = await page.evaluate(firstPaint);
      if (round > 0) pageMs.push(took);
    }
    const [host, inPage] = [median(hostMs), median(pageMs)];
    note(`flame: reading ${host.toFixed(0)} ms, from the first piece to the first paint ${inPage.toFixed(0)} ms`);
    const common = { bench, better: "lower" } as const;
    report({ ...common, name: "flame_open_to_first_paint", value: host + inPage, unit: "ms", target: 1_000 });
    // The peer draws calls that are summed up already; ours are a million samples in the order of time.
    const peerMs = median([await peerPaintMs(context, served.address), await peerPaintMs(context, served.address)]);
    const peer = { peer: "d3-flame-graph", peerValue: peerMs };
    report({ ...common, name: "flame_page_to_first_paint", value: inPage, unit: "ms", ...peer });
    if (page === null) return;
    for (const order of ["time", "heavy"] as const) {
      await page.getByLabel("Order").selectOption(order);
      for (const move of ["zoom", "pan"] as const) {
        // Moving sideways takes something beside what is in sight: three quarters of all are.
        await page.getByRole("application").focus();
        await page.keyboard.press("0");
        if (move === "pan") await page.keyboard.press("w");
        const frames = await page.evaluate(moved, { move, moves: MOVES });
        report({
          ...{ bench, better: "higher", name: `flame_${order}_${move}_frames`, unit: "frames/s" },
          ...{ value: 1_000 / median(frames), target: MIN_FRAMES_PER_SECOND },
        });
        note(`flame: ${order} ${move}: slowest frame ${Math.max(...frames).toFixed(0)} ms`);
      }
    }
  } finally {
    await browser.close();
    await served.close();
  }
}

/** Reads as the page is opened, in a thread, and beside it as it would be without one: in the host's own, which then stands still. */
async function hostSide(
  bytes: Uint8Array,
): Promise<{ readonly hostMs: readonly number[]; readonly pieces: unknown[] }> {
  const folder = mkdtempSync(join(tmpdir(), "swarm-bench-reader-"));
  try {
    const outfile = join(folder, "profileReader.js");
    await esbuild.build({
      ...{ absWorkingDir: ROOT, entryPoints: ["src/views/flame/readThread.ts"], outfile, bundle: true, minify: true },
      ...{ platform: "node", format: "cjs", target: "node22" },
    });
    const read = readInThread(outfile);
    const { signal } = new AbortController();
    const ways = {
      thread: () => read(bytes.slice(), "large.cpuprofile", signal),
      // In a turn of its own, as what comes from a file is.
      own: async () => readHere(bytes, "large.cpuprofile"),
    };
    const took = { thread: [] as number[], own: [] as number[] };
    const stood = { thread: [] as number[], own: [] as number[] };
    let pieces: unknown[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const way of ["own", "thread"] as const) {
        const stalls = longestStall();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const begun = performance.now();
        const profile = await ways[way]();
        const readMs = performance.now() - begun;
        await new Promise((resolve) => setTimeout(resolve, 20));
        const stoodMs = stalls();
        const before = performance.now();
        pieces = [...piecesOfProfiles(1, [profile])];
        if (round === 0) continue;
        took[way].push(readMs + performance.now() - before);
        stood[way].push(stoodMs);
      }
    }
    const name = "flame_host_stands_still";
    report({
      ...{ bench: "profiler", name, value: median(stood.thread), unit: "ms", better: "lower" },
      ...{ peer: "read in its own thread", peerValue: median(stood.own) },
    });
    note(
      `flame: read in a thread ${median(took.thread).toFixed(0)} ms, in the host's own ${median(took.own).toFixed(0)} ms`,
    );
    return { hostMs: took.thread, pieces };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The longest time from one turn of the event loop to the next, until it is asked. */
function longestStall(): () => number {
  let [last, longest] = [performance.now(), 0];
  const look = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(look);
    return Math.max(longest, performance.now() - last);
  };
}

type Served = readonly [type: string, content: string | Uint8Array];

async function serve(
  pieces: readonly unknown[],
  more: ReadonlyMap<string, Served>,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const built = await esbuild.build({
    ...{ entryPoints: [join(ROOT, "webview/flame.ts")], bundle: true, write: false, minify: true },
    ...{ platform: "browser", format: "iife", target: "es2023" },
  });
  const styles = ["media/page.css", "media/chart.css", "media/flame.css"];
  const files = new Map<string, Served>([
    ...more,
    ["/page.js", ["text/javascript", built.outputFiles[0]?.text ?? ""]],
    ["/page.css", ["text/css", styles.map((path) => readFileSync(join(ROOT, path), "utf8")).join("\n")]],
  ]);
  // Typed arrays as bytes, everything else as JSON: the page's side makes the same messages of them.
  const heads = pieces.map((piece) => {
    const { values, ...rest } = piece as { readonly values?: Int32Array | Float64Array };
    return values === undefined ? { rest, array: null } : { rest, array: { isInt: values instanceof Int32Array } };
  });
  files.set("/pieces.json", ["application/json", JSON.stringify(heads)]);
  for (const [index, piece] of pieces.entries()) {
    const { values } = piece as { readonly values?: Int32Array | Float64Array };
    if (values !== undefined)
      files.set(`/piece/${index}`, [
        "application/octet-stream",
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      ]);
  }
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    if (file !== undefined) response.setHeader("content-type", file[0]).end(file[1]);
    else if (request.url === "/")
      response.setHeader("content-type", "text/html; charset=utf-8").end(
        pageHtml({
          title: "Flame",
          cspSource: "'self'",
          nonce: "bench",
          scriptUri: "/page.js",
          styleUris: ["/page.css"],
        }),
      );
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    address: `http://127.0.0.1:${bound.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In the page: from the first message to the first frame with boxes in it. What is fetched was there before the clock starts. */
async function firstPaint(): Promise<number> {
  const heads = (await (await fetch("/pieces.json")).json()) as { rest: object; array: { isInt: boolean } | null }[];
  const messages = await Promise.all(
    heads.map(async ({ rest, array }, index) => {
      if (array === null) return rest;
      const buffer = await (await fetch(`/piece/${index}`)).arrayBuffer();
      return { ...rest, values: array.isInt ? new Int32Array(buffer) : new Float64Array(buffer) };
    }),
  );
  const begun = performance.now();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor posts without one too
  for (const message of messages) window.postMessage(message);
  return new Promise((resolve) => {
    const look = (): void => {
      const canvas = document.querySelector(".stage canvas") as HTMLCanvasElement | null;
      const painted =
        canvas !== null && canvas.width > 100 && canvas.getContext("2d")?.getImageData(50, 5, 1, 1).data[3] === 255;
      if (painted) resolve(performance.now() - begun);
      else requestAnimationFrame(() => setTimeout(look));
    };
    look();
  });
}

/** In the page: milliseconds of each frame while it is moved once a frame. */
function moved({ move, moves }: { move: "zoom" | "pan"; moves: number }): Promise<number[]> {
  const stage = document.querySelector(".stage") as HTMLElement;
  const { left, top, width } = stage.getBoundingClientRect();
  const frames: number[] = [];
  return new Promise((resolve) => {
    let last = 0;
    const step = (now: number): void => {
      if (last > 0) frames.push(now - last);
      last = now;
      if (frames.length >= moves) {
        resolve(frames);
        return;
      }
      // In for half of the time and out again; sideways to and fro.
      const direction = frames.length < moves / 2 ? -1 : 1;
      const delta = move === "zoom" ? { deltaY: 40 * direction } : { deltaX: -30 * direction };
      const place = { clientX: left + width * 0.4, clientY: top + 60, bubbles: true, cancelable: true };
      stage.dispatchEvent(new WheelEvent("wheel", { ...delta, ...place }));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}
