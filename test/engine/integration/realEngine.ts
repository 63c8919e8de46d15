import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";

/** The real engine, keeper and demo scripts, bundled as an installation has them. Once a test file. */
export async function buildRealDist(version = "1.0.0"): Promise<string> {
  const dist = mkdtempSync(join(tmpdir(), "se-dist-"));
  await esbuild.build({
    absWorkingDir: join(import.meta.dirname, "../../.."),
    entryPoints: {
      keeper: "src/engine/keeper.ts",
      engine: "src/engine/main.ts",
      heavy: "src/engine/heavy.ts",
      demoWorker: "src/engine/providers/demo/worker.ts",
      demoModelApi: "src/engine/providers/demo/modelApi.ts",
    },
    outdir: dist,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "silent",
    // The MCP client is a bundle of its own, which none of these tests needs.
    external: ["./sdk.ts"],
    define: { __VERSION__: JSON.stringify(version), __BUILD_ID__: '"test"' },
  });
  for (const file of ["ets_bg.wasm", "mstl_bg.wasm"])
    copyFileSync(join(import.meta.dirname, "../../../node_modules/@bsull/augurs", file), join(dist, file));
  return dist;
}

/** A worker in plain JavaScript, run by `node -e`; `onTask` and `onDrain` are the bodies of what it does. */
export function workerScript(parts: { start?: string; onTask?: string; onDrain?: string } = {}): string {
  return `
    const say = (m) => process.stdout.write(JSON.stringify(m) + "\\n");
    const lines = require("node:readline").createInterface({ input: process.stdin });
    lines.on("close", () => process.exit(0));
    lines.on("line", (line) => {
      const message = JSON.parse(line);
      if (message.type === "task") { ${parts.onTask ?? 'say({ type: "done", id: message.id });'} }
      if (message.type === "drain") { ${parts.onDrain ?? "process.exit(0);"} }
    });
    ${parts.start ?? 'say({ type: "ready" });'}`;
}

/** Asks until it holds; fails with `what` at the deadline. For the state of real processes, which nothing announces. */
export async function until(holds: () => Promise<boolean> | boolean, what: string, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
