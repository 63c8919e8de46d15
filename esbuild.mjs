import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { DIST, manifest, ROOT } from "./scripts/lib/project.mjs";
import { Failure } from "./scripts/lib/say.mjs";

/**
 * Every bundle of the product. `engineSide` bundles run from `<state>/engine/<version>/`: their content makes the
 * build id, so that a change of views alone does not replace a running engine.
 */
export const ENTRIES = [
  { source: "src/extension.ts", out: "extension.js", kind: "editor", maxBytes: 175 * 1024 },
  { source: "src/text/engineReasons.ts", out: "words.js", kind: "editor" },
  { source: "src/views/commands/all.ts", out: "commands.js", kind: "editor" },
  { source: "src/views/pages/panels.ts", out: "pages.js", kind: "editor" },
  { source: "src/views/profile/remembered.ts", out: "rememberedProfile.js", kind: "editor" },
  { source: "src/views/rows/all.ts", out: "rows.js", kind: "editor" },
  { source: "src/views/flame/readThread.ts", out: "profileReader.js", kind: "node" },
  { source: "src/views/agentTools/all.ts", out: "agentTools.js", kind: "editor" },
  { source: "src/cli.ts", out: "cli.js", kind: "node", executable: true },
  { source: "src/mcp/main.ts", out: "mcp.js", kind: "node" },
  { source: "src/engine/main.ts", out: "engine.js", kind: "node", engineSide: true },
  { source: "src/engine/keeper.ts", out: "keeper.js", kind: "node", engineSide: true },
  { source: "src/engine/heavy.ts", out: "heavy.js", kind: "node", engineSide: true },
  { source: "src/engine/forecast/tensorFlow.ts", out: "tensorFlow.js", kind: "node", engineSide: true, minify: true },
  {
    source: "src/engine/providers/claudeFlow/sdk.ts",
    out: "mcpClient.js",
    kind: "node",
    engineSide: true,
    minify: true,
  },
  { source: "src/engine/providers/demo/worker.ts", out: "demoWorker.js", kind: "node", engineSide: true },
  { source: "src/engine/providers/demo/modelApi.ts", out: "demoModelApi.js", kind: "node", engineSide: true },
  { source: "webview/metrics.ts", out: "webview/metrics.js", kind: "browser" },
  { source: "webview/forecast.ts", out: "webview/forecast.js", kind: "browser" },
  { source: "webview/scaling.ts", out: "webview/scaling.js", kind: "browser" },
  { source: "webview/capacity.ts", out: "webview/capacity.js", kind: "browser" },
  { source: "webview/report.ts", out: "webview/report.js", kind: "browser" },
  { source: "webview/pareto.ts", out: "webview/pareto.js", kind: "browser" },
  { source: "webview/flame.ts", out: "webview/flame.js", kind: "browser" },
  { source: "webview/profile.ts", out: "webview/profile.js", kind: "browser" },
  { source: "webview/blame.ts", out: "webview/blame.js", kind: "browser" },
];

const TENSORFLOW_WASM = "node_modules/@tensorflow/tfjs-backend-wasm/dist";

/** Files that go along as they are: `heavy.js` and `cli.js` forecast with the first four, a page is drawn with the last. */
export const COPIES = [
  { source: `${TENSORFLOW_WASM}/tfjs-backend-wasm.wasm`, out: "tfjs-backend-wasm.wasm" },
  { source: `${TENSORFLOW_WASM}/tfjs-backend-wasm-simd.wasm`, out: "tfjs-backend-wasm-simd.wasm" },
  { source: "node_modules/@bsull/augurs/ets_bg.wasm", out: "ets_bg.wasm" },
  { source: "node_modules/@bsull/augurs/mstl_bg.wasm", out: "mstl_bg.wasm" },
  { source: "node_modules/uplot/dist/uPlot.min.css", out: "webview/uPlot.min.css" },
];

/**
 * Bundles every entry in two passes: the first only to learn the build id, the second with it.
 * @param options `strict`: a missing source is an error; `version`: instead of the manifest's (also `SWARM_BUILD_VERSION`)
 * @throws Failure for a source that is missing or a bundle above its limit; esbuild's own error for bad sources
 */
export async function build({ outDir = DIST, version = process.env.SWARM_BUILD_VERSION, strict = false } = {}) {
  const target = resolve(ROOT, outDir);
  const wanted = version || manifest().version;
  const skipped = ENTRIES.filter(({ source }) => !existsSync(join(ROOT, source))).map(({ source }) => source);
  if (strict && skipped.length > 0)
    throw new Failure(`Sources are missing, so there is nothing to ship: ${skipped.join(", ")}`);
  const present = ENTRIES.filter(({ source }) => !skipped.includes(source));

  const draft = await bundleAll(present, wanted, "", target);
  const buildId = identify(draft, wanted);
  const bundles = await bundleAll(present, wanted, buildId, target);
  // Its helper process would otherwise live as long as the command.
  await esbuild.stop();

  for (const { entry, code } of bundles) {
    if (entry.maxBytes !== undefined && code.byteLength > entry.maxBytes) {
      throw new Failure(`${entry.out} is ${code.byteLength} bytes, more than its limit of ${entry.maxBytes}`);
    }
  }
  for (const { source, out } of ENTRIES) {
    if (!skipped.includes(source)) continue;
    for (const stale of [out, `${out}.map`]) rmSync(join(target, stale), { force: true });
  }
  const files = [];
  for (const { entry, code, map } of bundles) {
    const path = join(target, entry.out);
    mkdirSync(dirname(path), { recursive: true });
    put(path, code, entry.executable ? 0o755 : 0o644);
    put(`${path}.map`, map, 0o644);
    files.push({ file: entry.out, bytes: code.byteLength });
  }
  for (const { source, out } of COPIES) {
    const content = readFileSync(join(ROOT, source));
    put(join(target, out), content, 0o644);
    files.push({ file: out, bytes: content.byteLength });
  }
  return { version: wanted, buildId, files, skipped };
}

/** An `import()` of a source that is a bundle of its own loads that bundle, and only then. */
export const ownBundles = {
  name: "own bundles",
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
      if (kind !== "dynamic-import") return undefined;
      const entry = ENTRIES.find(({ source }) => join(ROOT, source) === resolve(resolveDir, path));
      return entry === undefined ? undefined : { path: `./${entry.out}`, external: true };
    });
  },
};

function bundleAll(entries, version, buildId, outDir) {
  return Promise.all(entries.map((entry) => bundle(entry, version, buildId, outDir)));
}

async function bundle(entry, version, buildId, outDir) {
  const browser = entry.kind === "browser";
  const { outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [entry.source],
    outfile: join(outDir, entry.out),
    bundle: true,
    write: false,
    platform: browser ? "browser" : "node",
    // CommonJS because systeminformation is, and because the editor loads extensions with `require`.
    format: browser ? "iife" : "cjs",
    target: browser ? "es2023" : "node22",
    external: entry.kind === "editor" ? ["vscode"] : [],
    plugins: browser ? [] : [ownBundles],
    banner: entry.executable ? { js: "#!/usr/bin/env node" } : {},
    define: { __VERSION__: JSON.stringify(version), __BUILD_ID__: JSON.stringify(buildId) },
    // Engine-side names stay readable: a stack in the operator's log comes without a source map.
    minify: entry.minify ?? !entry.engineSide,
    sourcemap: "external",
    legalComments: "none",
    logLevel: "silent",
  });
  const find = (end) => outputFiles.find(({ path }) => path.endsWith(end)).contents;
  return { entry, code: find(".js"), map: find(".js.map") };
}

function identify(drafts, version) {
  const engine = drafts.filter(({ entry }) => entry.engineSide);
  const hash = createHash("sha256").update(version);
  for (const { entry, code } of engine.length > 0 ? engine : drafts) hash.update(entry.out).update(code);
  return hash.digest("hex").slice(0, 12);
}

/** Written aside and renamed, so that a process that starts meanwhile never loads half a bundle. */
function put(path, content, mode) {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, path);
}
