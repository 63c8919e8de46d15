import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { REPLAY_BOUND, UNTRAINED_POLICIES } from "../../src/engine/protocol/replay.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { defineSwarm, importPast, removeSwarm, trace } from "./pasts.ts";
import { connected, rowLike, showAgents, submitted, tidy } from "./steps.ts";

/** Policies side by side on a swarm's past, in the editor: before there is one, and after it was imported. */

const SWARM = "replayed";
const STEP_MS = 60_000;
const DAYS = 3;
/** A simulated swarm meets some thousand steps with each policy, and forecasts are made, at the lowest priority. */
const SLOW_MS = 90_000;
const THEMES = {
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
} as const;

async function pageText(part: RegExp, deadlineMs = 30_000): Promise<string> {
  const text = await waitFor(
    `the page with ${part}`,
    async () => (await driver.webviewTexts()).find((one) => one.includes("Swarm Scaling") && part.test(one)),
    { deadlineMs, show: () => driver.webviewTexts() },
  );
  return text.replaceAll(/\s+/g, " ");
}

describe("Compare Policies", function () {
  this.timeout(2 * SLOW_MS);
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("says why there is nothing to compare, what to do, and offers to try again", async () => {
    // Each task of it keeps an agent busy for longer than the test takes.
    await defineSwarm(SWARM, "sleep", ["600"]);
    await vscode.commands.executeCommand("swarm.comparePolicies", { swarmId: SWARM, days: DAYS });
    const text = await pageText(/Not compared: Nothing was measured[^]*Try again/);
    assert.match(text, /Let the swarm run for a while, compare more days, or import its past/);
    await driver.screenshot("scaling-failed");
  });

  it("compares every policy on the history, once there is one", async () => {
    await importPast(SWARM, trace(STEP_MS, (DAYS * 86_400_000) / STEP_MS, 1_440));
    await tidy();
    const engine = await (await connected()).session.connection();
    await engine.call(calls.swarmStart, { swarmId: SWARM, deadlineMs: 20_000 });
    // Not in the lane in which other tests leave slow work behind.
    await submitted(SWARM, "critical", [{ prompt: "a" }, { prompt: "b" }, { prompt: "c" }]);
    await driver.webviewPress("Try again");
    await pageText(new RegExp(`Comparing ${UNTRAINED_POLICIES.length} policies on ${DAYS} days`));
    const text = await pageText(/Simulated: \d+ policies on the same load\./, SLOW_MS);
    const [sentence] = /On the last [^]*?(?= Simulated:)/.exec(text) ?? [""];
    assert.match(sentence, /adaptive would have used [\d.]+ agent-hours, .* hpa.* of the work unmet/);
    assert.match(sentence, /The bound, which knows the future, is [\d.]+/);
    assert.match(text, /A simulation: a simulated swarm of 1 to 20 agents meets this load \(imported\)/);
    assert.match(text, /\d+ steps of 60 s/);
    assert.match(text, /Load \(imported\)/);
    for (const name of UNTRAINED_POLICIES) {
      const shown = name === REPLAY_BOUND ? String.raw`clairvoyant \(bound\)` : name;
      assert.match(text, new RegExp(`${shown} [\\d.]+%( ★)? [\\d.]+`), `${name} is not in the table:\n${text}`);
    }
    assert.match(text, /★/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await showAgents();
      await rowLike(new RegExp(SWARM), /load \d/);
      await pageText(/Simulated: \d+ policies/);
      await driver.screenshot(`scaling-${name}`);
    });
  }

  it("cuts nothing off where it is 400 px wide", async () => {
    const before = await driver.webviewWidth(400);
    try {
      await driver.screenshot("scaling-narrow");
      assert.deepEqual(await driver.webviewClipped(), []);
    } finally {
      await driver.windowWidth(before);
    }
  });

  it("is given up when Cancel is pressed, and keeps what was compared before", async () => {
    await driver.webviewPress("Compare");
    await pageText(/Comparing \d policies/);
    await driver.webviewPress("Cancel");
    await pageText(/The comparison was cancelled\.[^]*Simulated: \d+ policies/);
  });

  it("shows the swarm as it is now beside it, each figure with its source", async () => {
    const text = await pageText(/Load is [\d.]+: demand [\d.]+ \((measured|derived)\) on \d+ agents?/);
    assert.match(text, /Capacity \d+ of \d+ agents alive measured/);
    assert.match(text, /Mode recommend/);
  });

  it("says that a swarm is no longer there when it was taken out of the configuration", async () => {
    await removeSwarm(SWARM);
    await pageText(new RegExp(`The swarm ${SWARM} is no longer there`));
  });
});
