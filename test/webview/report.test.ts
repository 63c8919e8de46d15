import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import {
  REPORT_FORMATS,
  type ReportPageState,
  type ReportSection,
  SECTION_IDS,
} from "../../src/engine/protocol/reportPage.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { addReasons } from "../../src/text/reasons.ts";
import { reportDocument } from "../../src/text/report/document.ts";
import { emptyReport, reportSample } from "../cli/performanceReportSample.ts";
import { NOW_MS } from "../cli/samples.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

addReasons(moreReasons);

const T0 = NOW_MS + 60_000;
const document = reportDocument(reportSample());
const full: ReportPageState = {
  link: { kind: "connected" },
  swarms: [
    { id: "demo", label: "demo", timeScale: 240 },
    { id: "docs", label: "Docs", timeScale: 1 },
  ],
  ...{ swarmId: "demo", gone: null, timeframe: "24h", run: { kind: "idle" } },
  made: { atMs: NOW_MS, document },
};

/** The page "Report" in a real browser. */

describe.skipIf(executablePath === null)("the page Report", () => {
  const fixture = pageFixture({
    title: "Performance Report",
    script: "webview/report.ts",
    styles: ["media/page.css", "media/chart.css", "media/document.css", "media/report.css"],
    atMs: T0,
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });

  const show = (over: Partial<ReportPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<ReportPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });
  const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

  it("asks for its state when it is loaded", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("has every part with all its words, and how old it is", async () => {
    await show();
    const shown = await text();
    for (const { title, lines, table } of document.sections)
      for (const one of [title, ...lines, ...(table?.rows.flat() ?? [])])
        expect(shown).toContain(one.replaceAll(/\s+/g, " ").trim());
    expect(await page.locator("section.part").count()).toBe(SECTION_IDS.length);
    expect(await page.locator("svg path").count()).toBe(2);
    expect(shown).toContain("Made 60 s ago");
    expect(await page.getByRole("img").getAttribute("aria-label")).toBe("Demand (solid), Agents (dashed)");
  });

  it("of a swarm that was not measured says why, part by part, and draws nothing", async () => {
    await show({ made: { atMs: NOW_MS, document: reportDocument(emptyReport()) } });
    expect(await text()).toContain("Not known: Nothing of the swarm 'demo' was measured in the last 24 h.");
    expect(await page.locator("svg").count()).toBe(0);
  });

  it("asks for another swarm, another time and each export", async () => {
    await show();
    await page.getByLabel("How far back").selectOption("7d");
    expect((await sent()).at(-1)).toEqual({ type: "timeframe", timeframe: "7d" });
    await page.getByLabel("Swarm", { exact: true }).selectOption("docs");
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: "docs" });
    const names = { html: "Export HTML…", md: "Export Markdown…", json: "Export JSON…" } as const;
    for (const format of REPORT_FORMATS) {
      await press(names[format]);
      expect((await sent()).at(-1)).toEqual({ type: "export", format });
    }
    await post({ type: "saved", text: "Saved to /tmp/a.html" });
    expect(await page.getByRole("status").innerText()).toBe("Saved to /tmp/a.html");
    await press("Refresh");
    expect((await sent()).at(-1)).toEqual({ type: "make" });
  });

  it("tells that it is made and for how long, and cancels", async () => {
    await show({ made: null, run: { kind: "making", sinceMs: T0 - 3_000 } });
    expect(await text()).toContain("Reading the history, for 3 s");
    expect(await page.getByRole("progressbar").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Export HTML…" }).isDisabled()).toBe(true);
    await press("Cancel");
    expect((await sent()).at(-1)).toEqual({ type: "cancel" });
    await update({ run: { kind: "cancelled" } });
    expect(await text()).toContain("The report was cancelled. Refresh makes it anew.");
    expect(await page.locator("[aria-live]").textContent()).toBe("The report was cancelled.");
    expect(await page.getByRole("progressbar").count()).toBe(0);
  });

  it("keeps the last report while another one is made, and when that fails", async () => {
    await show();
    await update({ run: { kind: "making", sinceMs: T0 } });
    expect(await page.locator("section.part").count()).toBe(SECTION_IDS.length);
    await update({ run: { kind: "failed", text: "The store cannot be read." } });
    expect(await page.getByRole("alert").innerText()).toBe("No report: The store cannot be read.");
    expect(await page.locator("section.part").count()).toBe(SECTION_IDS.length);
    await press("Try again");
    expect((await sent()).at(-1)).toEqual({ type: "make" });
  });

  it("says that the engine cannot be reached, that the swarm is gone, or that there is none", async () => {
    await show();
    await update({ link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").innerText()).toContain("last known");
    await update({
      link: { kind: "connected" },
      swarmId: null,
      made: null,
      gone: "docs",
      swarms: full.swarms.slice(0, 1),
    });
    expect(await text()).toContain("The swarm docs is no longer there. Choose another one.");
    await update({ gone: null, swarms: [] });
    expect(await text()).toContain("No swarm is there to report on. Start the demo swarm");
  });

  it("asks for everything when an update is missing, and comes back as it was left", async () => {
    await show({ timeframe: "7d" });
    expect(await kept()).toEqual({ swarmId: "demo", timeframe: "7d" });
    await post({ type: "update", seq: seq + 2, changes: {} });
    expect((await sent()).at(-1)).toEqual({ type: "ready" });
    await fixture.reopen({ swarmId: "docs", timeframe: "30d" });
    page = fixture.page;
    expect(await sent()).toEqual([
      { type: "timeframe", timeframe: "30d" },
      { type: "choose", swarmId: "docs" },
      { type: "ready" },
    ]);
    await fixture.reopen({ swarmId: 7, timeframe: "1h" });
    page = fixture.page;
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show();
    const reached: string[] = [];
    for (let step = 0; step < 8; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = globalThis.document.activeElement as HTMLElement;
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one.tagName} ${one.getAttribute("aria-label") ?? one.textContent ?? ""}`;
        }),
      );
    }
    for (const part of [
      "SELECT Swarm",
      "SELECT How far back",
      "BUTTON Refresh",
      "BUTTON Export HTML",
      "BUTTON Export JSON",
    ])
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => /^NO FOCUS (?!BODY)/.test(one))).toEqual([]);
  });

  it("runs and fetches nothing, whatever a report says", async () => {
    const all = hostileStrings.join(" ");
    const section: ReportSection = {
      id: "decisions",
      ...{ title: all, isUnknown: false, lines: [all], notes: [all] },
      table: { caption: all, columns: [{ head: all, isFigure: true }], rows: [[all]] },
      picture: { fromMs: 0, bucketMs: 1, lines: [{ name: all, values: [1, 2] }] },
    };
    await show({
      swarms: hostileStrings.map((label, index) => ({ id: `s${index}`, label, timeScale: 1 })),
      ...{ swarmId: "s0", run: { kind: "failed", text: all } },
      made: { atMs: NOW_MS, document: { title: all, about: [all], sections: [section] } },
    });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => globalThis.document.querySelector(".report .line")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
  });

  it("takes any message without an error", async () => {
    await show();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 9, state: {} }];
    messages.push({ type: "update", seq: 2 }, { type: "update", seq: "2", changes: {} }, { type: "saved" });
    for (const message of messages) await post(message);
    expect(await page.locator("section.part").count()).toBe(SECTION_IDS.length);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (name) => {
    await theme(name);
    await show();
    for (const width of [400, 1400]) await fixture.fits(`report-page-${name}`, width);
    await update({ run: { kind: "failed", text: "The store cannot be read, so there is nothing to report on." } });
    await fixture.fits(`report-page-${name}-failed`, 400);
  });
});
