import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, tidy, connected, dialogLike, rowLike, showAgents } from "./steps.ts";

/** An agent that somebody else started: this Node under the name of one. */
describe("stopping a found agent", () => {
  let folder = "";
  let agent: ChildProcess;
  let ended: Promise<unknown>;

  before(async () => {
    await connected();
    folder = mkdtempSync(join(tmpdir(), "found-"));
    symlinkSync(process.execPath, join(folder, "claude"));
    agent = spawn(join(folder, "claude"), ["-e", "setInterval(() => {}, 1000)"], { cwd: folder, stdio: "ignore" });
    ended = new Promise((resolve) => agent.once("exit", resolve));
  });

  after(async () => {
    agent.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(tidy);

  it("finds it in the tree without any configuration, as observed", async () => {
    await showAgents();
    await rowLike(/^Claude Code · /, /^1 agent · .* · observed$/);
    const row = await rowLike(new RegExp(`${agent.pid}$`));
    assert.deepEqual(row.actions, ["Stop Agent…", "Profile Performance…"]);
  });

  it("asks first, naming pid and command, and does nothing on Cancel", async () => {
    await showAgents();
    const { label } = await rowLike(new RegExp(`${agent.pid}$`));
    await driver.clickRowAction(label, "Stop Agent…", AGENTS);
    const { detail } = await dialogLike(new RegExp(`^Stop agent with pid ${agent.pid}\\?`));
    assert.match(detail, /Command: .*claude/);
    assert.match(detail, /open work/i);
    assert.match(detail, /not started by this extension/);
    await driver.screenshot("stop-agent-modal");
    await driver.dialogChoose("Cancel");
    await waitFor("the dialog to close", async () => (await driver.dialogText()) === null);
    assert.equal(agent.exitCode, null);
    assert.equal(agent.signalCode, null);
  });

  it("ends it when agreed", async () => {
    await showAgents();
    await rowLike(new RegExp(`${agent.pid}$`));
    void vscode.commands.executeCommand("swarm.stopAgent");
    const items = await waitFor("the list of agents", async () => {
      const found = await driver.quickPickItems();
      return found !== null && found.some((item) => item.includes(String(agent.pid))) && found;
    });
    await driver.quickPickChoose(items.find((item) => item.includes(String(agent.pid))) ?? "");
    await dialogLike(new RegExp(`^Stop agent with pid ${agent.pid}\\?`));
    await driver.dialogChoose("Stop Agent");
    await ended;
    await waitFor("its row to go", async () =>
      (await driver.treeRows(AGENTS)).every(({ label }) => !label.endsWith(String(agent.pid))),
    );
  });
});
