import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { performanceReportOutput } from "../../src/engine/protocol/cli.ts";
import { REPORT_FORMATS } from "../../src/engine/protocol/reportPage.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { notificationLike, startedDemo, tidy } from "./steps.ts";

/** History is written minute by minute, and the plan waits for the child that works at the lowest priority. */
const SLOW_MS = 120_000;
const KPIS = "KPIs";
const THEMES = {
  light: ["Light Modern", vscode.ColorThemeKind.Light],
  dark: ["Dark Modern", vscode.ColorThemeKind.Dark],
} as const;
const folder = mkdtempSync(join(tmpdir(), "swarm-report-"));

async function pageText(part: RegExp): Promise<string> {
  const text = await waitFor(
    `the page with ${part}`,
    async () => (await driver.webviewTexts()).find((one) => one.includes("Refresh") && part.test(one)),
    { deadlineMs: SLOW_MS, show: () => driver.webviewTexts() },
  );
  return text.replaceAll(/\s+/g, " ");
}

describe("Performance Report", function () {
  this.timeout(2 * SLOW_MS);
  before(() => startedDemo());
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await vscode.workspace.getConfiguration("workbench").update("colorTheme", THEMES.dark[0], true);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await tidy();
  });

  it("is opened from a row of the view KPIs, of the swarm that is shown there", async () => {
    await vscode.commands.executeCommand("swarm.kpis.focus");
    await waitFor("rows of key figures", async () => (await driver.treeRows(KPIS)).length > 0, {
      deadlineMs: SLOW_MS,
      show: () => driver.viewText(KPIS),
    });
    await driver.clickRowAction("Utilisation", "Performance Report", KPIS);
    const text = await pageText(/Performance report: demo/);
    for (const title of ["Recommendations", "Key figures", "Load", "Decisions and their effect", "Circuit breakers"])
      assert.ok(text.includes(title), `${title}: ${text}`);
    assert.match(text, /Made \d+ (?:ms|s|min) ago/);
    assert.ok(!/undefined|NaN|\[object/.test(text), text);
  });

  it("is exported as HTML, Markdown and JSON, which say the same", async () => {
    const files = REPORT_FORMATS.map((format) => ({ format, path: join(folder, `demo.${format}`) }));
    for (const { format, path } of files) {
      await vscode.commands.executeCommand("swarm.exportReport", { swarmId: "demo", format, path });
      assert.ok(existsSync(path), path);
      await notificationLike(/Saved to /);
      await tidy();
    }
    const [html = "", markdown = "", json = ""] = files.map(({ path }) => readFileSync(path, "utf8"));
    const report = performanceReportOutput.parse(JSON.parse(json));
    assert.equal(report.swarmId, "demo");
    assert.equal(report.detailed, true);
    const titles = (text: string, head: RegExp): string[] => Array.from(text.matchAll(head), ([, title = ""]) => title);
    const inHtml = titles(html, /<h2>([^<]*)<\/h2>/g);
    assert.equal(inHtml.length, 11);
    assert.deepEqual(titles(markdown, /^## (.*)$/gm), inHtml);
    assert.match(html, /default-src 'none'/);
  });

  it("says why a file cannot be written, and of whom nothing is known", async () => {
    const path = join(folder, "none.md", "demo.md");
    await vscode.workspace.fs.writeFile(vscode.Uri.file(join(folder, "none.md")), Buffer.from("a file"));
    void vscode.commands.executeCommand("swarm.exportReport", { swarmId: "demo", format: "md", path });
    await notificationLike(/Could not export the report/);
    await tidy();
  });

  it("asks from the palette how far back", async () => {
    const opened = vscode.commands.executeCommand("swarm.performanceReport");
    const items = await waitFor("the times", () => driver.quickPickItems(), { deadlineMs: 20_000 });
    assert.ok(
      items.some((item) => item.includes("7d")),
      items.join("\n"),
    );
    await driver.pressKey("Escape");
    await opened;
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await vscode.commands.executeCommand("swarm.performanceReport", { swarmId: "demo", timeframe: "7d" });
      await pageText(/Last 7d, [^]*Key figures/);
      await tidy();
      await driver.screenshot(`report-${name}`);
    });
  }
});
