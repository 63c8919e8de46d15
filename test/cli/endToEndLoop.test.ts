import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  backupOutput,
  type CliDecision,
  cliError,
  decisionsOutput,
  decisionUndoOutput,
  diagnosticsOutput,
  exitCode,
  forecastOutput,
  historyOutput,
  scaleOutput,
  swarmHoldOutput,
} from "../../src/engine/protocol/cli.ts";
import { workerScript } from "../engine/integration/realEngine.ts";
import { bundle, cli, demo, demoWith, home, json, tidyUp, until } from "./realCli.ts";

const decisions = async (...args: string[]) => decisionsOutput.parse(await json("decisions", ...args));

describe.runIf(process.platform === "linux")("the loop from the command line, with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    scaleOutput.parse(await json("swarm-start", "--demo", "--mode", "observe"));
  }, 60_000);
  afterAll(tidyUp, 60_000);

  test("each change is a decision, told with who, from, to and how it went", { timeout: 60_000 }, async () => {
    const { to: from } = (await decisions("--limit", "1")).decisions[0] ?? expect.fail("the start is no decision");
    const to = from + 1;
    scaleOutput.parse(await json("swarm-scale", "--swarm-id", "demo", "--target-size", String(to)));
    const [newest, start] = (await decisions("--swarm-id", "demo")).decisions;
    expect(newest).toMatchObject({
      swarmId: "demo",
      origin: "operator",
      by: "swarm-allocator",
      from,
      to,
      state: { kind: "confirmed", live: to },
      undoRefusal: null,
    });
    expect(start).toMatchObject({ from: 0, to: from });
    // The start was superseded: undoing it now would undo the growth as well.
    expect(start?.undoRefusal).not.toBeNull();
    const text = await cli("decisions");
    expect(text.stdout).toContain(`${from} → ${to}`);
    expect(text.stdout).toContain("confirmed in");
  });

  test("undo goes back, once, and is itself a decision", { timeout: 60_000 }, async () => {
    const [last] = (await decisions("--limit", "1")).decisions;
    if (last === undefined) expect.fail("no decision is left from before");
    const undone = decisionUndoOutput.parse(await json("decision-undo", "--last"));
    expect(undone).toMatchObject({ undoOf: last.id, from: last.to, to: last.from, outcome: { kind: "confirmed" } });
    await demoWith(last.from);
    const [undo, before] = (await decisions("--limit", "2")).decisions;
    expect(undo).toMatchObject({ origin: "undo", undoOf: last.id });
    expect(before).toMatchObject({ id: last.id, undoneBy: undo?.id });
    const again = await cli("decision-undo", last.id, "--json");
    expect(again.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(again.stdout)).error.code).toMatch(/^undo\./);
  });

  test("a decision that is none, or waits for nobody, cannot be applied", async () => {
    const [done] = (await decisions("--limit", "1")).decisions;
    const over = await cli("decision-apply", done?.id ?? "", "--json");
    expect(cliError.parse(JSON.parse(over.stdout)).error.code).toBe("decision.over");
    const unknown = await cli("decision-dismiss", "018bcfe5-6a00-7000-8000-000000000001", "--json");
    expect(cliError.parse(JSON.parse(unknown.stdout)).error.code).toBe("decision.unknown");
    expect([over.exit, unknown.exit]).toEqual([exitCode.failure, exitCode.failure]);
  });

  test("a hold with an end is in force over a restart, is told, and ends by itself", { timeout: 60_000 }, async () => {
    // Who pauses everything for a while does not shorten a hold that was to last until it is lifted.
    await json("swarm-hold", "--demo");
    const paused = swarmHoldOutput.parse(await json("swarm-hold", "--all", "--for", "1s"));
    expect(paused.swarms).toContainEqual({ swarmId: "demo", untilMs: null });
    const [made] = swarmHoldOutput.parse(await json("swarm-hold", "--demo", "--for", "12s")).swarms;
    const { swarms } = swarmHoldOutput.parse(await json("swarm-hold", "--all", "--for", "2s"));
    expect(swarms).toContainEqual({ swarmId: "demo", untilMs: made?.untilMs });
    await json("engine-restart");
    const { held, heldUntilMs, live } = await demo();
    expect(held).toBe(true);
    expect(heldUntilMs).toBeGreaterThan(Date.now());
    expect((await decisions()).holds).toEqual([{ swarmId: "demo", label: "demo", untilMs: heldUntilMs }]);
    const grown = await cli("swarm-scale", "--swarm-id", "demo", "--target-size", String(live + 1), "--json");
    expect(cliError.parse(JSON.parse(grown.stdout)).error.code).toBe("scale.onHold");
    await until("the hold is over", async () => !(await demo()).held);
    expect(Date.now()).toBeGreaterThanOrEqual(heldUntilMs ?? Number.NaN);
    expect((await decisions()).holds).toEqual([]);
  });

  test("the Kubernetes rules size a live swarm, with the metric they went by", { timeout: 90_000 }, async () => {
    const file = join(home, "hpa.json");
    const swarm = {
      id: "rules",
      command: process.execPath,
      // Takes tasks and never ends one: the queue is as it was submitted.
      args: ["-e", workerScript({ onTask: "" })],
      minAgents: 1,
      maxAgents: 4,
      mode: "auto",
      scaling: { policy: "hpa", maxMemoryPressure: 1, maxCpuPressure: 1 },
    };
    writeFileSync(file, JSON.stringify({ swarms: [swarm] }));
    await json("config-set", "--file", file);
    await json("swarm-scale", "--swarm-id", "rules", "--target-size", "1");
    for (const n of [1, 2, 3]) await json("task-submit", `task ${n}`, "--swarm-id", "rules");
    const grown: CliDecision[] = [];
    await until("the rules have made it grow", async () => {
      const rows = (await decisions("--swarm-id", "rules")).decisions;
      grown.push(
        ...rows.filter((row) => row.origin === "scaler" && row.to > row.from && row.state.kind === "confirmed"),
      );
      return grown.length > 0;
    });
    // The oldest: of the load that had been submitted, and of it alone.
    const { inputs } = grown.at(-1) ?? expect.fail("nothing has grown");
    expect(inputs).toMatchObject({
      demandSource: "measured",
      predictedRatio: null,
      forecastReason: { code: "forecast.notForHpa" },
      hpa: { metric: "utilisation", targetPerAgent: 0.7 },
    });
    // What it went by then was the mean of the tasks that had come so far, all of them on one agent.
    const { demand, hpa } = inputs ?? expect.fail("a scaler's decision has inputs");
    expect(hpa?.desired).toBe(Math.ceil((demand ?? Number.NaN) / 0.7 - 1e-9));
    await json("swarm-stop", "--swarm-id", "rules", "--now");
  });

  test("what was measured comes back as history", { timeout: 60_000 }, async () => {
    const range = ["--from", "10m", "--points", "600", "--json"];
    const live = ["history", "--swarm-id", "demo", "--metric", "live", ...range];
    await until("three ticks are kept", async () => {
      const { stdout } = await cli(...live);
      return historyOutput.parse(JSON.parse(stdout)).points.filter(({ mean }) => mean !== null).length >= 3;
    });
    const output = historyOutput.parse(JSON.parse((await cli(...live)).stdout));
    const agents = (await demo()).live;
    expect(output).toMatchObject({ scope: "swarm", key: "demo", source: "measured", resolution: "sample" });
    expect(output.points.findLast(({ mean }) => mean !== null)?.mean).toBe(agents);
    const nothing = await cli("history", "--swarm-id", "nobody", "--metric", "demand");
    expect(nothing.exit).toBe(exitCode.notReady);
    expect(nothing.stdout).toContain("nothing was measured");
  });

  test("a forecast after so little history is not ready, and says why", { timeout: 60_000 }, async () => {
    const ended = await cli("forecast-resources", "--demo", "--time-horizon", "60", "--confidence", "0.9", "--json");
    expect(ended.exit, ended.stdout).toBe(exitCode.notReady);
    const output = forecastOutput.parse(JSON.parse(ended.stdout));
    expect(output).toMatchObject({ ready: false, swarmId: "demo" });
    expect(output.reason?.code).toMatch(/^forecast\./);
    expect(output.reason?.message).not.toContain("forecast.");
  });

  test("a backup is a whole database of its owner's, and replaces nothing", { timeout: 60_000 }, async () => {
    const path = join(home, "copy.db");
    const output = backupOutput.parse(await json("backup", "--output", path));
    expect(output).toMatchObject({ path, bytes: statSync(path).size });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const copy = new DatabaseSync(path, { readOnly: true });
    expect(copy.prepare("PRAGMA quick_check").get()).toEqual({ quick_check: "ok" });
    copy.close();
    const again = await cli("backup", "--output", path, "--json");
    expect(again.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(again.stdout)).error.code).toBe("backup.exists");
  });

  test("diagnostics hold no canary that the configuration has", { timeout: 60_000 }, async () => {
    const file = join(home, "canaries.json");
    const swarm = {
      id: "ghost",
      label: "canary label",
      command: "/nonexistent/canary-command",
      args: ["--token=canary-argument"],
      env: { API_KEY: "canary-environment" },
      cwd: home,
      maxAgents: 2,
    };
    writeFileSync(file, JSON.stringify({ swarms: [swarm] }));
    await json("config-set", "--file", file);
    // Fails to start, so that its command gets into problems and log records.
    await cli("swarm-scale", "--swarm-id", "ghost", "--target-size", "2", "--timeout", "1000");
    const output = diagnosticsOutput.parse(await json("diagnostics"));
    expect(output.swarms.map(({ id }) => id)).toContain("ghost");
    expect(output.log.length).toBeGreaterThan(0);
    expect(JSON.stringify(output)).not.toMatch(/canary/i);
    expect(JSON.stringify(output)).not.toContain(home);
    const path = join(home, "diagnostics.json");
    await cli("diagnostics", "--output", path);
    expect(existsSync(path) && statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).not.toMatch(/canary/i);
    const again = await cli("diagnostics", "--output", path);
    expect(again.exit).toBe(exitCode.failure);
    expect(again.stderr).toContain("--force");
  });
});
