import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { api, demo, startedDemo } from "./steps.ts";

/** Days of the demo's load are in the store already (simulated), so that its forecast has something to rest on. */

const THEMES = {
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
} as const;

async function pageText(part: RegExp, deadlineMs = 30_000): Promise<string> {
  return waitFor(
    `the page with ${part}`,
    async () => (await driver.webviewTexts()).find((text) => text.includes("Swarm Forecast") && part.test(text)),
    { deadlineMs, show: () => driver.webviewTexts() },
  );
}

async function forecast() {
  const connection = await (await api()).session.connection();
  return connection.call(calls.forecast, { swarmId: "demo" });
}

describe("Open Forecast", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("opens a page that says the load in words and that the forecast takes part", async () => {
    await startedDemo();
    const connection = await (await api()).session.connection();
    await connection.call(calls.swarmMode, { swarmId: "demo", mode: "auto" });
    await vscode.commands.executeCommand("swarm.openForecast", { swarmId: "demo" });
    const text = await pageText(/takes part · 95% interval held \d+% in back-tests · made /, 90_000);
    assert.match(text, /Load is [\d.]+: demand [\d.]+ \(measured\) on \d+ (of \d+ )?agents/);
    assert.match(text, /agents? covers? it with 95% confidence/);
    for (const part of ["Demand", "Forecast", "Upper", "Lower", "Capacity", "More above", "Fewer below"])
      assert.ok(text.includes(part), `${part} is not in the legend:\n${text}`);
  });

  it("takes part in what the scaler thinks", async () => {
    const row = await waitFor(
      "a predicted load",
      async () => {
        const now = await demo();
        return now.scaling?.inputs.predictedRatio != null && now;
      },
      { deadlineMs: 30_000, show: demo },
    );
    const { currentRatio, predictedRatio, combinedRatio } = row.scaling?.inputs ?? {};
    assert.ok(currentRatio != null && predictedRatio != null && combinedRatio != null);
    assert.ok(Math.abs(combinedRatio - (0.7 * predictedRatio + 0.3 * currentRatio)) < 1e-9);
  });

  it("moves with the load: later steps, another band", async () => {
    const first = await forecast();
    const later = await waitFor(
      "a later forecast",
      async () => {
        const now = await forecast();
        return now.madeAtMs >= first.madeAtMs + 8_000 && now;
      },
      { deadlineMs: 40_000 },
    );
    assert.ok((later.points[0]?.atMs ?? 0) > (first.points[0]?.atMs ?? 0));
    assert.notDeepEqual(
      later.points.map(({ lo, hi }) => [lo, hi]),
      first.points.map(({ lo, hi }) => [lo, hi]),
    );
    assert.ok(later.points.every(({ lo, mean, hi }) => lo >= 0 && lo <= mean && mean <= hi));
  });

  it("has the same figures as a table one key away", async () => {
    await pageText(/Load is/);
    await driver.pressKey("t");
    const text = await pageText(/newest first\. History is measured; forecasts are forecasts\./);
    assert.match(text, /Live agents/);
    await driver.screenshot("forecast-table");
    await driver.pressKey("t");
    await pageText(/Table \(T\)(?![\s\S]*newest first)/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await pageText(/Load is/);
      await vscode.commands.executeCommand("swarm.decisions.focus");
      await driver.screenshot(`forecast-${name}`);
    });
  }
});
