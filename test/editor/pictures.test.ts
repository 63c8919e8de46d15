import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { AGENTS, tidy, demoOf, showAgents } from "./steps.ts";

const THEMES = { dark: "Dark Modern", light: "Light Modern" } as const;

/** Pictures for the README and for a look at the whole; what they must show is asserted in the other files. */
describe("pictures of the views", () => {
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark, true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  for (const [name, theme] of Object.entries(THEMES)) {
    it(`are taken in a ${name} theme`, async () => {
      await demoOf(4);
      const kind = name === "dark" ? vscode.ColorThemeKind.Dark : vscode.ColorThemeKind.Light;
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await vscode.commands.executeCommand("swarm.collectMetrics");
      await waitFor("the page", async () =>
        (await driver.webviewTexts()).some((text) => text.includes("measured over")),
      );
      await showAgents();
      await tidy();
      await waitFor(
        "figures on every row",
        async () => {
          const rows = (await driver.treeRows(AGENTS)).filter(({ level, label }) => level === 1 || /\d$/.test(label));
          return rows.length >= 5 && rows.every(({ description }) => !description.includes("–")) && rows;
        },
        { deadlineMs: 20_000, show: () => driver.treeRows(AGENTS) },
      );
      for (const file of [
        await driver.screenshot(`agents-${name}`),
        await driver.screenshot(`sidebar-${name}`, { clip: "sidebar" }),
      ]) {
        assert.ok(existsSync(file));
      }
    });
  }
});
