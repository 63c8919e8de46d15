import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, api, tidy, notificationLike, showAgents } from "./steps.ts";

describe("a window in Restricted Mode", () => {
  afterEach(tidy);

  it("says so in the view, and starts no engine", async () => {
    await showAgents();
    await waitFor("the view's text", async () => (await driver.viewText(AGENTS)).includes("Restricted Mode"), {
      show: () => driver.viewText(AGENTS),
    });
    const { session } = await api();
    await waitFor("the first attempt to end", () => session.state.kind === "waiting", { show: () => session.state });
    assert.equal(session.state.kind === "waiting" ? session.state.reason.code : "", "engine.notRunning");
    await driver.screenshot("restricted");
  });

  for (const command of [
    "startDemo",
    "startSwarm",
    "scaleSwarm",
    "stopSwarm",
    "stopAgent",
    "dumpStacks",
    "setMode",
    "hold",
    "resume",
    "undoLast",
    "backUp",
    "importMetrics",
    "allocateResources",
    "optimizePerformance",
    "profilePerformance",
    "submitTask",
    "cancelTask",
    "retryTask",
    "pauseLane",
    "resizeLane",
    "takeLeaseBack",
    "setOrchestratorToken",
    "forceOpenBreaker",
    "resetBreaker",
    "configureFaultTolerance",
    "injectFaults",
    "restartEngine",
  ]) {
    it(`refuses swarm.${command} and says why`, async () => {
      await vscode.commands.executeCommand(`swarm.${command}`);
      await notificationLike(/Restricted Mode/);
      assert.equal(await driver.dialogText(), null);
      assert.equal((await api()).session.state.kind === "connected", false);
    });
  }

  it("offers to manage trust", async () => {
    await vscode.commands.executeCommand("swarm.startDemo");
    await waitFor("the button", async () =>
      (await driver.notifications()).some(({ buttons }) => buttons.includes("Manage Workspace Trust")),
    );
  });
});
