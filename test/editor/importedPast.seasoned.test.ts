import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { defineSwarm, importPast, trace } from "./pasts.ts";
import { connected } from "./steps.ts";

/** A swarm on its first day, with two weeks of somebody's load as its past: what the forecast page makes of it. */

const SWARM = "imported";
const STEP_MS = 300_000;
const STEPS = 14 * 288;
/** The models are tested on some thousand steps, and a network is trained, at the lowest priority beside the editor. */
const SLOW_MS = 110_000;
const THEMES = {
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
  light: ["Light Modern", vscode.ColorThemeKind.Light],
} as const;

async function pageText(part: RegExp, deadlineMs: number): Promise<string> {
  return waitFor(
    `the page with ${part}`,
    async () => (await driver.webviewTexts()).find((text) => text.includes("Swarm Forecast") && part.test(text)),
    { deadlineMs, show: () => driver.webviewTexts() },
  );
}

describe("an imported past", function () {
  this.timeout(3 * SLOW_MS);
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const engine = await (await connected()).session.connection();
    await engine.call(calls.swarmStop, { swarmId: SWARM, deadlineMs: 20_000 });
  });

  it("is imported by command, after a preview", async () => {
    await defineSwarm(SWARM);
    await importPast(SWARM, trace(STEP_MS, STEPS, 864));
  });

  it("makes a forecast with band, leaderboard and what was unusual", async () => {
    const engine = await (await connected()).session.connection();
    await engine.call(calls.swarmStart, { swarmId: SWARM, deadlineMs: 20_000 });
    await waitFor(
      "a forecast of it that is ready",
      async () => {
        const report = await engine.call(calls.forecastReport, { swarmId: SWARM });
        return report.forecast?.ready === true && report.unusual.length > 0 && report;
      },
      { deadlineMs: SLOW_MS, show: async () => (await engine.call(calls.forecastReport, { swarmId: SWARM })).forecast },
    );
    await vscode.commands.executeCommand("swarm.openForecast", { swarmId: SWARM });
    await pageText(/All models on the same back-tests, best first\./, 60_000);
    const text = await pageText(/Ready: Ensemble takes part in decisions/, 60_000);
    for (const part of ["Forecast", "Upper", "Lower", "Unusual", "Imported", "naive", "snaive", "ewma", "median", "rf"])
      assert.ok(text.toLowerCase().includes(part.toLowerCase()), `${part} is not on the page:\n${text}`);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await pageText(/All models on the same back-tests/, 30_000);
      await driver.screenshot(`forecast-imported-${name}`);
    });
  }
});
