import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, api, connected, showAgents, startedDemo } from "./steps.ts";

/** Figures are judged by `npm run bench activate`, on a machine that is not busy with tests; here they only have to come. */
describe("activation", () => {
  it("is followed by the engine's first state and by rows in the tree", async () => {
    const { lastActivationMs, firstStateMs } = await api();
    await connected();
    const first = await waitFor("the first state", firstStateMs);
    assert.ok(
      lastActivationMs < first,
      `activate() ended after ${lastActivationMs} ms, the first state came at ${first} ms`,
    );
    // Something to show: a machine of its own has no agents. The view is closed again, so that opening it can be timed.
    await startedDemo();
    await vscode.commands.executeCommand("workbench.view.explorer");
    await waitFor("the view to close", async () => (await driver.treeRows(AGENTS)).length === 0);
    const openedMs = performance.now();
    await showAgents();
    await waitFor("rows", async () => (await driver.treeRows(AGENTS)).length > 0, { everyMs: 10 });
    const openToRowsMs = performance.now() - openedMs;
    const file = process.env["SWARM_FIGURES"];
    const figures = { activateMs: lastActivationMs, firstStateMs: first, openToRowsMs };
    if (file !== undefined) writeFileSync(file, JSON.stringify(figures));
  });
});
