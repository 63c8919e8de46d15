import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { expect } from "vitest";
import { statusOutput } from "../../src/engine/protocol/cli.ts";

/** The real thing for tests: the bundles, a keeper, an engine, workers; one home for each file that imports this. */

export const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
// Short, because the socket of the engine lies in it.
export const home = mkdtempSync(join(tmpdir(), "sw-cli-"));
export const dist = join(home, "dist");
export const environment = { ...process.env, SWARM_ALLOCATOR_HOME: join(home, "h"), SHELL: "/bin/sh" };
export const DEADLINE_MS = 30_000;

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const cli = (...args: string[]): Promise<Ended> => cliWithin(2 * DEADLINE_MS, ...args);

/** @param timeoutMs then it is ended, and the test with it */
export async function cliWithin(timeoutMs: number, ...args: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(process.execPath, [join(dist, "cli.js"), ...args], {
      env: environment,
      timeout: timeoutMs,
    });
    return { exit: 0, stdout, stderr };
  } catch (error) {
    const ended = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof ended.code !== "number") throw error;
    return { exit: ended.code, stdout: ended.stdout ?? "", stderr: ended.stderr ?? "" };
  }
}

export async function json(...args: string[]): Promise<unknown> {
  const ended = await cli(...args, "--json");
  expect(ended.exit, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`).toBe(0);
  return JSON.parse(ended.stdout);
}

export const status = async () => statusOutput.parse(await json("status"));

export async function demo() {
  const output = await status();
  return output.swarms.find(({ id }) => id === "demo") ?? expect.fail("status lists no demo swarm");
}

/** Status shows the engine's latest tick, which may be older than an action confirmed just now. */
export async function demoWith(agents: number) {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const swarm = await demo();
    if (swarm.agents.length === agents) return swarm;
    if (performance.now() > deadline) expect.fail(`status shows ${swarm.agents.length} agents, not ${agents}`);
  }
}

/** Start time of a living process (field 22 of its `stat`); `null` when it is gone or a zombie. */
export function startTimeOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : Number(fields[19]);
  } catch {
    // Gone.
    return null;
  }
}

/** Every process that was started with our home in its environment, this one's children not counted. */
export function processesOfOurs(): number[] {
  const marker = `SWARM_ALLOCATOR_HOME=${join(home, "h")}`;
  const found: number[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || startTimeOf(pid) === null) continue;
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(marker)) found.push(pid);
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return found;
}

interface Entry {
  readonly source: string;
  readonly out: string;
  readonly kind: string;
}

/** What runs on Node, from the list of the build; the editor's bundles are not needed here. */
export async function bundle(): Promise<void> {
  const build = (await import(pathToFileURL(join(ROOT, "esbuild.mjs")).href)) as {
    ENTRIES: readonly Entry[];
    COPIES: readonly { readonly source: string; readonly out: string }[];
    ownBundles: esbuild.Plugin;
  };
  // Each by itself, as the product's build does.
  await Promise.all(
    build.ENTRIES.filter(({ kind }) => kind === "node").map(({ source, out }) =>
      esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: [source],
        outfile: join(dist, out),
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node22",
        define: { __VERSION__: '"1.0.0-test"', __BUILD_ID__: '"endtoend"' },
        // What is loaded on demand is a bundle of its own there, and not a part that is evaluated out of order.
        plugins: [build.ownBundles],
        logLevel: "silent",
      }),
    ),
  );
  mkdirSync(join(dist, "webview"), { recursive: true });
  for (const { source, out } of build.COPIES) copyFileSync(join(ROOT, source), join(dist, out));
}

export async function until(what: string, met: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await met())) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Ends the engine, and what it should have ended and has not: only processes that carry this test's own home. */
export async function tidyUp(): Promise<void> {
  await cli("engine-stop", "--timeout", "20000");
  for (const pid of processesOfOurs()) process.kill(pid, "SIGKILL");
  rmSync(home, { recursive: true, force: true });
}
