import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { followCommand, isRead, never } from "./world.ts";

const V3 = join(
  resolve(import.meta.dirname, "../../../.."),
  ".cache/claude-flow-3.43.0/node_modules/claude-flow/bin/cli.js",
);
const DEADLINE_MS = 30_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { readonly port: number };
  await new Promise((done) => server.close(done));
  return port;
}

test.skipIf(!existsSync(V3))(
  "claude-flow 3.43.0 from npm, served over HTTP: reached, graded, scaled, each read back",
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sw-flow-http-"));
    const port = await freePort();
    // It keeps one server a machine by a file in the temporary folder.
    const child = spawn(process.execPath, [V3, "mcp", "start", "-t", "http", "-p", String(port), "--force"], {
      ...{ cwd: folder, stdio: "ignore", env: { ...process.env, HOME: folder, TMPDIR: folder } },
    });
    const closed = new Promise((done) => child.once("close", done));
    try {
      const { swarm, until } = followCommand({ url: `http://127.0.0.1:${port}/mcp`, callTimeoutSeconds: 20 });
      const view = await until("its records", isRead, 90_000);
      expect(view).toMatchObject({ dialect: "v3", recordCount: 0, problem: null, serverPid: null, directory: null });
      expect(await swarm.scale(3, DEADLINE_MS, never)).toMatchObject({ kind: "confirmed", records: 3 });
      expect(await swarm.scale(1, DEADLINE_MS, never)).toMatchObject({ kind: "confirmed", records: 1 });
      await swarm.end();
    } finally {
      child.kill("SIGKILL");
      await closed;
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
