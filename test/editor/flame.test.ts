import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { largeCpuProfile } from "../../bench/lib/largeProfile.ts";
import { writerOf } from "../../src/profiler/formats/all.ts";
import { hotSpots } from "../../src/profiler/hotSpots.ts";
import { readHere } from "../../src/views/flame/readHere.ts";
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
    await record("before", () => assert.ok(countPrimesForFlameTest(2, 200_000) > 1_000));
    await record("after", () => assert.ok(countPrimesForFlameTest(2, 900_000) > 1_000));
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(folder, { recursive: true, force: true });
  });

  async function record(name: string, work: () => void): Promise<string> {
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    work();
    const { profile } = await session.post("Profiler.stop");
    session.disconnect();
    const path = join(folder, `${name}.cpuprofile`);
    writeFileSync(path, JSON.stringify(profile));
    recorded.push(path);
    return path;
  }

  const page = (part: string): Promise<string> =>
    waitFor(`the page with "${part}"`, async () => (await driver.webviewTexts()).find((one) => one.includes(part)), {
      deadlineMs: 30_000,
      show: () => driver.webviewTexts(),
    });

  it("shows this project's own code at work, alone and compared, for the README", async () => {
    const { bytes } = largeCpuProfile({ samples: 150_000, frames: 4_000, seed: 3 });
    // One function for both, so that what they share is seen as the same.
    const readAnd = (converts: boolean) => (): void => {
      const profile = readHere(bytes, "large.cpuprofile");
      if (converts) assert.ok(writerOf("pprof").write(profile).length > 100_000);
      else assert.ok(hotSpots(profile).functions.length > 1_000);
    };
    const reading = await record("hot-spots", readAnd(false));
    const writing = await record("convert", readAnd(true));
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.commands.executeCommand("workbench.action.closeSidebar");
    await vscode.commands.executeCommand("swarm.openProfile", { path: writing });
    await page("convert.cpuprofile");
    await driver.screenshot("flame-dark", { clip: "editor" });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.commands.executeCommand("swarm.compareProfiles", {
      before: { path: reading },
      after: { path: writing },
    });
    const text = await page("compared with");
    assert.match(text, /Own share changed most/);
    await driver.screenshot("flame-compared-dark", { clip: "editor" });
    await tidy();
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
    await waitFor(
      "the source",
      () =>
        vscode.window.visibleTextEditors.some((editor) => {
          const line = editor.document.lineAt(editor.selection.active.line).text;
          return editor.document.uri.scheme === "file" && line.includes("countPrimesForFlameTest");
        }),
      { deadlineMs: 40_000 },
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

  it("opens one that is read in a thread of its own", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const { bytes } = largeCpuProfile({ samples: 100_000, frames: 2_000, seed: 5 });
    assert.ok(bytes.length > 1_000_000);
    const path = join(folder, "large.cpuprofile");
    writeFileSync(path, bytes);
    await vscode.commands.executeCommand("swarm.openProfile", { path });
    await page("in 100000 samples of");
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
