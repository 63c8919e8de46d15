import { describe, expect, test } from "vitest";
import { HOSTILE } from "./fakeServer.ts";
import { follow, followCommand, gradesOf, isRead, leftOf, never } from "./world.ts";

/** A tick of the engine: a look that takes longer would make the loop late. */
const PERIOD_MS = 1_000;

describe("an orchestrator that cannot be reached", () => {
  test.each([
    ["whose command is missing", { command: "/no/such/command", args: [] }, "mcp.notStarted"],
    ["whose command is a folder", { command: import.meta.dirname, args: [] }, "mcp.notStarted"],
    ["whose folder is missing", { command: process.execPath, args: [], cwd: "/no/such/folder" }, "mcp.notStarted"],
    ["whose command has a zero byte", { command: "a\0b", args: [] }, "mcp.notStarted"],
  ] as const)("%s says so, and is tried again later", async (_, configured, code) => {
    const followed = followCommand(configured);
    const view = await followed.until("a reason", ({ link }) => link.kind === "waiting");
    expect(view.problem?.code).toBe(code);
    expect(view).toMatchObject({ recordCount: null, records: [], tools: [] });
    expect(await followed.swarm.scale(2, 1_000, never)).toMatchObject({
      kind: "refused",
      reason: { code: "orchestrator.notConnected" },
    });
    await expect(followed.swarm.ask("metrics_collect", never)).rejects.toMatchObject({
      code: "orchestrator.notConnected",
    });
  });

  test("that ends at once tells its exit code, and waits longer each time", async () => {
    const { until } = follow({ quirks: ["endsAtOnce"] });
    const first = await until("a reason", ({ link }) => link.kind === "waiting");
    expect(first.problem).toMatchObject({ code: "mcp.ended", args: { exitCode: 7 } });
    const second = await until(
      "the second try",
      ({ link }) => link.kind === "waiting" && link.retryAtMs !== (first.link as { retryAtMs: number }).retryAtMs,
    );
    expect(second.problem?.code).toBe("mcp.ended");
  });

  test("that never answers is given up at the deadline, and its process ended", async () => {
    const followed = follow({ quirks: ["neverAnswers"] }, { connectTimeoutSeconds: 0.8 });
    const view = await followed.until("a reason", ({ link }) => link.kind === "waiting");
    expect(view.problem).toMatchObject({ code: "mcp.timeout", args: { call: "initialize", afterMs: 800 } });
    expect(leftOf(followed)).toEqual([]);
  });

  test("that never answers nor leaves is gone when its end is, also while it is waited for", async () => {
    const followed = follow({ quirks: ["neverAnswers", "ignoresSigterm"] }, { connectTimeoutSeconds: 60 });
    await followed.until("its process", () => leftOf(followed).length === 1);
    await followed.swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });

  test("and is waited for is given up at once when it is configured anew", async () => {
    const followed = follow({ quirks: ["neverAnswers"] }, { connectTimeoutSeconds: 60 });
    await followed.until("its process", () => leftOf(followed).length === 1);
    const [definition] = [{ id: "flow", label: "flow", mode: "observe" as const, minAgents: 0, maxAgents: 9 }];
    followed.swarm.redefine({ ...definition, connectionKey: "another" });
    const view = await followed.until("the next one", () => followed.spawnIds.length === 2);
    expect(view.problem).toBeNull();
    await followed.until("its process alone", () => leftOf(followed).length === 1);
  });

  test.each([
    ["log lines", "INFO something happened"],
    ["notifications", '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'],
    ["requests", '{"jsonrpc":"2.0","id":1,"method":"ping"}'],
    ["answers that nobody asked for", '{"jsonrpc":"2.0","id":"x","result":{}}'],
  ])("that sends %s without end is cut off, and keeps nobody from the tick", async (_, line) => {
    const script = `const lines = (process.argv[1] + String.fromCharCode(10)).repeat(1000);
      const go = () => { while (process.stdout.write(lines)); process.stdout.once("drain", go); };
      process.stdin.on("end", () => process.exit()).resume();
      go();`;
    const followed = followCommand({ command: process.execPath, args: ["-e", script, line] });
    let late = 0;
    let at = performance.now();
    const timer = setInterval(() => {
      late = Math.max(late, performance.now() - at - 100);
      at = performance.now();
    }, 100);
    try {
      const view = await followed.until("the reason", ({ link }) => link.kind === "waiting");
      expect(view.problem).toEqual({ code: "mcp.flood", args: {} });
    } finally {
      clearInterval(timer);
    }
    expect(late).toBeLessThan(PERIOD_MS);
    expect(leftOf(followed)).toEqual([]);
  });

  test("that is no orchestrator is told by what it lacks", async () => {
    const { until } = follow({ dialect: "none" });
    const view = await until("a reason", ({ link }) => link.kind === "waiting");
    expect(view.problem).toEqual({ code: "orchestrator.notOne", args: { tools: 2 } });
  });

  test("whose list of tools is nonsense is not used", async () => {
    const { until, swarm } = follow({ quirks: ["badToolList"] });
    const view = await until("a reason", ({ problem }) => problem !== null);
    expect(view.problem?.code).toBe("mcp.failed");
    expect(await swarm.scale(1, 1_000, never)).toMatchObject({ kind: "refused" });
  });
});

describe("an orchestrator that answers badly", () => {
  test("logs on stdout are passed over", async () => {
    const view = await follow({ agents: 3, quirks: ["logsOnStdout"] }).until("its records", isRead);
    expect(view).toMatchObject({ recordCount: 3, problem: null });
  });

  test("wrong types become no records: one with a usable name stays", async () => {
    const view = await follow({ quirks: ["wrongTypes"] }).until("its records", isRead);
    expect(view.records).toEqual([{ id: "7", type: null, status: null, busy: null }]);
  });

  test("what is no list of agents is no records, and never zero of them", async () => {
    const { until } = follow({ quirks: ["notAList"] });
    const view = await until("a problem", ({ problem }) => problem !== null);
    expect(view).toMatchObject({ recordCount: null, problem: { code: "orchestrator.noList" } });
    expect(gradesOf(view).agent_list).toBe("stub");
  });

  test("a list that says itself that it failed is no records, and never zero of them", async () => {
    const { until, swarm } = follow({ agents: 4, quirks: ["listFails"] });
    const view = await until("a problem", ({ problem }) => problem !== null);
    expect(view).toMatchObject({
      recordCount: null,
      problem: { code: "orchestrator.noList", args: { said: "store is locked" } },
    });
    expect(view.tools.find(({ role }) => role === "agent_list")).toMatchObject({
      grade: "record-only",
      reason: { code: "grade.fails", args: { said: "store is locked" } },
    });
    expect(await swarm.scale(5, 2_000, never)).toMatchObject({
      kind: "unconfirmed",
      records: null,
      reason: { code: "orchestrator.noList" },
    });
    expect((await swarm.ask("swarm_status", never)).figures).toContainEqual({ path: "agentCount", value: 4 });
  });

  test("a list that fails later leaves what was read, and adds nothing", async () => {
    const { until, swarm } = follow({ agents: 4, quirks: ["listFailsLater"] });
    await until("its records", isRead);
    expect(await swarm.scale(5, 2_000, never)).toMatchObject({ kind: "unconfirmed", records: 4 });
    expect((await swarm.ask("swarm_status", never)).figures).toContainEqual({ path: "agentCount", value: 4 });
  });

  test("an error of a tool is told with its words, without their control characters", async () => {
    const { until, swarm } = follow({ quirks: ["isError:agent_pool", "isError:system_metrics"] });
    await until("its records", isRead);
    expect(await swarm.scale(2, 5_000, never)).toMatchObject({
      kind: "confirmed",
      notes: [
        { code: "scaled.refused", args: { tool: "agent_pool", said: "not today" } },
        { code: "scaled.added", args: { count: 2 } },
      ],
    });
  });

  test("an answer that is no answer is told as a failure of that call", async () => {
    const { until } = follow({ quirks: ["junk:agent_list"] });
    const view = await until("a problem", ({ problem }) => problem !== null);
    expect(view.problem?.code).toBe("mcp.failed");
    expect(view.recordCount).toBeNull();
  });

  test("10 MB of text end the connection, not the engine", async () => {
    const before = process.memoryUsage.rss();
    const { until, longestLookMs } = follow({ quirks: ["huge:agent_list"] });
    const view = await until("a reason", ({ link }) => link.kind === "waiting");
    expect(view.problem).toMatchObject({ code: "mcp.tooLong" });
    expect(longestLookMs()).toBeLessThan(PERIOD_MS);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
  });

  test("one that dies in the middle of a call is unconfirmed, and connected anew", async () => {
    const { until, swarm } = follow({ agents: 1, quirks: ["die:agent_pool"] });
    await until("its records", isRead);
    const outcome = await swarm.scale(3, 5_000, never);
    expect(outcome).toMatchObject({ kind: "unconfirmed", reason: { code: "mcp.ended" } });
    expect(swarm.view()).toMatchObject({
      link: { kind: "waiting", reason: { args: { exitCode: 3, stderr: expect.stringMatching(/it was agent_pool$/) } } },
    });
    await until("the next connection", ({ link, recordCount }) => link.kind === "connected" && recordCount !== null);
  });

  test("a tool that goes is absent from then on, and what can be done without it is", async () => {
    const { until, swarm } = follow({ quirks: ["changesTools"] });
    await until("its records", isRead);
    expect(gradesOf(swarm.view()).swarm_scale).toBe("unprobed");
    // Another configuration makes another connection, and the second list of this server lacks the pool.
    expect(await swarm.scale(2, 5_000, never)).toMatchObject({ kind: "confirmed", records: 2 });
  });

  test("hostile names are shown as text, and none is lost or doubled", async () => {
    const view = await follow({ quirks: ["hostileNames"] }).until("its records", isRead);
    expect(view.recordCount).toBe(HOSTILE.length);
    const told = JSON.stringify([view.records, view.server, view.tools]);
    expect(told).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    // As JSON writes control characters.
    expect(told).not.toMatch(/\\u00[01]/);
    for (const { id } of view.records) expect(id.length).toBeLessThanOrEqual(120);
  });
});

describe("an orchestrator that hangs", () => {
  test("a size that is asked for is unconfirmed at its deadline, and looks are never late", async () => {
    const { until, swarm, longestLookMs } = follow({ quirks: ["hang:agent_pool"] }, { callTimeoutSeconds: 30 });
    await until("its records", isRead);
    const began = performance.now();
    const asked = swarm.scale(3, 700, never);
    await until("the end of it", ({ activity }) => activity.kind !== "scaling");
    expect(await asked).toMatchObject({ kind: "unconfirmed", reason: { code: "scale.recordsDeadline" } });
    expect(performance.now() - began).toBeLessThan(700 + PERIOD_MS);
    expect(longestLookMs()).toBeLessThan(PERIOD_MS);
  });

  test("a caller who gives up is let go at once", async () => {
    const { until, swarm } = follow({ quirks: ["hang:agent_pool"] }, { callTimeoutSeconds: 30 });
    await until("its records", isRead);
    const giveUp = new AbortController();
    const asked = swarm.scale(3, 60_000, giveUp.signal);
    giveUp.abort();
    expect(await asked).toMatchObject({ kind: "unconfirmed", reason: { code: "aborted" } });
  });

  test("one that hangs while it is looked at costs its own grade alone: what is made up stays made up", async () => {
    const { until, swarm } = follow(
      { dialect: "v2", quirks: ["madeUp", "hang:metrics_collect"] },
      { callTimeoutSeconds: 0.3 },
    );
    const view = await until("its records", isRead);
    expect(view).toMatchObject({ recordCount: 0, problem: null });
    expect(view.tools.find(({ role }) => role === "metrics_collect")).toMatchObject({
      grade: "unprobed",
      reason: { code: "grade.noAnswer", args: { tool: "metrics_collect" } },
    });
    expect(gradesOf(view)).toMatchObject({ bottleneck_analyze: "stub", swarm_scale: "stub" });
    expect(await swarm.scale(3, 5_000, never)).toMatchObject({ kind: "confirmed", records: 3 });
    expect((await swarm.ask("swarm_status", never)).figures).toContainEqual({ path: "agentCount", value: 3 });
  });

  test("while it is not known whether its list is made up, nothing is sized by it", async () => {
    const { until, swarm } = follow(
      { dialect: "v2", quirks: ["madeUp", "hang:swarm_status"] },
      { callTimeoutSeconds: 0.3 },
    );
    const view = await until("its records", isRead);
    expect(view.tools.find(({ role }) => role === "agent_list")).toMatchObject({
      grade: "unprobed",
      reason: { code: "grade.listUnsure", args: { count: 3 } },
    });
    expect(await swarm.scale(5, 5_000, never)).toEqual({
      kind: "refused",
      reason: { code: "orchestrator.listUnprobed", args: { swarmId: "flow" } },
    });
  });

  test("a list that fails while it is looked at has not shown that nothing of it is made up", async () => {
    const { until, swarm } = follow({ dialect: "v2", quirks: ["madeUp", "listFailsFirst"] });
    const view = await until("its records", isRead);
    expect(view.tools.find(({ role }) => role === "agent_list")).toMatchObject({ grade: "unprobed" });
    expect(await swarm.scale(5, 5_000, never)).toMatchObject({
      kind: "refused",
      reason: { code: "orchestrator.listUnprobed" },
    });
  });

  test("three silences open the breaker, end its process, and it is not asked meanwhile", async () => {
    const followed = follow({ quirks: ["hang:performance_report"] }, { callTimeoutSeconds: 0.2 });
    const { until, swarm } = followed;
    await until("its records", isRead);
    for (let n = 0; n < 3 && swarm.view().link.kind === "connected"; n++)
      await swarm.ask("performance_report", never).catch(() => undefined);
    const view = await until("the end of it", ({ link }) => link.kind === "waiting");
    expect(view.problem).toMatchObject({ code: "mcp.timeout" });
    expect(swarm.breaker().state).toBe("open");
    const { retryAtMs } = view.link as { retryAtMs: number };
    expect(retryAtMs - Date.now()).toBeGreaterThan(20_000);
    await swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });

  test("a late answer is no answer to the next question", async () => {
    const { until, swarm } = follow(
      { agents: 2, quirks: ["late:performance_bottleneck"] },
      { callTimeoutSeconds: 0.4 },
    );
    const view = await until("its records", isRead);
    expect(view.recordCount).toBe(2);
    expect(view.tools.find(({ role }) => role === "bottleneck_analyze")?.reason.code).toBe("grade.noAnswer");
    expect(await swarm.scale(3, 5_000, never)).toMatchObject({ kind: "confirmed", records: 3 });
  });
});
