import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allocationsOutput, cliError, exitCode, predictiveScaleOutput } from "../../src/engine/protocol/cli.ts";
import { workerScript } from "../engine/integration/realEngine.ts";
import { bundle, cliWithin, dist, environment, home, json, status, tidyUp, until } from "./realCli.ts";

const MINUTE = 60_000;
const SLOW_MS = 180_000;

async function row(id: string) {
  return (await status()).swarms.find((swarm) => swarm.id === id) ?? expect.fail(`no swarm ${id}`);
}

/** Three days of about three and a half agents' worth of work, with a wave of three hours in it. */
function past(): string {
  const start = Date.now() - 3 * 1_440 * MINUTE;
  const rows = Array.from({ length: 3 * 1_440 }, (_, i) => {
    const value = 3 + Math.sin((i / 180) * 2 * Math.PI) + ((i * 7919) % 13) / 52;
    return `${Math.floor((start + i * MINUTE) / 1000)},${value.toFixed(3)}`;
  });
  const path = join(home, "past.csv");
  writeFileSync(path, `ts,value\n${rows.join("\n")}\n`);
  return path;
}

/** Five series are forecast for it, each by every model: with other work on the machine this takes its time. */
const predict = (...args: string[]) => cliWithin(SLOW_MS, "predict-size", ...args, "--json");

/** Ctrl-C, once the swarm has another target. */
async function givenUp(swarmId: string, verb: string, ...more: string[]) {
  const args = [join(dist, "cli.js"), verb, "--swarm-id", swarmId, ...more];
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  await until("it is under way", async () => ((await row(swarmId)).target ?? 0) > 0);
  child.kill("SIGINT");
  return { exit: await closed, stderr };
}

/** A swarm of ours is sized by its forecast: planned, applied, refused, not seen, and given up. */
describe.runIf(process.platform === "linux")("a size by the forecast, with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    const file = join(home, "swarms.json");
    const agents = { command: process.execPath, minAgents: 1, maxAgents: 8, mode: "observe" };
    const swarms = [
      { id: "able", args: ["-e", workerScript()], ...agents },
      // Never ready: a size of it is never seen.
      { id: "mute", args: ["-e", workerScript({ start: "" })], ...agents },
      { id: "young", args: ["-e", workerScript()], ...agents },
    ];
    writeFileSync(file, JSON.stringify({ swarms }));
    await json("config-set", "--file", file);
    for (const id of ["able", "mute"]) await json("import", "--input", past(), "--swarm-id", id);
    await json("swarm-scale", "--swarm-id", "able", "--target-size", "1");
  }, SLOW_MS);
  afterAll(tidyUp, 60_000);

  test("is told, and nothing is done without --apply", { timeout: SLOW_MS }, async () => {
    const shown = await predict("--swarm-id", "able");
    expect(shown.exit, shown.stdout).toBe(exitCode.ok);
    const plan = predictiveScaleOutput.parse(JSON.parse(shown.stdout));
    expect(plan).toMatchObject({
      ...{ from: 1, source: "derived", outcome: null, topology: null, reason: { code: "predictive.forecast" } },
    });
    // The wave goes from 2 to 4.3 agents' worth; nobody plans for less, or for all that there may be.
    expect(plan.to).toBeGreaterThanOrEqual(2);
    expect(plan.to).toBeLessThanOrEqual(7);
    expect(await row("able")).toMatchObject({ target: 1, live: 1 });
  });

  test("is scaled to and seen, and the topology says that there is none", { timeout: SLOW_MS }, async () => {
    const applied = await predict("--swarm-id", "able", "--apply");
    expect(applied.exit, applied.stdout).toBe(exitCode.ok);
    const { to, outcome, topology } = predictiveScaleOutput.parse(JSON.parse(applied.stdout));
    expect(outcome).toMatchObject({ kind: "confirmed", live: to });
    expect(topology).toEqual({ kind: "refused", reason: expect.objectContaining({ code: "topology.none" }) });
    expect(await row("able")).toMatchObject({ target: to, live: to });
  });

  test("is refused while the swarm is on hold, and nothing is done", { timeout: SLOW_MS }, async () => {
    await json("swarm-scale", "--swarm-id", "able", "--target-size", "1", "--at-once");
    await json("swarm-hold", "--swarm-id", "able");
    const refused = await predict("--swarm-id", "able", "--apply");
    expect(refused.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(refused.stdout)).error.code).toBe("scale.onHold");
    expect(await row("able")).toMatchObject({ target: 1, live: 1 });
  });

  test("that is not seen is unconfirmed, and the topology is left alone", { timeout: SLOW_MS }, async () => {
    const unseen = await predict("--swarm-id", "mute", "--apply", "--timeout", "2000");
    expect(unseen.exit, unseen.stdout).toBe(exitCode.unconfirmed);
    expect(predictiveScaleOutput.parse(JSON.parse(unseen.stdout))).toMatchObject({
      outcome: { kind: "unconfirmed" },
      topology: { kind: "refused", reason: { code: "topology.notConfirmed" } },
    });
  });

  test("goes on in the engine when nobody waits for it any more", { timeout: SLOW_MS }, async () => {
    await json("swarm-stop", "--swarm-id", "mute", "--now");
    const ended = await givenUp("mute", "predict-size", "--apply");
    expect(ended.exit, ended.stderr).toBe(exitCode.interrupted);
    expect(ended.stderr).toContain("the engine goes on with it");
    const target = (await row("mute")).target ?? 0;
    await until("its agents", async () => (await row("mute")).agents.length >= target);
    expect(target).toBeGreaterThan(0);
  });

  test("but what a swarm was to be given is taken back then", { timeout: SLOW_MS }, async () => {
    await json("swarm-stop", "--swarm-id", "mute", "--now");
    const file = join(home, "given.json");
    writeFileSync(file, JSON.stringify({ agents: 1 }));
    const ended = await givenUp("mute", "daa-resource-alloc", "--resources", file);
    expect(ended.exit, ended.stderr).toBe(exitCode.interrupted);
    expect(ended.stderr).toContain("is taken back");
    await until("it is taken back", async () => {
      const [newest] = allocationsOutput.parse(await json("allocations", "--limit", "1")).allocations;
      return newest?.state.kind === "rolledBack";
    });
    expect(await row("mute")).toMatchObject({ target: 0, live: 0 });
  });

  test("is none where there is no past to learn from", { timeout: SLOW_MS }, async () => {
    const young = await predict("--swarm-id", "young", "--apply");
    expect(young.exit).toBe(exitCode.notReady);
    expect(predictiveScaleOutput.parse(JSON.parse(young.stdout))).toMatchObject({ to: null, outcome: null });
    expect(await row("young")).toMatchObject({ target: 0, live: 0 });
  });
});
