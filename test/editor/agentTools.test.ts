import * as assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import { waitFor } from "./harness/waitFor.ts";

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
