import * as assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, demo, demoOf, dialogLike, tidy } from "./steps.ts";

const NAMES = ["swarm_bottlenecks", "swarm_forecast", "swarm_scale", "swarm_status", "swarm_why_throttled"];

/** What a tool answers, as a model would read it. */
async function invoke(name: string, input: object): Promise<Record<string, unknown>> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  const [part] = content as { value?: unknown }[];
  assert.equal(typeof part?.value, "string", `${name} answers ${JSON.stringify(content)}`);
  return JSON.parse(part?.value as string) as Record<string, unknown>;
}

describe("language models in the real editor", () => {
  it("find the agents' door among the servers, without anybody having set it up", async () => {
    await waitFor("activation", () => extensionUnderTest().isActive);
    // Not from the palette: it is hidden there in an editor without a chat. It ends with the list that it opens.
    void vscode.commands.executeCommand("workbench.mcp.listServer");
    await waitFor(
      "the server in the list",
      async () =>
        ((await driver.evaluate("document.querySelector('.quick-input-widget')?.innerText ?? ''")) as string).includes(
          "Swarm Resource Allocator",
        ),
      { show: () => driver.evaluate("document.querySelector('.quick-input-widget')?.innerText ?? ''") },
    );
    await driver.screenshot("agents-door");
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
  });

  it("start that door with the editor's own Node, and get an answer of the engine through it", async () => {
    await vscode.commands.executeCommand("workbench.mcp.startServer", "*", {
      autoTrustChanges: true,
      waitForLiveTools: true,
    });
    const find = () => vscode.lm.tools.find(({ name }) => /^mcp_.*metrics_query$/.test(name))?.name;
    const name = await waitFor("the tools of the door", find, {
      deadlineMs: 30_000,
      show: () => vscode.lm.tools.map((tool) => tool.name),
    });
    const input = { series: [{ scope: "machine", metric: "memoryUsedBytes" }], points: 2 };
    const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    assert.match(JSON.stringify(content), /memoryUsedBytes/);
  });

  it("are offered five tools, and the four that read answer from the engine", async () => {
    await waitFor("activation", () => extensionUnderTest().isActive);
    await waitFor(
      "the tools",
      () => vscode.lm.tools.filter(({ name }) => NAMES.includes(name)).length === NAMES.length,
    );
    const status = await invoke("swarm_status", {});
    assert.ok(Array.isArray(status["swarms"]), JSON.stringify(status));
    const throttled = await invoke("swarm_why_throttled", { lane: "standard" });
    assert.ok(Array.isArray(throttled["gates"]));
    const { findings } = await invoke("swarm_bottlenecks", {});
    assert.ok((findings as unknown[]).length > 0);
    await assert.rejects(invoke("swarm_forecast", { swarmId: "nobody's" }), /swarm\.unknown/);
  });
});

/** The engine's word on what agents and models have asked for, and what became of it. */
async function asked() {
  const engine = await (await api()).session.connection();
  const { decisions } = await engine.call(calls.decisions, { swarmId: "demo", limit: 20 });
  return decisions.filter(({ origin }) => origin === "agent");
}

async function setMode(mode: "recommend" | "auto"): Promise<void> {
  const engine = await (await api()).session.connection();
  await engine.call(calls.swarmMode, { swarmId: "demo", mode });
}

describe("the tool that scales, in the real editor", () => {
  after(async () => {
    await tidy();
    await setMode("recommend");
  });

  it("asks first, by what it would do; refused, nothing is done and the model is told so", async () => {
    await demoOf(3);
    const before = (await asked()).length;
    const invoked = invoke("swarm_scale", { swarmId: "demo", target: 4 });
    invoked.catch(() => undefined);
    const { message, detail } = await dialogLike(/^Ask for 4 agents of demo\?$/);
    assert.match(detail, /^demo: 3 → 4 agents, 3 alive\. The swarm's mode is \w+: /);
    await driver.screenshot("agent-tool-asks");
    await driver.dialogChoose("Cancel");
    await assert.rejects(invoked, /cancel/i);
    assert.equal(message, "Ask for 4 agents of demo?");
    assert.equal((await asked()).length, before);
    assert.equal((await demo()).target, 3);
  });

  it("agreed to, scales what is in mode auto, and tells what was seen", async () => {
    await demoOf(3);
    await setMode("auto");
    const invoked = invoke("swarm_scale", { swarmId: "demo", target: 4 });
    invoked.catch(() => undefined);
    const { detail } = await dialogLike(/^Ask for 4 agents of demo\?$/);
    assert.match(detail, /: 3 → 4 agents, 3 alive\. The swarm's mode is auto: it is done at once/);
    await driver.dialogChoose("Yes");
    const answer = await invoked;
    assert.deepEqual(
      { outcome: answer["outcome"], from: answer["from"], to: answer["to"], live: answer["live"] },
      { outcome: "confirmed", from: 3, to: 4, live: 4 },
      JSON.stringify(answer),
    );
    const [newest] = await asked();
    assert.deepEqual([newest?.from, newest?.to, newest?.state.kind], [3, 4, "confirmed"]);
  });

  it("asks also for what would be refused, and says so", async () => {
    const invoked = invoke("swarm_scale", { swarmId: "demo", target: 9_999 });
    invoked.catch(() => undefined);
    const { detail } = await dialogLike(/^Ask for 9999 agents of demo\?$/);
    assert.match(detail, /It would be refused: /);
    await driver.dialogChoose("Yes");
    const answer = await invoked;
    assert.equal(answer["outcome"], "refused");
  });
});

describe("the chat skill", () => {
  it("is known to the editor, which has read its file and found it in order", async () => {
    // The workbench's own command, made for extensions that bring a chat: what it lists has passed its checks.
    const list = (await vscode.commands.executeCommand("_listExtensionPromptFiles")) as {
      uri: { path: string };
      type: string;
      extensionId: string;
    }[];
    const own = list.filter(({ extensionId }) => extensionId.toLowerCase() === extensionUnderTest().id.toLowerCase());
    assert.deepEqual(
      own.map(({ type, uri }) => [type, uri.path.split("/").slice(-2).join("/")]),
      [["skill", "diagnose-my-swarm/SKILL.md"]],
      JSON.stringify(list),
    );
  });
});
