import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  it("shows how every model did, and what was learned with what", async () => {
    const text = await pageText(/All models on the same back-tests, best first\./, 60_000);
    assert.match(
      text,
      /Ready: Ensemble takes part in decisions: its mean error is [\d.]+, that of the best simple rule/,
    );
    assert.match(text, /· to beat/);
    for (const model of ["naive", "snaive", "ewma", "median"]) assert.ok(text.includes(`(${model})`), model);
    assert.match(text, /What it said then/);
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

  it("forecasts the resources, with a plan, beside it", async function () {
    // Five series, each with all models tested on it.
    this.timeout(300_000);
    await vscode.commands.executeCommand("swarm.forecastResources", {
      swarmId: "demo",
      horizonSeconds: 3_600,
      confidence: 0.9,
    });
    const text = await pageText(/1 h of the swarm's own time \(15 s here\) ahead with 90% confidence/, 30_000);
    for (const part of ["CPU", "Memory", "Network of the machine", "Agents"]) assert.ok(text.includes(part), part);
    await driver.screenshot("forecast-resources");
  });

  it("is exported as a table and as a picture, without a dialog when a path is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "swarm-export-"));
    const saved = async (kind: "csv" | "png") => {
      const path = join(folder, `forecast.${kind}`);
      await vscode.commands.executeCommand("swarm.exportForecast", { swarmId: "demo", kind, path });
      return readFile(path);
    };
    const lines = (await saved("csv")).toString("utf8").split("\r\n");
    assert.match(lines[0] ?? "", /^time,swarm,demand,source,live_agents,forecast,/);
    assert.ok(lines.length > 50, `${lines.length} lines`);
    assert.ok(
      lines.some((line) => /^\d{4}-[^,]*Z,[^,]*,[\d.]+,measured,\d/.test(line)),
      lines[1],
    );
    const picture = await saved("png");
    assert.equal(picture.subarray(1, 4).toString(), "PNG");
    assert.ok(picture.readUInt32BE(16) > 300);
    await rm(folder, { recursive: true });
  });
});
