import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { verbs } from "../../src/cli/verbs/all.ts";
import { agentStopOutput, cliError, exitCode, metricsOutput, scaleOutput } from "../../src/engine/protocol/cli.ts";
import { configFile } from "../../src/engine/protocol/config.ts";
import { ENGINE_PID, KEEPER_PID, runFake, untilAborted } from "./fakeWorld.ts";
import { metricsSample, overviewSample } from "./samples.ts";

const confirmed = { kind: "confirmed", live: 5, elapsedMs: 1234 } as const;
const unconfirmed = {
  kind: "unconfirmed",
  live: 3,
  elapsedMs: 60_000,
  reason: { code: "scale.deadline", args: { live: 3, target: 5, starting: 2 } },
} as const;
const scaled = (outcome: unknown) => ({ "swarm/scale": () => ({ swarmId: "demo", from: 3, to: 5, outcome }) });
const SCALE = ["swarm-scale", "--swarm-id", "demo", "--target-size", "5"];

describe("the verb", () => {
  test.each([
    [[], "verb.missing", null],
    [["statsu"], "verb.unknown", "status"],
    [["scale"], "verb.unknown", "swarm-scale"],
    [["zzz"], "verb.unknown", null],
    [["--bogus", "status"], "flag.unknown", null],
    [["help", "statos"], "verb.unknown", "status"],
  ])("%j is refused with exit code 2", async (args, code, nearest) => {
    const run = await runFake([...args, "--json"]);
    expect(run.exit).toBe(exitCode.usage);
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    if (nearest !== null) expect(error.message).toContain(`'${nearest}'`);
    expect(run.connects).toEqual([]);
  });

  test.each(verbs.map(({ name }) => name))("%s has help and a schema, and needs no engine for them", async (name) => {
    const help = await runFake([name, "--help"]);
    expect(help).toMatchObject({ exit: 0, stderr: "", connects: [] });
    expect(help.stdout).toContain(`swarm-allocator ${name}`);
    const schema = await runFake([name, "--schema"]);
    expect(schema).toMatchObject({ exit: 0, stderr: "", connects: [] });
    expect(schema.json()).toMatchObject({
      verb: name,
      flags: { type: "object", additionalProperties: false, properties: { json: { type: "boolean" } } },
      output: { type: name === "anomalies" ? "array" : "object" },
      error: { type: "object" },
    });
  });

  test("names are unique and the general help lists each", async () => {
    const names = verbs.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const { stdout } = await runFake(["--help"]);
    for (const name of names) expect(stdout).toContain(name);
  });

  test("version and --version say the same", async () => {
    expect((await runFake(["--version", "--json"])).json()).toEqual({ version: "9.8.7", protocol: 1 });
    expect((await runFake(["version"])).stdout).toBe((await runFake(["--version"])).stdout);
  });
});

describe("an action", () => {
  test("that was confirmed ends with 0 and sends the deadline along", async () => {
    const run = await runFake([...SCALE, "--timeout", "5000", "--json"], { answers: scaled(confirmed) });
    expect(run.exit).toBe(exitCode.ok);
    expect(scaleOutput.parse(run.json())).toEqual({ swarmId: "demo", from: 3, to: 5, outcome: confirmed });
    expect(run.calls).toEqual([{ method: "swarm/scale", params: { swarmId: "demo", target: 5, deadlineMs: 5000 } }]);
    expect(run.connects[0]).toMatchObject({ role: "operator", start: true, client: { kind: "cli" } });
    expect(run.disposed).toBe(1);
  });

  test("that was not confirmed ends with 4, its output and the reason in words", async () => {
    const json = await runFake([...SCALE, "--json"], { answers: scaled(unconfirmed) });
    expect(json.exit).toBe(exitCode.unconfirmed);
    expect(scaleOutput.parse(json.json()).outcome).toEqual(unconfirmed);
    const text = await runFake(SCALE, { answers: scaled(unconfirmed) });
    expect(text.exit).toBe(exitCode.unconfirmed);
    expect(text.stdout).toContain("3 of 5 agents were seen");
  });

  test("that was refused ends with 1, on stderr or as an error value", async () => {
    const reason = { code: "scale.aboveMax", args: { target: 5, max: 4 } };
    const answers = scaled({ kind: "refused", reason });
    const text = await runFake(SCALE, { answers });
    expect(text).toMatchObject({ exit: exitCode.failure, stdout: "" });
    expect(text.stderr).toContain("above the maximum of 4");
    const json = await runFake([...SCALE, "--json"], { answers });
    expect(json).toMatchObject({ exit: exitCode.failure, stderr: "" });
    expect(cliError.parse(json.json()).error).toMatchObject(reason);
  });

  test.each(["rpc.timeout", "rpc.closed"])("whose answer was lost (%s) is unconfirmed, not failed", async (code) => {
    const answers = { "swarm/scale": () => Promise.reject(new CodedError(code)) };
    expect((await runFake(SCALE, { answers })).exit).toBe(exitCode.unconfirmed);
  });

  test("that Ctrl-C stops waiting for says what goes on, with exit code 130", async () => {
    const interrupt = new AbortController();
    const answers = {
      "swarm/scale": (_: never, signal: AbortSignal | undefined) => {
        queueMicrotask(() => interrupt.abort());
        return untilAborted(signal);
      },
    };
    const run = await runFake(SCALE, { answers, interrupt });
    expect(run.exit).toBe(exitCode.interrupted);
    expect(run.stderr).toContain("The engine goes on bringing 'demo' to 5 agents");
    expect(run.disposed).toBe(1);
  });

  test("start passes the mode only when one was given", async () => {
    const answers = { "swarm/start": () => ({ swarmId: "demo", from: 0, to: 4, outcome: confirmed }) };
    const plain = await runFake(["swarm-start", "--demo"], { answers });
    expect(plain.calls[0]?.params).toEqual({ swarmId: "demo", deadlineMs: 60_000 });
    const auto = await runFake(["swarm-start", "--swarm-id", "mine", "--mode", "auto"], { answers });
    expect(auto.calls[0]?.params).toEqual({ swarmId: "mine", deadlineMs: 60_000, mode: "auto" });
  });
});

describe("the engine", () => {
  test("is not started with --no-start, and its absence ends with 5", async () => {
    const run = await runFake(["status", "--no-start", "--json"], {
      connectError: new CodedError("engine.notRunning"),
    });
    expect(run.exit).toBe(exitCode.noEngine);
    expect(run.connects[0]?.start).toBe(false);
    expect(cliError.parse(run.json()).error.code).toBe("engine.notRunning");
  });

  test.each(["engine.failed", "node.missing", "client.outdated", "state.unwritable"])(
    "that cannot be reached (%s) ends with 5",
    async (code) => {
      const run = await runFake(["status"], { connectError: new CodedError(code, { path: "/p", reason: "r" }) });
      expect(run).toMatchObject({ exit: exitCode.noEngine, stdout: "" });
      expect(run.stderr).not.toBe("");
    },
  );

  test("engine-stop has nothing to do when none runs", async () => {
    const run = await runFake(["engine-stop", "--json"], { connectError: new CodedError("engine.notRunning") });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.json()).toEqual({ wasRunning: false, ended: 0, outcome: null });
    expect(run.connects[0]?.start).toBe(false);
  });

  test("engine-stop is confirmed only when engine and keeper were seen gone", async () => {
    const answers = { "engine/stop": () => ({ ended: 3 }) };
    const gone = await runFake(["engine-stop", "--json"], { answers });
    expect(gone).toMatchObject({ exit: exitCode.ok });
    expect(gone.json()).toMatchObject({ wasRunning: true, ended: 3, outcome: { kind: "confirmed" } });
    const stuck = await runFake(["engine-stop", "--json", "--timeout", "1000"], {
      answers,
      gone: (pid) => pid === ENGINE_PID,
    });
    expect(stuck.exit).toBe(exitCode.unconfirmed);
    expect(stuck.json()).toMatchObject({ outcome: { kind: "unconfirmed", alivePids: [KEEPER_PID] } });
  });

  test("engine-restart is confirmed only by another engine that answers", async () => {
    const answers = { "engine/restart": () => null };
    const restarted = await runFake(["engine-restart", "--json"], { answers, enginePid: (n) => (n === 0 ? 10 : 11) });
    expect(restarted.exit).toBe(exitCode.ok);
    expect(restarted.json()).toMatchObject({ before: 10, outcome: { kind: "confirmed", pid: 11 } });
    expect(restarted.connects.map(({ start }) => start)).toEqual([true, false]);
    const same = await runFake(["engine-restart", "--timeout", "1000"], { answers });
    expect(same.exit).toBe(exitCode.unconfirmed);
    expect(same.stdout).toContain(`no other engine than pid ${ENGINE_PID}`);
    const stays = await runFake(["engine-restart", "--timeout", "1000"], { answers, gone: () => false });
    expect(stays.exit).toBe(exitCode.unconfirmed);
    // The one that still runs is not asked again.
    expect(stays.connects).toHaveLength(1);
  });

  test("an unexpected failure ends with 1 and says that it is a defect", async () => {
    const run = await runFake(["status"], { answers: { overview: () => Promise.reject(new Error("boom")) } });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toContain("boom");
  });
});

describe("an engine that has just started", () => {
  test("is asked again until it has measured", async () => {
    let asked = 0;
    const answers = {
      overview: () => (++asked < 3 ? overviewSample({ host: null, intervalMs: null }) : overviewSample()),
    };
    const run = await runFake(["status", "--json"], { answers });
    expect(asked).toBe(3);
    expect(run.json()).toMatchObject({ host: { cpuCount: 4 } });
  });

  test("is taken at its word after a while: unknown stays unknown", async () => {
    const answers = { "metrics/collect": () => metricsSample({ intervalMs: null }) };
    const run = await runFake(["metrics-collect", "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(metricsOutput.parse(run.json()).intervalMs).toBeNull();
  });

  test("that never gets ready ends with 3", async () => {
    const answers = { "metrics/collect": () => Promise.reject(new CodedError("metrics.notReady")) };
    expect((await runFake(["metrics-collect"], { answers })).exit).toBe(exitCode.notReady);
  });
});

describe("agent-stop", () => {
  const preview = {
    agentId: "6001-100",
    pid: 6001,
    startTime: 100,
    command: "claude --resume",
    managed: false,
    swarmId: "claude-code@/src/api",
    openWork: [{ code: "work.tool", args: { name: "vitest" } }],
    processCount: 3,
  };
  const answers = {
    "agent/stopPreview": () => preview,
    "agent/stop": () => ({ agentId: preview.agentId, outcome: { kind: "confirmed", live: 0, elapsedMs: 40 } }),
  };
  const args = ["agent-stop", "--agent-id", "6001-100"];
  const methods = (run: { calls: readonly { method: string }[] }) => run.calls.map(({ method }) => method);

  test("does not stop a found agent where nobody can be asked, and says how", async () => {
    const run = await runFake(args, { answers });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain("--yes");
    expect(run.stderr).toContain("claude --resume");
    expect(methods(run)).toEqual(["agent/stopPreview"]);
  });

  test("asks with pid, command and open work, and takes no for no", async () => {
    const questions: string[] = [];
    const confirm = (question: string) => {
      questions.push(question);
      return Promise.resolve(false);
    };
    const run = await runFake(args, { answers, confirm });
    expect(run.exit).toBe(exitCode.failure);
    expect(methods(run)).toEqual(["agent/stopPreview"]);
    expect(questions).toHaveLength(1);
    for (const part of ["6001", "claude --resume", "running vitest", "3 processes"])
      expect(questions[0]).toContain(part);
  });

  test("sends the identity that was agreed to", async () => {
    const run = await runFake([...args, "--json"], { answers, confirm: () => Promise.resolve(true) });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls[1]).toEqual({
      method: "agent/stop",
      params: { agentId: "6001-100", pid: 6001, startTime: 100, deadlineMs: 60_000 },
    });
    expect(agentStopOutput.parse(run.json())).toMatchObject({ pid: 6001, outcome: { kind: "confirmed" } });
  });

  test("needs no question with --yes, nor for an agent of ours", async () => {
    const confirm = () => Promise.reject(new Error("was asked"));
    expect((await runFake([...args, "--yes"], { answers, confirm })).exit).toBe(exitCode.ok);
    const managed = { ...answers, "agent/stopPreview": () => ({ ...preview, managed: true }) };
    expect((await runFake(args, { answers: managed, confirm })).exit).toBe(exitCode.ok);
  });

  test("cleans what the question says of a hostile command", async () => {
    const hostile = { ...answers, "agent/stopPreview": () => ({ ...preview, command: "x\u001b[2J\u202ey\nz" }) };
    let asked = "";
    await runFake(args, {
      answers: hostile,
      confirm: (question) => {
        asked = question;
        return Promise.resolve(false);
      },
    });
    expect(asked.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(asked.split("\n")).toHaveLength(5);
  });
});

describe("config-set", () => {
  const current = configFile.parse({ version: 1, revision: 7, sources: { keepRunning: "editor settings" } });
  const answers = {
    "config/get": () => current,
    "config/patch": (params: { patch: object }) => ({
      ...current,
      revision: 8,
      values: { ...current.values, ...params.patch },
    }),
  };
  const set = (file: unknown) =>
    runFake(["config-set", "--file", "f", "--json"], { answers, files: { f: JSON.stringify(file) } });

  test("sends only what differs, against the revision it saw", async () => {
    const run = await set({ keepRunning: true, recognitionRules: [] });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls[1]).toEqual({
      method: "config/patch",
      params: { source: "command line", baseRevision: 7, patch: { keepRunning: true } },
    });
    expect(run.json()).toMatchObject({ revision: 8, changed: ["keepRunning"] });
  });

  test("takes what config-get printed, with the revision that was edited", async () => {
    const run = await set({ ...current, revision: 3, values: { ...current.values, keepRunning: true } });
    expect(run.calls[1]?.params).toMatchObject({ baseRevision: 3, patch: { keepRunning: true } });
  });

  test("changes nothing when nothing differs", async () => {
    const run = await set(current);
    expect(run.calls.map(({ method }) => method)).toEqual(["config/get"]);
    expect(run.json()).toMatchObject({ revision: 7, changed: [] });
  });

  test("names the field of a bad value before it asks the engine", async () => {
    const run = await set({ swarms: [{ id: "a", command: "x", maxAgents: -1 }] });
    expect(run.exit).toBe(exitCode.usage);
    expect(cliError.parse(run.json()).error).toMatchObject({
      code: "config.invalid",
      args: { path: "swarms.0.maxAgents" },
    });
    expect(run.connects).toEqual([]);
    expect(cliError.parse((await set({ swarm: [] })).json()).error.code).toBe("config.invalid");
  });

  test("shows a conflict with its source and value", async () => {
    const conflict = new CodedError("config.conflict", {
      key: "keepRunning",
      source: "editor settings",
      value: "false",
    });
    const run = await runFake(["config-set", "--file", "f"], {
      answers: { ...answers, "config/patch": () => Promise.reject(conflict) },
      files: { f: '{"keepRunning":true}' },
    });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toMatch(/keepRunning.*editor settings.*false/);
  });

  test("a file that is not JSON is a usage error", async () => {
    const run = await runFake(["config-set", "--file", "f"], { files: { f: "{" } });
    expect(run.exit).toBe(exitCode.usage);
  });
});
