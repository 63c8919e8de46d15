import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { KPI_WORDS } from "../../src/text/kpis.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { notificationLike, startedDemo, tidy } from "./steps.ts";

const KPIS = "KPIs";
/** The figures rest on history, which is written minute by minute. */
const SLOW_MS = 100_000;
const THEMES = {
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  contrast: ["Default High Contrast", vscode.ColorThemeKind.HighContrast],
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
} as const;
const OTHERS = ["Agents", "Decisions"];
const headerOf = (view: string): string => `.pane-header[aria-label^="${view}"]`;

describe("key figures", function () {
  this.timeout(2 * SLOW_MS);
  before(() => startedDemo());
  after(async () => {
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await tidy();
  });

  it("are twelve rows, each with what it is, its goal and whether it is met, or why it is unknown", async () => {
    await vscode.commands.executeCommand("swarm.kpis.focus");
    // Twelve rows take the height of the whole sidebar.
    for (const view of OTHERS) await driver.click(headerOf(view));
    const rows = await waitFor(
      "twelve rows",
      async () => {
        const shown = await driver.treeRows(KPIS);
        return shown.length === Object.keys(KPI_WORDS).length && shown;
      },
      { deadlineMs: SLOW_MS, show: async () => [await driver.viewText(KPIS), await driver.treeRows(KPIS)] },
    );
    assert.deepEqual(
      rows.map(({ label }) => label),
      Object.values(KPI_WORDS).map(({ name }) => name),
    );
    for (const { label, description } of rows)
      assert.match(description, /^(?:–|[\d.,-]+ ?(?:%|ms|s|min|h)?)[^]* · last hour$/, label);
    // What is known names its verdict beside its goal; what is not shows no number.
    for (const { label, description } of rows)
      if (description.includes("goal") && !description.startsWith("–"))
        assert.match(description, / · (?:met|missed) · /, label);
    const tooltip = await waitFor("the tooltip", async () => {
      const text = await driver.rowTooltip(KPIS, "Optimisation impact");
      return !text.startsWith("Loading") && text;
    });
    assert.match(tooltip, /mean change of the tasks' waiting/);
    // Nobody has applied thirty plans to it.
    assert.match(tooltip, /\b30\b/);
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`are drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      assert.equal((await driver.treeRows(KPIS)).length, Object.keys(KPI_WORDS).length);
      await driver.screenshot(`kpis-${name}`);
    });
  }

  it("leave the other views as they were", async () => {
    for (const view of OTHERS) await driver.click(headerOf(view));
    await driver.click(headerOf(KPIS));
    await driver.screenshot("kpis-collapsed");
  });

  it("stand beside what holds the machine back, ranked, with evidence and one thing to do", async () => {
    const done = vscode.commands.executeCommand("swarm.analyzeBottlenecks");
    const items = await waitFor("the findings", () => driver.quickPickItems(), { deadlineMs: 20_000 });
    assert.ok(items.length > 3, items.join("\n"));
    await driver.screenshot("bottlenecks");
    await driver.pressKey("Enter");
    await notificationLike(/\w/);
    await done;
  });
});
