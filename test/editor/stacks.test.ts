import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { connected, dialogLike, rowLike, showAgents, tidy } from "./steps.ts";

const HANG = `function plantedHang() {
  for (;;) Math.random();
}
setTimeout(plantedHang, 1);
`;

/** An agent that somebody else started, and that hangs: this Node under the name of one. */
describe("the stacks of a stuck agent", () => {
  let folder = "";
  let agent: ChildProcess;
  let other: ChildProcess;

  before(async () => {
    await connected();
    folder = mkdtempSync(join(tmpdir(), "stuck-"));
    symlinkSync(process.execPath, join(folder, "claude"));
    writeFileSync(join(folder, "hang.cjs"), HANG);
    // The editor's own Node may have the usual port.
    const args = ["--inspect-port=0", join(folder, "hang.cjs")];
    agent = spawn(join(folder, "claude"), args, { cwd: folder, stdio: "ignore" });
    other = spawn("sleep", ["600"], { stdio: "ignore" });
  });

  after(async () => {
    for (const child of [agent, other]) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  afterEach(tidy);

  const dump = (pid: number | undefined): Promise<vscode.TextDocument> =>
    waitFor(
      "the document",
      () =>
        vscode.workspace.textDocuments.find(
          (one) => one.uri.scheme === "swarm-document" && one.getText().includes(`process ${pid} `),
        ),
      { deadlineMs: 30_000 },
    );

  it("asks first, naming pid and command, and opens nothing on Cancel", async () => {
    await showAgents();
    await rowLike(new RegExp(`${agent.pid}$`));
    void vscode.commands.executeCommand("swarm.dumpStacks", { pid: agent.pid });
    const { detail } = await dialogLike(new RegExp(`^Open the inspector of process ${agent.pid}\\?`));
    assert.match(detail, /Command: .*hang\.cjs/);
    assert.match(detail, /open work/i);
    await driver.dialogChoose("Cancel");
    await waitFor("the dialog to close", async () => (await driver.dialogText()) === null);
    assert.equal(
      vscode.workspace.textDocuments.some(
        (one) => one.uri.scheme === "swarm-document" && one.getText().includes(`process ${agent.pid} `),
      ),
      false,
    );
  });

  it("names the function that hangs, its place as a link, and its threads", async () => {
    await showAgents();
    const { label } = await rowLike(new RegExp(`${agent.pid}$`));
    void vscode.commands.executeCommand("swarm.dumpStacks");
    const items = await waitFor("the list of agents", async () => {
      const found = await driver.quickPickItems();
      return found !== null && found.some((item) => item.includes(String(agent.pid))) && found;
    });
    await driver.quickPickChoose(items.find((item) => item.includes(String(agent.pid))) ?? "");
    await dialogLike(new RegExp(`^Open the inspector of process ${agent.pid}\\?`));
    await driver.dialogChoose("Open Inspector");
    const document = await dump(agent.pid);
    const text = document.getText();
    assert.match(text, /Runs JavaScript: .*does not come back from 'plantedHang' at .*hang\.cjs:2/, label);
    assert.match(text, /^ {2}at plantedHang {2}.*hang\.cjs:2/m);
    assert.match(text, new RegExp(`^${agent.pid} +\\S`, "m"));
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      "vscode.executeLinkProvider",
      document.uri,
    );
    const own = links.find(({ target }) => target?.path.endsWith("/hang.cjs"));
    assert.equal(own?.target?.path, join(folder, "hang.cjs"));
    assert.match(own?.target?.fragment ?? "", /^L2,/);
    await driver.screenshot("stacks");
    assert.equal(agent.exitCode ?? agent.signalCode, null);
  });

  it("tells the threads of what is no Node without asking, and no signal reaches it", async () => {
    await vscode.commands.executeCommand("swarm.dumpStacks", { pid: other.pid });
    const text = (await dump(other.pid)).getText();
    assert.match(text, /Sleeps until a time it has set/);
    assert.match(text, /JavaScript: .*does not run Node/);
    assert.equal(await driver.dialogText(), null);
    assert.equal(other.exitCode ?? other.signalCode, null);
  });
});
