import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tools } from "../../src/mcp/tools/all.ts";
import { bundle, dist, environment, home, tidyUp } from "../cli/realCli.ts";

/** The command line of the MCP Inspector, as somebody would look at this server by hand. Fetched once, into `.cache`. */
const PACKAGE = "@modelcontextprotocol/inspector";
const VERSION = "2.12.0";
const folder = resolve(import.meta.dirname, "../../.cache", `mcp-inspector-${VERSION}`);
const program = join(folder, "node_modules", PACKAGE, "clients/launcher/build/index.js");
const run = promisify(execFile);

/** Why it is not there; `null` when it is. */
async function fetched(): Promise<string | null> {
  if (existsSync(program)) return null;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", `${PACKAGE}@${VERSION}`];
  try {
    await run("npm", args, { cwd: folder, timeout: 120_000, env: { ...process.env, PATH: pathWithNode() } });
    return existsSync(program) ? null : `${PACKAGE} ${VERSION} has no ${program}`;
  } catch (error) {
    return `${PACKAGE} ${VERSION} could not be installed: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
  }
}

function pathWithNode(): string {
  return `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;
}

describe("the MCP Inspector's command line", () => {
  let missing: string | null = null;
  beforeAll(async () => {
    missing = await fetched();
    if (missing === null) await bundle();
  }, 180_000);
  afterAll(async () => {
    if (missing === null) await tidyUp();
  }, 60_000);

  async function inspect(...args: string[]): Promise<Record<string, unknown>> {
    // It hands on only what it is told of the environment.
    const own = ["-e", `SWARM_ALLOCATOR_HOME=${join(home, "h")}`];
    const { stdout } = await run(
      process.execPath,
      [program, "--cli", ...own, process.execPath, join(dist, "cli.js"), "mcp", ...args],
      { env: environment, timeout: 60_000, maxBuffer: 1 << 24 },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  test("lists the tools and calls one", async ({ skip }) => {
    if (missing !== null) return skip(missing);
    const { tools: listed } = await inspect("--method", "tools/list");
    expect((listed as { name: string }[]).map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    const reply = await inspect("--method", "tools/call", "--tool-name", "swarm_status");
    expect(reply["structuredContent"]).toMatchObject({ swarms: expect.any(Array), moreSwarms: 0 });
    return undefined;
  }, 120_000);
});
