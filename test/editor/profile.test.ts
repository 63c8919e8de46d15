import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { catchesSigusr1, listeningPorts } from "../../src/profiler/sources/procTarget.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, connected, dialogLike, notificationLike, rowLike, showAgents, startedDemo, tidy } from "./steps.ts";

const SLOW_MS = 90_000;
const THEMES = {
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
} as const;

/** Too large for V8 to make them parts of their callers: burns most of its time in one function, keeps what another allocates, and writes to disk in small pieces. */
const PLANTED = `
const { openSync, writeSync } = require("node:fs");
globalThis.sum = 0;
const kept = [];
const file = openSync(process.argv[2], "w");
function plantedHot() {
  for (let i = 0; i < 30_000; i++) { ${"globalThis.sum += Math.sqrt(i) % 7; ".repeat(40)} }
}
function plantedLeak() { ${"globalThis.sum += kept.length; ".repeat(60)} kept.push(new Array(8_000).fill(kept.length)); }
function plantedDisk() { for (let i = 0; i < 20; i++) writeSync(file, "planted", 0); }
setInterval(() => { plantedHot(); plantedLeak(); plantedDisk(); }, 20);
`;

/** The page whose text has all of these. */
async function page(...parts: readonly RegExp[]): Promise<string> {
  const text = await waitFor(
    `a page with ${parts.join(" and ")}`,
    async () => (await driver.webviewTexts()).find((one) => parts.every((part) => part.test(one))),
    { deadlineMs: SLOW_MS, show: () => driver.webviewTexts() },
  );
  return text.replaceAll(/\s+/g, " ");
}

async function closeEditors(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
}

/** The pages stay. */
async function closeSources(): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap(({ tabs: all }) => all);
  await vscode.window.tabGroups.close(tabs.filter(({ input }) => input instanceof vscode.TabInputText));
}

/** Beside the process as it was: its inspector listens. */
const isOpen = (pid: number): boolean => listeningPorts(pid).length > 0;

describe("Profile Performance", function () {
  this.timeout(2 * SLOW_MS);
  let folder = "";
  let planted: ChildProcess;
  let ended: Promise<unknown>;
  let pid = 0;

  before(async () => {
    await startedDemo();
    folder = mkdtempSync(join(tmpdir(), "swarm-planted-"));
    const script = join(folder, "planted.js");
    writeFileSync(script, PLANTED);
    planted = spawn(process.execPath, ["--inspect-port=0", script, join(folder, "out")], {
      stdio: "ignore",
      env: { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" },
    });
    ended = new Promise((resolve) => planted.once("exit", resolve));
    pid = planted.pid ?? 0;
    await waitFor("a process that takes SIGUSR1", () => catchesSigusr1(pid));
  });
  afterEach(tidy);
  after(async () => {
    planted.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await closeEditors();
  });

  it("of an agent of the demo, from its row: time, question, progress, report", async () => {
    const { agents } = await startedDemo();
    const [agent] = agents;
    assert.ok(agent !== undefined);
    const { label, actions } = await rowLike(new RegExp(`${agent.pid}$`));
    assert.ok(actions.includes("Profile Performance…"), actions.join());
    await showAgents();
    // A row that is drawn anew at the moment of the click names no agent to anybody: then all are listed, and it is pressed again.
    const times = await waitFor("the times", async () => {
      await driver.clickRowAction(label, "Profile Performance…", AGENTS);
      const found = await waitFor("a list", () => driver.quickPickItems());
      if (found.some((item) => item.includes("60 s"))) return found;
      await driver.pressKey("Escape");
      return null;
    });
    assert.ok(times[0]?.includes("60 s"), times.join("\n"));
    await driver.quickPickChoose(times.find((item) => item.includes("10 s")) ?? "");
    const { detail } = await dialogLike(new RegExp(`^Open the inspector of process ${agent.pid} and profile it\\?`));
    assert.match(detail, /Command: .*demoWorker/);
    assert.match(detail, /open work/i);
    assert.match(detail, /closed again/);
    assert.equal(isOpen(agent.pid), false);
    await driver.screenshot("profile-question");
    await driver.dialogChoose("Open Inspector");
    await notificationLike(/Profiling process \d+ for 10 s[^]* of 10 s sampled/);
    const text = await page(/CPU\s*measured/, /Memory/);
    assert.match(text, new RegExp(`pid ${agent.pid}`));
    assert.match(text, /samples by V8's profiler \(measured\) · busy \d+%/);
    assert.match(text, /RSS \d+ MB/);
    assert.match(text, /event loop/);
    assert.ok(!/undefined|NaN|\[object/.test(text), text);
    await waitFor("its inspector to be closed", () => !isOpen(agent.pid));
    assert.deepEqual(await driver.webviewClipped(), []);
  });

  it("names a planted hot function and a planted leak, and leads to their source", async () => {
    await closeEditors();
    const run = vscode.commands.executeCommand("swarm.profilePerformance", { pid, durationMs: 20_000 });
    await dialogLike(new RegExp(`^Open the inspector of process ${pid}`));
    await driver.dialogChoose("Open Inspector");
    await run;
    const text = await page(/CPU\s*measured/, /Places that allocate what stays/);
    assert.match(text, /plantedHot[^]*planted\.js:6/);
    const [, suspects = ""] = text.split("Places that allocate what stays");
    assert.match(suspects, /plantedLeak/);
    await waitFor("its inspector to be closed", () => !isOpen(pid));
    await driver.webviewPress("plantedHot");
    await waitFor(
      "the source",
      () =>
        vscode.window.visibleTextEditors.some(({ document, selection }) =>
          document.lineAt(selection.active.line).text.includes("function plantedHot"),
        ),
      { deadlineMs: SLOW_MS, show: () => driver.webviewTexts() },
    );
    await closeSources();
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await page(/Places that allocate what stays/);
      await driver.webviewShow("What to do");
      await driver.screenshot(`profile-${name}`);
      await driver.webviewShow("Memory");
      await driver.screenshot(`profile-memory-${name}`);
      assert.deepEqual(await driver.webviewClipped(), []);
    });
  }

  it("comes back after a reload of its page, and fits 400 px", async () => {
    const width = await driver.webviewWidth(400);
    assert.deepEqual(await driver.webviewClipped(), []);
    await driver.screenshot("profile-400");
    await driver.windowWidth(width);
    await vscode.commands.executeCommand("workbench.action.webview.reloadWebviewAction");
    await page(/plantedHot/);
  });

  it("opens its flame graph", async () => {
    // A page that has just come back has two frames for a moment, of which one goes.
    await waitFor(
      "the press",
      () =>
        driver.webviewPress("Open Flame Graph").then(
          () => true,
          () => null,
        ),
      { deadlineMs: SLOW_MS },
    );
    await page(/calls deep/);
    await driver.screenshot("profile-flame");
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await page(/plantedHot/, /Profile Again/);
  });

  it("compares with an earlier recording of the same process", async () => {
    const run = vscode.commands.executeCommand("swarm.profilePerformance", {
      pid,
      durationMs: 1_000,
      components: ["cpu"],
    });
    await dialogLike(new RegExp(`^Open the inspector of process ${pid}`));
    await driver.dialogChoose("Open Inspector");
    await run;
    await page(/1 s from/, /plantedHot/);
    await driver.webviewPress("Compare…");
    const items = await waitFor("the earlier ones", async () => {
      const found = await driver.quickPickItems();
      return found !== null && found.length > 1 && found;
    });
    assert.ok(items[0]?.includes(`pid ${pid}`), items.join("\n"));
    await driver.quickPickChoose(items[0] ?? "");
    await page(/compared with/);
    await closeEditors();
  });

  it("without leave opens no inspector, and says what is not told", async () => {
    const run = vscode.commands.executeCommand("swarm.profilePerformance", { pid, durationMs: 1_000 });
    await dialogLike(new RegExp(`^Open the inspector of process ${pid}`));
    await driver.dialogChoose("Profile Without It");
    await run;
    const text = await page(/Not told/, /No inspector was opened in it/);
    assert.match(text, /Nobody has agreed to an inspector being opened/);
    assert.equal(isOpen(pid), false);
    await closeEditors();
  });

  it("is cancelled in the middle: the inspector is closed, and nothing is shown", async () => {
    const run = vscode.commands.executeCommand("swarm.profilePerformance", { pid, durationMs: 60_000 });
    await dialogLike(new RegExp(`^Open the inspector of process ${pid}`));
    await driver.dialogChoose("Open Inspector");
    await waitFor("its inspector", () => isOpen(pid));
    await notificationLike(/of 60 s sampled/);
    // One at a time: another one is refused, and says so.
    const engine = await (await connected()).session.connection();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTime = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const second = { process: { pid, startTime }, durationMs: 1_000, components: ["io" as const], consent: false };
    await assert.rejects(() => engine.call(calls.profile, second), { code: "profile.busy" });
    await driver.notificationChoose("Cancel");
    await run;
    await notificationLike(new RegExp(`The profile of process ${pid} was given up; nothing of it is left there`));
    await waitFor("its inspector to be closed", () => !isOpen(pid));
    assert.equal(planted.exitCode, null);
    assert.deepEqual(await driver.webviewTexts(), []);
  });

  it("says that the process is gone", async () => {
    void vscode.commands.executeCommand("swarm.profilePerformance", { pid: 2 ** 22 + 9, durationMs: 1_000 });
    await notificationLike(/Could not profile the process: There is no process 4194313/);
  });
});
