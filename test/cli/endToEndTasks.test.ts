import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  breakerOutput,
  breakersOutput,
  cliError,
  exitCode,
  faultInjectOutput,
  faultToleranceOutput,
  laneOutput,
  lanesOutput,
  taskCancelOutput,
  taskOutput,
  taskRetryOutput,
  taskSubmitOutput,
  tasksOutput,
} from "../../src/engine/protocol/cli.ts";
import { NO_FAULTS } from "../../src/engine/protocol/faultTolerance.ts";
import { bundle, cli, dist, home, json, tidyUp } from "./realCli.ts";

describe.runIf(process.platform === "linux")("work from the command line, with a real engine", () => {
  const file = (name: string, content: unknown): string => {
    const path = join(home, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  beforeAll(async () => {
    await bundle();
    expect(dist).not.toBe("");
    const command = { command: process.execPath, agents: "command", minAgents: 0, maxAgents: 3 };
    const swarms = [
      { ...command, id: "echo", args: ["-e", "process.stdin.pipe(process.stdout)"] },
      { ...command, id: "stuck", args: ["-e", "setInterval(() => {}, 1e6)"] },
      { ...command, id: "broken", args: ["-e", "console.error('no credit'); process.exit(2)"] },
    ];
    await json("config-set", "--file", file("swarms.json", { swarms }));
    for (const { id } of swarms) await json("swarm-scale", "--swarm-id", id, "--target-size", "2");
  }, 60_000);
  afterAll(tidyUp, 60_000);

  const ids = (output: unknown): string[] =>
    taskSubmitOutput.parse(output).results.map((result) => (result.kind === "refused" ? "" : result.taskId));

  test("a prompt goes in, its output comes out", async () => {
    const output = taskSubmitOutput.parse(await json("task-submit", "say this", "--swarm-id", "echo", "--wait"));
    expect(output.tasks?.map(({ state }) => state.kind)).toEqual(["done"]);
    const [id = ""] = ids(output);
    const value = taskOutput.parse(await json("task", id));
    expect([value.input, value.stdout.text]).toEqual(["say this", "say this"]);
    const text = await cli("task", id);
    expect(text.stdout).toContain("say this");
    const dash = await cli("task-submit", "--swarm-id", "echo", "--wait", "--json", "--", "-begins with a dash");
    const [dashId = ""] = ids(JSON.parse(dash.stdout));
    expect(taskOutput.parse(await json("task", dashId)).stdout.text).toBe("-begins with a dash");
  });

  test("each line of a file is a task; a key makes it the same one", async () => {
    const lines = file("lines.txt", "\uFEFFone\r\n\r\n  two  \nthree\n");
    const output = await json("task-submit", "--file", lines, "--swarm-id", "echo", "--lane", "background", "--wait");
    expect(taskSubmitOutput.parse(output).tasks?.map(({ label, lane }) => [label, lane])).toEqual([
      ["one", "background"],
      ["two", "background"],
      ["three", "background"],
    ]);
    const once = ids(await json("task-submit", "once", "--swarm-id", "echo", "--key", "k", "--wait"));
    const again = taskSubmitOutput.parse(await json("task-submit", "once", "--swarm-id", "echo", "--key", "k"));
    expect(again.results).toEqual([{ kind: "known", taskId: once[0], state: "done" }]);
  });

  test("says what is wrong with what was typed", async () => {
    const wrong = async (...args: string[]) => {
      const { exit, stdout } = await cli(...args, "--json");
      return [exit, cliError.parse(JSON.parse(stdout)).error.code];
    };
    expect(await wrong("task-submit", "x")).toEqual([exitCode.usage, "task.whichSwarm"]);
    expect(await wrong("task-submit", "--swarm-id", "echo")).toEqual([exitCode.usage, "flags.conflict"]);
    expect(await wrong("task-submit", "x", "--swarm-id", "echo", "--lane", "urgent")).toEqual([
      exitCode.usage,
      "flag.invalid",
    ]);
    expect(await wrong("task-submit", "x", "--swarm-id", "nobody")).toEqual([exitCode.failure, "swarm.unknown"]);
    expect(await wrong("task-submit", "--input", "{", "--swarm-id", "echo")).toEqual([exitCode.usage, "flag.invalid"]);
    const refused = await cli("task-submit", "--input", "{}", "--swarm-id", "echo");
    expect(refused.exit).toBe(exitCode.failure);
    expect(refused.stdout).toContain("which take a prompt and no JSON input");
  });

  test("a task that fails says how, with exit code 1, and can be asked for again", async () => {
    const ended = await cli("task-submit", "x", "--swarm-id", "broken", "--attempts", "1", "--wait", "--json");
    expect(ended.exit).toBe(exitCode.failure);
    const [id = ""] = ids(JSON.parse(ended.stdout));
    expect(taskOutput.parse(await json("task", id))).toMatchObject({
      state: { kind: "failed", reason: { code: "task.exitCode", args: { code: 2 } } },
      stderr: { text: "no credit\n" },
    });
    const { taskId } = taskRetryOutput.parse(await json("task-retry", id));
    expect(taskOutput.parse(await json("task", taskId)).retryOf).toBe(id);
    const text = await cli("tasks", "--swarm-id", "broken");
    expect(text.stdout).toContain("exit code 2: no credit");
  });

  test("cancels what runs, and waits until it is seen gone", async () => {
    const [id = ""] = ids(await json("task-submit", "for ever", "--swarm-id", "stuck"));
    expect(taskCancelOutput.parse(await json("task-cancel", id))).toEqual({ taskId: id, state: "cancelled" });
    expect(tasksOutput.parse(await json("tasks", "--state", "cancelled")).tasks.map((task) => task.id)).toContain(id);
    expect((await cli("task-cancel", id)).exit).toBe(exitCode.failure);
  });

  test("lanes and breakers are shown, paused, resized, forced and reset", async () => {
    expect(
      lanesOutput
        .parse(await json("lanes"))
        .lanes.map(({ lane, capacity, queueLimit }) => [lane, capacity, queueLimit]),
    ).toEqual([
      ["critical", 10, 50],
      ["standard", 20, 100],
      ["background", 5, 200],
    ]);
    expect(laneOutput.parse(await json("lane", "background", "--action", "pause", "--capacity", "2"))).toMatchObject({
      gate: "paused",
      capacity: 2,
    });
    const [id = ""] = ids(await json("task-submit", "later", "--swarm-id", "echo", "--lane", "background"));
    expect(taskOutput.parse(await json("task", id)).state.kind).toBe("waiting");
    expect(laneOutput.parse(await json("lane", "background", "--action", "resume")).gate).toBe("open");
    expect((await cli("lane", "background", "--capacity", "0")).exit).toBe(exitCode.usage);

    expect(breakersOutput.parse(await json("breakers")).breakers.map((row) => row.id)).toContain("swarm:echo");
    const forced = breakerOutput.parse(await json("breaker", "swarm:echo", "--action", "forceOpen"));
    expect(forced.state.kind).toBe("forcedOpen");
    const changed = await cli("breaker", "swarm:echo", "--action", "reset", "--revision", "0");
    expect([changed.exit, changed.stderr.includes("has changed since you looked")]).toEqual([exitCode.failure, true]);
    expect(breakerOutput.parse(await json("breaker", "swarm:echo", "--action", "reset")).state.kind).toBe("closed");
    expect((await cli("breakers")).stdout).toContain("swarm:echo");
  });

  test("one validated configuration; a wrong field is named and nothing changes", async () => {
    const before = faultToleranceOutput.parse(await json("fault-tolerance"));
    const set = await json(
      "fault-tolerance",
      "--strategy",
      "circuit-breaker",
      "--config",
      file("breaker.json", { failureThreshold: 7, recoveryTimeoutSeconds: 30 }),
    );
    expect(faultToleranceOutput.parse(set)).toMatchObject({
      changed: true,
      policy: { breaker: { failureThreshold: 7, recoveryTimeoutSeconds: 30, successThreshold: 3 } },
    });
    const lane = await json(
      "fault-tolerance",
      "--strategy",
      "bulkhead",
      "--config",
      file("lanes.json", { background: { queueLimit: 9 } }),
    );
    expect(faultToleranceOutput.parse(lane).policy.lanes.background).toMatchObject({ capacity: 2, queueLimit: 9 });
    const wrong: [string, unknown, RegExp][] = [
      ["bulkhead", { background: { capacity: 0 } }, /background\.capacity.*got 0/],
      ["bulkhead", { background: { capacity: -3 } }, /background\.capacity.*got -3/],
      ["bulkhead", { urgent: { capacity: 1 } }, /urgent/],
      ["circuit-breaker", { recoveryTimeoutSeconds: "60s" }, /recoveryTimeoutSeconds.*got "60s"/],
      ["circuit-breaker", { failureThreshold: null }, /failureThreshold/],
      ["circuit-breaker", { recoveryTimeout: 60 }, /recoveryTimeout/],
    ];
    for (const [strategy, content, message] of wrong) {
      const ended = await cli("fault-tolerance", "--strategy", strategy, "--config", file("wrong.json", content));
      expect(ended.exit, ended.stdout).toBe(exitCode.usage);
      expect(ended.stderr).toMatch(message);
    }
    const nan = await cli(
      "fault-tolerance",
      "--strategy",
      "bulkhead",
      "--config",
      file("nan.json", '{"critical":{"capacity":NaN}}'),
    );
    expect([nan.exit, nan.stderr.includes("is not JSON")]).toEqual([exitCode.usage, true]);
    const after = faultToleranceOutput.parse(await json("fault-tolerance"));
    expect(after.policy.breaker.failureThreshold).toBe(7);
    expect(after.revision).toBeGreaterThan(before.revision);
  });

  test("faults are for the demo, and end when told", async () => {
    expect(faultInjectOutput.parse(await json("fault-inject", "--errors", "0.5", "--latency", "10")).faults).toEqual({
      ...NO_FAULTS,
      errorRatio: 0.5,
      latencyMs: 10,
    });
    expect(faultInjectOutput.parse(await json("fault-inject", "--off"))).toEqual({ faults: null });
    for (const wrong of [["--errors", "2"], [], ["--off", "--errors", "0.5"]])
      expect((await cli("fault-inject", ...wrong)).exit, wrong.join(" ")).toBe(exitCode.usage);
  });
});
