import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  agentStopOutput,
  cliError,
  configSetOutput,
  engineRestartOutput,
  engineStopOutput,
  exitCode,
  forecastOutput,
  metricsOutput,
  scaleOutput,
} from "../../src/engine/protocol/cli.ts";
import {
  bundle,
  cli,
  DEADLINE_MS,
  demo,
  demoWith,
  dist,
  type Ended,
  environment,
  home,
  json,
  processesOfOurs,
  run,
  startTimeOf,
  status,
  tidyUp,
  until,
} from "./realCli.ts";

describe.runIf(process.platform === "linux")("the command line with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    expect(readdirSync(dist)).toEqual(expect.arrayContaining(["cli.js", "engine.js", "keeper.js"]));
  }, 60_000);

  afterAll(tidyUp, 60_000);

  test("says that none runs, and starts none, with --no-start and for engine-stop", async () => {
    const absent = await cli("status", "--no-start", "--json");
    expect(absent.exit).toBe(exitCode.noEngine);
    expect(cliError.parse(JSON.parse(absent.stdout)).error.code).toBe("engine.notRunning");
    expect(engineStopOutput.parse(await json("engine-stop"))).toEqual({ wasRunning: false, ended: 0, outcome: null });
    expect(processesOfOurs()).toEqual([]);
  });

  test("forecasts a file without an engine", async () => {
    const rows = Array.from({ length: 240 }, (_, hour) => {
      const at = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString();
      return `${at},${(10 + 5 * Math.sin((hour / 24) * 2 * Math.PI) + ((hour * 7919) % 13) / 13).toFixed(3)}`;
    });
    const file = join(home, "load.csv");
    writeFileSync(file, ["time,load", ...rows].join("\n"));
    const output = forecastOutput.parse(await json("forecast-resources", "--input", file, "--horizon", "6"));
    expect(output).toMatchObject({ ready: true, stepSeconds: 3600 });
    expect(output.points).toHaveLength(6);
    const missing = await cli("forecast-resources", "--input", home, "--horizon", "6");
    expect(missing).toMatchObject({ exit: exitCode.usage, stdout: "" });
    expect(missing.stderr).toContain("it is a folder");
    expect(processesOfOurs()).toEqual([]);
  });

  test("loads the models for a file alone: every other verb does without them", async () => {
    const bare = join(home, "bare");
    mkdirSync(bare);
    copyFileSync(join(dist, "cli.js"), join(bare, "cli.js"));
    const ran = await run(process.execPath, [join(bare, "cli.js"), "help", "--json"], { env: environment });
    expect(ran.stderr).toBe("");
    const file = join(home, "load.csv");
    const args = [join(bare, "cli.js"), "forecast-resources", "--input", file, "--horizon", "6", "--json"];
    const failed = (await run(process.execPath, args, { env: environment }).catch((error: unknown) => error)) as Ended;
    expect(cliError.parse(JSON.parse(failed.stdout)).error).toMatchObject({
      code: "install.incomplete",
      args: { path: bare },
    });
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

  test("keeps a swarm on hold until it is lifted, and takes its mode", { timeout: 60_000 }, async () => {
    await json("swarm-hold", "--demo");
    await until("status shows the hold", async () => (await demo()).held);
    const { live } = await demo();
    const grown = await cli("swarm-scale", "--swarm-id", "demo", "--target-size", String(live + 1), "--json");
    expect(grown.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(grown.stdout)).error.code).toBe("scale.onHold");
    await json("swarm-hold", "--demo", "--release");
    await until("status shows no hold", async () => !(await demo()).held);
    await json("swarm-mode", "--demo", "--mode", "recommend");
    await until("status shows the mode", async () => (await demo()).mode === "recommend");
    await json("swarm-mode", "--demo", "--mode", "observe");
    await until("status shows the mode", async () => (await demo()).mode === "observe");
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
    writeFileSync(file, JSON.stringify({ swarms: [{ id: "ghost", command: "/nonexistent/program", maxAgents: 3 }] }));
    expect(configSetOutput.parse(await json("config-set", "--file", file)).changed).toEqual(["swarms"]);
    expect(configSetOutput.parse(await json("config-set", "--file", file)).changed).toEqual([]);
    const scaled = await cli("swarm-scale", "--swarm-id", "ghost", "--target-size", "2", "--timeout", "2000");
    expect(scaled.exit).toBe(exitCode.unconfirmed);
    const text = await cli("status");
    expect(text.stdout).toContain("'/nonexistent/program' could not be started");
  });

  test("Ctrl-C gives up waiting, and the engine goes on", { timeout: 60_000 }, async () => {
    const ghost = async () => (await status()).swarms.find(({ id }) => id === "ghost");
    // Three agents of a command that does not exist: the wait cannot end by itself before its deadline.
    const child = spawn(
      process.execPath,
      [join(dist, "cli.js"), "swarm-scale", "--swarm-id", "ghost", "--target-size", "3"],
      {
        env: environment,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    const exited = new Promise<number | null>((done) => void child.once("close", done));
    const deadline = performance.now() + DEADLINE_MS;
    // Not the target of the test before, so that the call is known to be under way when it is interrupted.
    while ((await ghost())?.target !== 3) {
      if (performance.now() > deadline) expect.fail("the engine never took the target 3");
    }
    child.kill("SIGINT");
    expect(await exited).toBe(exitCode.interrupted);
    expect(stderr).toContain("The engine goes on bringing 'ghost' to 3 agents");
    expect((await ghost())?.target).toBe(3);
    scaleOutput.parse(await json("swarm-stop", "--swarm-id", "ghost"));
  });

  test("restarts the engine, and the agents are the same processes", { timeout: 60_000 }, async () => {
    const pids = new Set((await demo()).agents.map(({ pid }) => pid));
    const { before, outcome } = engineRestartOutput.parse(await json("engine-restart"));
    expect(startTimeOf(before)).toBeNull();
    expect(outcome).toMatchObject({ kind: "confirmed", pid: (await status()).engine.pid });
    expect(new Set((await demoWith(pids.size)).agents.map(({ pid }) => pid))).toEqual(pids);
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
