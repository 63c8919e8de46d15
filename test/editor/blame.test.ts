import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { connected, demo, startedDemo } from "./steps.ts";

/** Who used what, of the demo swarm as it runs. */

/** Processes are accounted when their minute is over, and their threads some ticks later. */
const ACCOUNTED_MS = 150_000;
const THEMES = {
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
} as const;

function page(...parts: readonly RegExp[]): Promise<string> {
  return waitFor(
    `the page with ${parts.join(", ")}`,
    async () => {
      const texts = (await driver.webviewTexts()).map((text) => text.replaceAll(/\s+/g, " "));
      return texts.find((one) => one.startsWith("Blame") && parts.every((part) => part.test(one)));
    },
    { deadlineMs: 30_000, show: () => driver.webviewTexts() },
  );
}

describe("Blame Flame", function () {
  this.timeout(2 * ACCOUNTED_MS);
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("shows agents, processes, threads and functions with what they used, once their minute is over", async () => {
    await startedDemo();
    await vscode.commands.executeCommand("swarm.blameFlame");
    await page(/All swarms/, /CPU seconds|accounted/);
    const { agents } = await demo();
    const [first] = agents;
    assert.ok(first !== undefined);
    // In the proportions of this profile its main thread is divided.
    const engine = await (await connected()).session.connection();
    const { pid, startTime } = first;
    const profile = { durationMs: 5_000, components: ["cpu" as const], consent: true };
    const { cpu } = await engine.call(calls.profile, { process: { pid, startTime }, ...profile });
    assert.equal(cpu?.method, "inspector");
    let isTable = false;
    const text = await waitFor(
      "an agent with its threads and functions",
      async () => {
        const now = (await driver.webviewTexts()).find((one) => one.startsWith("Blame")) ?? "";
        if (now.includes("Table (T)") && !isTable) {
          await driver.webviewPress("Table (T)");
          isTable = true;
        }
        if (now.includes(first.name) && /main thread[^]*not profiled/.test(now)) return now;
        await driver.webviewPress("Refresh (R)");
        return undefined;
      },
      { deadlineMs: ACCOUNTED_MS, everyMs: 2_000, show: () => driver.webviewTexts() },
    );
    for (const part of [
      /Swarm Allocator itself/,
      /engine \d+/,
      /keeper \d+/,
      /service demo model API/,
      /the agent itself/,
    ])
      assert.match(text, part);
    assert.match(text, /Functions are from 1 profile, in its proportions\./);
    assert.match(text, /[\d.]+ s by \d+ processes: CPU seconds\./);
    assert.match(text, /main thread \(\w+\)\s+[\d.]+ m?s\s+[\d.]+%\s+derived/);
  });

  it("is of one swarm alone where it was asked for on its row", async () => {
    await vscode.commands.executeCommand("swarm.blameFlame", { swarmId: "demo" });
    const text = await waitFor(
      "the demo alone",
      async () => {
        const now = (await driver.webviewTexts()).find((one) => one.startsWith("Blame")) ?? "";
        return /the agent itself/.test(now) && !now.includes("Swarm Allocator itself") && now;
      },
      { deadlineMs: 30_000, show: () => driver.webviewTexts() },
    );
    assert.match(text, /support/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme with nothing cut off`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await vscode.commands.executeCommand("swarm.blameFlame");
      await page(/Swarm Allocator itself/);
      await driver.screenshot(`blame-${name}`);
      assert.deepEqual(await driver.webviewClipped(), []);
    });
  }
});
