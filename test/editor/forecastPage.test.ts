import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { startedDemo } from "./steps.ts";

const THEMES = {
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
} as const;

async function pageText(part: string | RegExp): Promise<string> {
  return waitFor(
    `the page with ${part}`,
    async () =>
      (await driver.webviewTexts()).find(
        (text) => text.includes("Swarm Forecast") && (typeof part === "string" ? text.includes(part) : part.test(text)),
      ),
    { deadlineMs: 30_000, show: () => driver.webviewTexts() },
  );
}

describe("Open Forecast", () => {
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("opens a page that says the load in words and what the forecast is worth", async () => {
    await startedDemo();
    await vscode.commands.executeCommand("swarm.openForecast", { swarmId: "demo" });
    const text = await pageText(/Load is [\d.]+: demand/);
    assert.match(text, /\(measured\) on \d+ (of \d+ )?agents/);
    // Minutes of history are too few to be believed, and it says so.
    await pageText(/history has \d+ steps|takes (no )?part|is being made|noBetter|no better/i);
    assert.match(text, /Demand/);
    assert.match(text, /Capacity/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await pageText(/Load is/);
      await driver.screenshot(`forecast-page-${name}`);
    });
  }
});
