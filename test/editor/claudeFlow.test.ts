import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import type { OrchestratedSwarmRow } from "../../src/engine/protocol/model.ts";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import { waitFor } from "./harness/waitFor.ts";
import {
  AGENTS,
  api,
  connected,
  dialogLike,
  notificationLike,
  orchestratorsAre,
  rowLike,
  showAgents,
  tidy,
} from "./steps.ts";

const VERSION = "3.43.0";
/** Its start takes seconds on a busy machine, and then its tools are graded. */
const SLOW_MS = 60_000;

/** Installed by the test script; `null`: it could not be had, and that was said. */
function installed(): string | null {
  const script = join(
    extensionUnderTest().extensionPath,
    ".cache",
    `claude-flow-${VERSION}`,
    "node_modules/claude-flow/bin/cli.js",
  );
  return existsSync(script) ? script : null;
}

async function flow(): Promise<OrchestratedSwarmRow | null> {
  const row = (await api()).overview()?.swarms.find(({ id }) => id === "flow");
  return row?.kind === "orchestrated" ? row : null;
}

/** By the row's own button: number, confirmation, and the outcome as it is told. */
async function scaleByHand(from: number, to: number): Promise<string> {
  await driver.clickRowAction("flow", "Scale Swarm…", AGENTS);
  await waitFor("the input", async () => (await driver.quickInputText())?.includes("Scale flow"));
  await driver.typeText(String(to));
  await driver.pressKey("Enter");
  const { detail } = await dialogLike(new RegExp(`^Scale flow from ${from} to ${to} records\\?`));
  await driver.dialogChoose(`Scale to ${to}`);
  await notificationLike(
    new RegExp(`flow: ${from} → ${to}, confirmed in .* \\(${to} records \\(claimed\\), 0 processes seen\\)`),
  );
  return detail;
}

describe("a swarm of a real claude-flow", () => {
  const folder = mkdtempSync(join(tmpdir(), "sw-flow-"));
  const elsewhere = mkdtempSync(join(tmpdir(), "sw-host-"));
  afterEach(tidy);
  after(async () => {
    await orchestratorsAre([]);
    await waitFor("the end of it", async () => (await flow()) === null, { deadlineMs: SLOW_MS, show: flow });
    for (const path of [folder, elsewhere]) rmSync(path, { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("is connected, shown with graded tools, and scaled; its records are called claimed", async function () {
    this.timeout(3 * SLOW_MS);
    const script = installed();
    if (script === null) this.skip();
    await connected();
    await showAgents();
    await orchestratorsAre([
      { id: "flow", kind: "claudeFlow", command: process.execPath, args: [script, "mcp", "start"], cwd: folder },
    ]);
    const row = await waitFor(
      "its graded tools",
      async () => {
        const now = await flow();
        return now !== null && now.recordCount !== null && now.tools.length > 0 && now;
      },
      { deadlineMs: SLOW_MS, show: flow },
    );
    assert.equal(row.dialect, "v3");
    await rowLike(/^flow$/, /^0 records \(claimed\), 0 processes seen · ruflo .* · recommend$/);

    const detail = await scaleByHand(0, 5);
    assert.match(detail, /A record is no process/);
    const shown = await rowLike(/^flow$/, /^5 of 5 records \(claimed\), 0 processes seen/);
    assert.match(shown.ariaLabel, /swarm of an orchestrator/);
    await scaleByHand(5, 2);
    await rowLike(/^flow$/, /^2 of 2 records \(claimed\), 0 processes seen/);

    await driver.toggleRow(AGENTS, "tools (10)");
    await rowLike(/^tools \(10\)$/, /\d record-only/);
    await rowLike(/^swarm_scale$/, /^record-only · agent_pool$/);
    await rowLike(/^daa_resource_alloc$/, /^absent$/);
    await rowLike(/^metrics_collect$/, /^verified · system_metrics, performance_metrics$/);
    await driver.screenshot("claude-flow");
  });

  it("shows the process of a record for as long as it runs", async function () {
    this.timeout(SLOW_MS);
    const record = (await flow())?.records[0];
    if (record === undefined) this.skip();
    // In place of a program that needs an account: run by its name, and told whose it is as a host would tell it.
    const claude = join(elsewhere, "claude");
    writeFileSync(claude, "setInterval(() => undefined, 1_000);\n");
    const child = spawn(process.execPath, [claude, "-p", "Sort the books.", "--agent-id", record.id], {
      ...{ cwd: elsewhere, stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } },
    });
    const closed = new Promise((done) => child.once("close", done));
    try {
      await rowLike(/^flow$/, /^2 of 2 records \(claimed\), 1 process seen/);
      assert.deepEqual(
        (await flow())?.records.map(({ pid }) => pid).filter((pid) => pid !== null),
        [child.pid],
      );
      await driver.screenshot("claude-flow-process");
    } finally {
      child.kill("SIGKILL");
      await closed;
    }
    await rowLike(/^flow$/, /^2 of 2 records \(claimed\), 0 processes seen/);
  });

  it("is told of as claimed by the palette, which says why not and what does instead", async function () {
    this.timeout(2 * SLOW_MS);
    const row = await flow();
    // The case before has skipped: there is none.
    if (row === null) this.skip();
    const swarm = { swarmId: "flow" };
    await vscode.commands.executeCommand("swarm.performanceReport", swarm);
    const text = await waitFor("what it claims", async () => {
      const { document } = vscode.window.activeTextEditor ?? {};
      return document?.uri.scheme === "swarm-document" && document.getText();
    });
    assert.match(
      text,
      /^flow {2}as its orchestrator tells it \(claimed\)\n\d of \d records \(claimed\), 0 processes seen\n/,
    );
    assert.match(text, /── performance_report \(claimed\) ──\nrecord-only: /);

    await vscode.commands.executeCommand("swarm.forecastResources", swarm);
    await notificationLike(/A forecast needs demand that was measured here over time\. Instead, 'predict-size'/);

    void vscode.commands.executeCommand("swarm.profilePerformance", swarm);
    const items = await waitFor("its processes", () => driver.quickPickItems());
    assert.deepEqual(items, [`MCP server ${row.serverPid}`, "Another Process…"]);
  });
});
