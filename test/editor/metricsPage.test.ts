import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { startedDemo } from "./steps.ts";

describe("Collect Metrics", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("opens a page with the machine's figures and the agents, each with its source", async () => {
    const { agents } = await startedDemo();
    await vscode.commands.executeCommand("swarm.collectMetrics");
    const pid = agents[0]?.pid ?? -1;
    const text = await waitFor(
      "the page's figures",
      async () =>
        (await driver.webviewTexts()).find((one) => one.includes("Swarm Metrics") && one.includes(String(pid))),
      { deadlineMs: 20_000, show: () => driver.webviewTexts() },
    );
    for (const part of ["CPU", "Memory", "Swap", "Disk", "Network", "measured over", "demo"]) {
      assert.ok(text.includes(part), `${part} is not shown:\n${text}`);
    }
    await driver.screenshot("metrics");
  });

  it("goes on by itself while it is seen", async () => {
    await vscode.commands.executeCommand("swarm.collectMetrics");
    const sampled = async (): Promise<string | undefined> =>
      (await driver.webviewTexts())
        .map((text) => /sampled ([\d:]+)/.exec(text)?.[1])
        .find((time) => time !== undefined);
    const first = await waitFor("a sample", sampled);
    await waitFor("a later sample", async () => (await sampled()) !== first);
  });
});
