import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  agentStopOutput,
  cliError,
  configSetOutput,
  engineStopOutput,
  exitCode,
  metricsOutput,
  scaleOutput,
  statusOutput,
} from "../../src/engine/protocol/cli.ts";

/** The real thing: the bundles, a keeper, an engine, workers; in a home of their own. */

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
// Short, because the socket of the engine lies in it.
const home = mkdtempSync(join(tmpdir(), "sw-cli-"));
const dist = join(home, "dist");
const environment = { ...process.env, SWARM_ALLOCATOR_HOME: join(home, "h"), SHELL: "/bin/sh" };
const DEADLINE_MS = 30_000;

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cli(...args: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(process.execPath, [join(dist, "cli.js"), ...args], {
      env: environment,
      timeout: 2 * DEADLINE_MS,
    });
    return { exit: 0, stdout, stderr };
  } catch (error) {
    const ended = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof ended.code !== "number") throw error;
    return { exit: ended.code, stdout: ended.stdout ?? "", stderr: ended.stderr ?? "" };
  }
}

async function json(...args: string[]): Promise<unknown> {
  const ended = await cli(...args, "--json");
  expect(ended.exit, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`).toBe(0);
  return JSON.parse(ended.stdout);
}

const status = async () => statusOutput.parse(await json("status"));

async function demo() {
  const output = await status();
  return output.swarms.find(({ id }) => id === "demo") ?? expect.fail("status lists no demo swarm");
}

/** Status shows the engine's latest tick, which may be older than an action confirmed just now. */
async function demoWith(agents: number) {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const swarm = await demo();
    if (swarm.agents.length === agents) return swarm;
    if (performance.now() > deadline) expect.fail(`status shows ${swarm.agents.length} agents, not ${agents}`);
  }
}

/** Start time of a living process (field 22 of its `stat`); `null` when it is gone or a zombie. */
function startTimeOf(pid: number): number | null {
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
function processesOfOurs(): number[] {
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
async function bundle(): Promise<void> {
  const build = (await import(pathToFileURL(join(ROOT, "esbuild.mjs")).href)) as { ENTRIES: readonly Entry[] };
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: build.ENTRIES.filter(({ kind }) => kind === "node").map(({ source, out }) => ({
      in: source,
      out: out.replace(/\.js$/, ""),
    })),
    outdir: dist,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    define: { __VERSION__: '"1.0.0-test"', __BUILD_ID__: '"endtoend"' },
    logLevel: "silent",
  });
}

async function until(what: string, met: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await met())) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe.runIf(process.platform === "linux")("the command line with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    expect(readdirSync(dist)).toEqual(expect.arrayContaining(["cli.js", "engine.js", "keeper.js"]));
  }, 60_000);

  afterAll(async () => {
    await cli("engine-stop", "--timeout", "20000");
    // What engine-stop should have ended and has not: only processes that carry this test's own home.
    for (const pid of processesOfOurs()) process.kill(pid, "SIGKILL");
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  test("says that none runs, and starts none, with --no-start and for engine-stop", async () => {
    const absent = await cli("status", "--no-start", "--json");
    expect(absent.exit).toBe(exitCode.noEngine);
    expect(cliError.parse(JSON.parse(absent.stdout)).error.code).toBe("engine.notRunning");
    expect(engineStopOutput.parse(await json("engine-stop"))).toEqual({ wasRunning: false, ended: 0, outcome: null });
    expect(processesOfOurs()).toEqual([]);
  });

  test("starts the demo swarm, and its agents are processes that live", { timeout: 60_000 }, async () => {
    const started = scaleOutput.parse(await json("swarm-start", "--demo", "--mode", "observe"));
    expect(started.outcome.kind).toBe("confirmed");
    const swarm = await demoWith(started.to);
    expect(swarm).toMatchObject({ kind: "managed", demo: true, mode: "observe", target: started.to, live: started.to });
    expect(swarm.agents).toHaveLength(started.to);
    for (const agent of swarm.agents) expect(startTimeOf(agent.pid)).toBe(agent.startTime);
  });

  test.each([3, 5, 2])("scales to %s, as many as are really alive", { timeout: 60_000 }, async (target) => {
    const before = await demo();
    const scaled = scaleOutput.parse(await json("swarm-scale", "--swarm-id", "demo", "--target-size", String(target)));
    expect(scaled).toMatchObject({ to: target, outcome: { kind: "confirmed", live: target } });
    const after = await demoWith(target);
    const pids = after.agents.map(({ pid }) => pid);
    expect(pids).toHaveLength(target);
    for (const agent of after.agents) expect(startTimeOf(agent.pid)).toBe(agent.startTime);
    const removed = before.agents.filter(({ pid }) => !pids.includes(pid));
    for (const agent of removed) expect(startTimeOf(agent.pid)).not.toBe(agent.startTime);
    // Those that stayed are the same processes.
    expect(before.agents.filter(({ pid }) => pids.includes(pid))).toHaveLength(Math.min(before.agents.length, target));
  });

  test("refuses a target above the maximum and an unknown swarm, and changes nothing", async () => {
    const before = await demo();
    const above = await cli("swarm-scale", "--swarm-id", "demo", "--target-size", "900", "--json");
    expect(above.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(above.stdout)).error.code).toBe("scale.aboveMax");
    const unknown = await cli("swarm-stop", "--swarm-id", "nobody");
    expect(unknown).toMatchObject({ exit: exitCode.failure, stdout: "" });
    expect(unknown.stderr).toContain("'nobody'");
    expect((await demo()).agents.map(({ pid }) => pid)).toEqual(before.agents.map(({ pid }) => pid));
  });

  test("measures only what was asked for, and the agents are those of status", async () => {
    const report = metricsOutput.parse(await json("metrics-collect", "--components", '["memory","agents"]'));
    expect(Object.keys(report).toSorted()).toEqual(["agents", "intervalMs", "memory", "wallMs"]);
    expect(report.memory?.totalBytes).toMatchObject({ source: "measured", value: expect.any(Number) as number });
    const pids = new Set(report.agents?.filter(({ swarmId }) => swarmId === "demo").map(({ pid }) => pid));
    expect(pids).toEqual(new Set((await demo()).agents.map(({ pid }) => pid)));
    const text = await cli("metrics-collect");
    expect(text).toMatchObject({ exit: 0, stderr: "" });
    expect(text.stdout).toContain("memory");
  });

  test("changes the configuration; a swarm whose command does not exist says so", { timeout: 60_000 }, async () => {
    const file = join(home, "config.json");
    writeFileSync(file, JSON.stringify({ swarms: [{ id: "ghost", command: "/nonexistent/program", maxAgents: 2 }] }));
    expect(configSetOutput.parse(await json("config-set", "--file", file)).changed).toEqual(["swarms"]);
    expect(configSetOutput.parse(await json("config-set", "--file", file)).changed).toEqual([]);
    const scaled = await cli("swarm-scale", "--swarm-id", "ghost", "--target-size", "2", "--timeout", "2000");
    expect(scaled.exit).toBe(exitCode.unconfirmed);
    const text = await cli("status");
    expect(text.stdout).toContain("'/nonexistent/program' could not be started");
  });

  test("Ctrl-C gives up waiting, and the engine goes on", { timeout: 60_000 }, async () => {
    const ghost = async () => (await status()).swarms.find(({ id }) => id === "ghost");
    // Two agents of a command that does not exist: the wait cannot end by itself before its deadline.
    const child = spawn(
      process.execPath,
      [join(dist, "cli.js"), "swarm-scale", "--swarm-id", "ghost", "--target-size", "2"],
      {
        env: environment,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    const exited = new Promise<number | null>((done) => void child.once("close", done));
    const deadline = performance.now() + DEADLINE_MS;
    while ((await ghost())?.target !== 2) {
      if (performance.now() > deadline) expect.fail("the engine never took the target 2");
    }
    child.kill("SIGINT");
    expect(await exited).toBe(exitCode.interrupted);
    expect(stderr).toContain("The engine goes on bringing 'ghost' to 2 agents");
    expect((await ghost())?.target).toBe(2);
    scaleOutput.parse(await json("swarm-stop", "--swarm-id", "ghost"));
  });

  test("stops one agent of ours without a question; it is gone", { timeout: 60_000 }, async () => {
    const [agent] = (await demo()).agents;
    if (agent === undefined) expect.fail("the demo swarm has no agents");
    const stopped = agentStopOutput.parse(await json("agent-stop", "--agent-id", agent.id));
    expect(stopped).toMatchObject({ pid: agent.pid, swarmId: "demo", outcome: { kind: "confirmed" } });
    expect(startTimeOf(agent.pid)).not.toBe(agent.startTime);
  });

  test("text output of status has no control characters and names every agent", async () => {
    const before = new Set((await demo()).agents.map(({ pid }) => pid));
    const text = await cli("status");
    expect(text).toMatchObject({ exit: 0, stderr: "" });
    expect(text.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    // Seen before and after, so certainly in between.
    const throughout = (await demo()).agents.filter(({ pid }) => before.has(pid));
    expect(throughout).not.toHaveLength(0);
    for (const { pid } of throughout) expect(text.stdout).toContain(String(pid));
  });

  test("stops the swarm, then the engine; no process is left", { timeout: 60_000 }, async () => {
    const before = await status();
    const agents = before.swarms.find(({ id }) => id === "demo")?.agents ?? [];
    expect(agents).not.toHaveLength(0);
    expect(scaleOutput.parse(await json("swarm-stop", "--demo"))).toMatchObject({
      to: 0,
      outcome: { kind: "confirmed", live: 0 },
    });
    for (const agent of agents) expect(startTimeOf(agent.pid)).not.toBe(agent.startTime);
    // The demo is offered, not listed, while it does not run.
    await until("status lists the demo no more", async () =>
      (await status()).swarms.every(({ demo: isDemo }) => !isDemo),
    );
    expect(engineStopOutput.parse(await json("engine-stop"))).toMatchObject({
      wasRunning: true,
      outcome: { kind: "confirmed" },
    });
    expect(startTimeOf(before.engine.pid)).toBeNull();
    expect(startTimeOf(before.engine.keeperPid)).toBeNull();
    await until("no process of ours is left", () => processesOfOurs().length === 0);
  });

  test("engine-stop ends a swarm at work as well", { timeout: 60_000 }, async () => {
    scaleOutput.parse(await json("swarm-start", "--demo"));
    const agents = (await demo()).agents;
    const stopped = engineStopOutput.parse(await json("engine-stop"));
    expect(stopped.outcome).toMatchObject({ kind: "confirmed" });
    expect(stopped.ended).toBeGreaterThanOrEqual(agents.length);
    await until("no process of ours is left", () => processesOfOurs().length === 0);
  });
});
