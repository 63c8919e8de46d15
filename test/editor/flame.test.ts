import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { tidy } from "./steps.ts";

/** Busy for long enough that a sampler sees it. It calls itself, so that no compiler makes it a part of its caller. */
function countPrimesForFlameTest(from: number, below: number): number {
  if (below - from > 1_000) {
    const middle = Math.floor((from + below) / 2);
    return countPrimesForFlameTest(from, middle) + countPrimesForFlameTest(middle, below);
  }
  let count = 0;
  for (let n = from; n < below; n++) {
    let isPrime = n > 1;
    for (let by = 2; by * by <= n && isPrime; by++) isPrime = n % by !== 0;
    if (isPrime) count++;
  }
  return count;
}

describe("the page Flame", () => {
  let folder = "";
  const recorded: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "swarm-flame-"));
    for (const [name, below] of [
      ["before", 200_000],
      ["after", 900_000],
    ] as const) {
      const session = new Session();
      session.connect();
      await session.post("Profiler.enable");
      await session.post("Profiler.start");
      assert.ok(countPrimesForFlameTest(2, below) > 1_000);
      const { profile } = await session.post("Profiler.stop");
      session.disconnect();
      const path = join(folder, `${name}.cpuprofile`);
      writeFileSync(path, JSON.stringify(profile));
      recorded.push(path);
    }
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(folder, { recursive: true, force: true });
  });

  const page = (part: string): Promise<string> =>
    waitFor(`the page with "${part}"`, async () => (await driver.webviewTexts()).find((one) => one.includes(part)), {
      deadlineMs: 30_000,
      show: () => driver.webviewTexts(),
    });

  it("opens a .cpuprofile that Node recorded in its read-only editor", async () => {
    const [, file = ""] = recorded;
    await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), "swarm.profile");
    const text = await page("calls deep");
    assert.match(text, /after\.cpuprofile/);
    assert.match(text, /in \d+ samples of \d+ functions, up to \d+ calls deep/);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom, "no custom editor");
    assert.equal(input.viewType, "swarm.profile");
    await driver.webviewPress("Table (T)");
    await page("countPrimesForFlameTest");
    await driver.screenshot("flame");
    assert.deepEqual(await driver.webviewClipped(), []);
  });

  it("copies the stack of a function and opens its source", async () => {
    await driver.webviewPress("countPrimesForFlameTest");
    await page("Callers and callees");
    await driver.pressKey("ArrowDown");
    await page("Total of this call");
    await driver.webviewPress("Copy Stack (C)");
    // The browser that shows the editor lets nobody read its clipboard.
    await page("The stack is in the clipboard.");
    await driver.webviewPress("Open Source (O)");
    await waitFor("the source", () =>
      vscode.window.visibleTextEditors.some((editor) => {
        const line = editor.document.lineAt(editor.selection.active.line).text;
        return editor.document.uri.scheme === "file" && line.includes("countPrimesForFlameTest");
      }),
    );
  });

  it("compares two recordings, and says which function took a larger share", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const [earlier, later] = recorded;
    await vscode.commands.executeCommand("swarm.compareProfiles", {
      before: { path: earlier },
      after: { path: later },
    });
    const text = await page("compared with");
    assert.match(text, /after\.cpuprofile, compared with before\.cpuprofile/);
    assert.match(text, /Own share changed most/);
    await driver.screenshot("flame-compared");
  });

  it("says what is wrong with a file that is no profile", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const path = join(folder, "broken.cpuprofile");
    writeFileSync(path, "{");
    await vscode.commands.executeCommand("swarm.openProfile", { path });
    await page("holds no profile in a format that is known here");
    await tidy();
  });
});
