import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { performanceReportOutput } from "../../src/engine/protocol/cli.ts";
import { REPORT_FORMATS } from "../../src/engine/protocol/reportPage.ts";
import { createRng, normal } from "../../src/engine/common/rng.ts";
import { IMPORT_METRICS, MAX_PIECE_BYTES } from "../../src/engine/protocol/imports.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { defineSwarm, removeSwarm } from "./pasts.ts";
import { connected, notificationLike, startedDemo, tidy } from "./steps.ts";

/** History is written minute by minute, and the plan waits for the child that works at the lowest priority. */
const SLOW_MS = 120_000;
const KPIS = "KPIs";
const PAST = "docs-team";
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
    await removeSwarm(PAST);
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
    assert.match(text, /Made [\d.]+ (?:ms|s|min) ago/);
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
    await notificationLike(/Could not export the report: [^]*none\.md/);
    assert.ok(!JSON.stringify(await driver.notifications()).includes("defect"));
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

  it("of a swarm with a past of three days has key figures, load and what runs out", async () => {
    await defineSwarm(PAST);
    await importAll(PAST, threeDays());
    await vscode.commands.executeCommand("swarm.performanceReport", { swarmId: PAST, timeframe: "7d" });
    const text = await pageText(/Performance report: docs-team\s[^]*half of the time no more than/);
    assert.match(text, /Utilisation \d+%/);
    assert.match(text, /Imported in parts, not measured here: Demand/);
    await tidy();
  });

  for (const [name, [theme, kind]] of Object.entries(THEMES)) {
    it(`is drawn in a ${name} theme`, async () => {
      await vscode.workspace.getConfiguration("workbench").update("colorTheme", theme, true);
      await waitFor("the theme", () => vscode.window.activeColorTheme.kind === kind);
      await vscode.commands.executeCommand("swarm.performanceReport", { swarmId: PAST, timeframe: "7d" });
      await pageText(/Last 7d, [^]*Key figures/);
      await tidy();
      await driver.screenshot(`report-${name}`);
    });
  }
});

/** Demand with a day's curve, and a swarm of commands that follows it half an hour late. */
function threeDays(): string {
  const stepMs = 60_000;
  const steps = 3 * 1_440;
  const end = Math.floor(Date.now() / stepMs) * stepMs;
  const rng = createRng(7);
  const curve = (step: number): number => 7 - 4 * Math.cos((2 * Math.PI * step) / 1_440);
  const rows = Array.from({ length: steps }, (_, step) => {
    const demand = Math.max(0, curve(step) * (1 + 0.08 * normal(rng)));
    const agents = Math.ceil(1.25 * curve(step - 30));
    const figures = [demand.toFixed(2), agents, agents, Math.max(0, demand - agents).toFixed(2)];
    return [
      new Date(end - (steps - 1 - step) * stepMs).toISOString(),
      ...figures,
      (0.4 * demand).toFixed(2),
      agents * 4e8,
    ];
  });
  return `time,demand,live,target,waitingTasks,cpuCores,rssBytes\n${rows.map((row) => row.join(",")).join("\n")}\n`;
}

async function importAll(swarmId: string, csv: string): Promise<void> {
  const engine = await (await connected()).session.connection();
  const { importId } = await engine.call(calls.importBegin, { swarmId, file: "past.csv", columns: "all" });
  const bytes = Buffer.from(csv, "utf8");
  for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
    const data = bytes.subarray(at, at + MAX_PIECE_BYTES).toString("base64");
    await engine.call(calls.importPiece, { importId, data });
  }
  await engine.call(calls.importRead, { importId, deadlineMs: SLOW_MS });
  const columns = IMPORT_METRICS.map((metric) => ({ column: metric, metric }));
  await engine.call(calls.importCommit, { importId, columns, shiftToNow: false, deadlineMs: SLOW_MS });
}
