import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
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

/** Agents' worth of work: a day's curve with noise, a spike of three steps every third day, ending about now. */
function trace(): string {
  const rng = createRng(7);
  const end = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const rows = Array.from({ length: STEPS }, (_, t) => {
    const atMs = end - (STEPS - 1 - t) * STEP_MS;
    const day = 6 - 4 * Math.cos((2 * Math.PI * (atMs % 86_400_000)) / 86_400_000);
    const spike = t % 864 >= 300 && t % 864 < 303 ? 14 : 0;
    return `${new Date(atMs).toISOString()},${Math.max(0, day * (1 + 0.08 * normal(rng)) + spike).toFixed(3)}`;
  });
  return `time,load\n${rows.join("\n")}\n`;
}

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
    const engine = await (await connected()).session.connection();
    const { revision, values } = await engine.call(calls.configGet, {});
    const swarm = { id: SWARM, label: "imported", command: "cat", agents: "command", minAgents: 1, maxAgents: 20 };
    await engine.call(calls.configPatch, {
      source: "test",
      baseRevision: revision,
      patch: { swarms: [...values.swarms, swarm as (typeof values.swarms)[number]] },
    });
    const test = await connected();
    await waitFor("its row", () => test.overview()?.swarms.some(({ id }) => id === SWARM) === true);
    const folder = await mkdtemp(join(tmpdir(), "swarm-trace-"));
    const path = join(folder, "trace.csv");
    await writeFile(path, trace());
    const wish = { swarmId: SWARM, path, column: "load", metric: "demand", shiftToNow: false };
    const done = vscode.commands.executeCommand("swarm.importMetrics", wish);
    const dialog = await waitFor("the preview", () => driver.dialogText(), {
      deadlineMs: 30_000,
      show: async () => [await driver.notifications(), await driver.quickPickItems()],
    });
    assert.match(`${dialog.message} ${dialog.detail}`, /trace\.csv/);
    await driver.dialogChoose("Import");
    const imported = async () => {
      const toMs = Date.now();
      const key = { scope: "swarm", key: SWARM, metric: "demand" } as const;
      const { series } = await engine.call(calls.history, { series: [key], fromMs: toMs - 864e5, toMs, points: 100 });
      return series[0]?.imported ?? [];
    };
    await waitFor("the history", async () => (await imported()).length > 0, {
      deadlineMs: 60_000,
      show: () => driver.notifications(),
    });
    await done;
    await rm(folder, { recursive: true });
  });

  it("makes a forecast with band, leaderboard and what was unusual", async () => {
    const engine = await (await connected()).session.connection();
    await engine.call(calls.swarmStart, { swarmId: SWARM, deadlineMs: 20_000 });
    // Whether the ensemble beats the best simple rule depends on the hour at which this history ends: the page has to
    // say what the gate decided, either way.
    await waitFor(
      "a forecast of it with its tests",
      async () => {
        const report = await engine.call(calls.forecastReport, { swarmId: SWARM });
        const tested = report.forecast?.scores.some(({ model, mae }) => model === "ensemble" && mae !== null) === true;
        return tested && report.unusual.length > 0 && report;
      },
      { deadlineMs: SLOW_MS, show: async () => (await engine.call(calls.forecastReport, { swarmId: SWARM })).forecast },
    );
    await vscode.commands.executeCommand("swarm.openForecast", { swarmId: SWARM });
    const text = await waitFor(
      "the page with what the gate decided",
      async () => {
        const { forecast } = await engine.call(calls.forecastReport, { swarmId: SWARM });
        const shown = await pageText(/All models on the same back-tests, best first\./, 60_000);
        const verdict =
          forecast?.ready === true
            ? "Ready: Ensemble takes part in decisions"
            : "Not ready: The forecast is not better";
        return shown.includes(verdict) && shown;
      },
      { deadlineMs: 60_000, show: () => driver.webviewTexts() },
    );
    const { forecast } = await engine.call(calls.forecastReport, { swarmId: SWARM });
    const errorOf = (id: string | null | undefined) =>
      forecast?.scores.find(({ model }) => model === id)?.mae ?? Number.NaN;
    // A tie is not ready; clearly worse than the best simple rule it must not be at any hour.
    assert.ok(errorOf("ensemble") <= 1.02 * errorOf(forecast?.baseline), JSON.stringify(forecast?.scores));
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
