import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { ProfileDocument } from "../../src/engine/protocol/profilePage.ts";
import type { ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { profileDocument } from "../../src/text/profileDocument.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";
import { outsideReport, profileReport } from "./profileStates.ts";

/** The page "Profile" in a real browser. */

describe.skipIf(executablePath === null)("the page Profile", () => {
  const fixture = pageFixture({
    title: "Profile",
    script: "webview/profile.ts",
    styles: [
      "node_modules/uplot/dist/uPlot.min.css",
      "media/page.css",
      "media/chart.css",
      "media/document.css",
      "media/profile.css",
    ],
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  beforeEach(() => {
    page = fixture.page;
  });

  const show = (report: ProfileReport = profileReport()): Promise<void> =>
    post({ type: "show", document: profileDocument(report), kept: report });
  const press = (name: string | RegExp, nth = 0): Promise<void> =>
    page.getByRole("button", { name, exact: true }).nth(nth).click();
  const last = async () => (await sent()).at(-1);

  it("asks for the report when it is loaded, and waits for it", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
    expect(await text()).toContain("Waiting for the report.");
    expect(await page.getByRole("button").count()).toBe(0);
  });

  it("begins with what to do, each with its evidence, and tells where every figure comes from", async () => {
    await show();
    const shown = await text();
    const headings = await page.locator("h2").evaluateAll((all) => all.map((one) => one.firstChild?.textContent ?? ""));
    expect(headings).toEqual(["What to do", "CPU", "Memory", "I/O", "Application", "Files"]);
    for (const part of [
      "hash /home/me/agents/reviewer/src/hash.js:12",
      "Look at 'hash' first: most of what can be saved is there.",
      "41% of its busy time, in 5800 samples",
      "1.1 MB more each second over 13 looks",
      "5800 samples by V8's profiler (measured) · busy 82%",
      "At least 7% ran in functions that V8 inlined",
      "heap after collections: grows like a leak, 1.1 MB/s, a trend with over 99% confidence (derived, 13 looks)",
      "In 60 s: RSS from 350 MB to 416 MB",
      "disk: reads 0 B/s, writes 12 MB/s",
      "keeps open: 3 Timeout",
      "Its inspector was opened, and is closed again.",
    ])
      expect(shown).toContain(part);
    const tags = await page.locator("h2 .tag").allInnerTexts();
    expect(tags).toEqual(["derived", "measured", "measured; growth and places are derived", "measured", "measured"]);
  });

  it("leads from a function to its source, wherever it is named", async () => {
    await show();
    await press("hash /home/me/agents/reviewer/src/hash.js:12");
    expect(await last()).toEqual({ type: "source", list: "advice", index: 0 });
    await press("parse");
    expect(await last()).toEqual({ type: "source", list: "hotSpots", index: 1 });
    await press("remember");
    expect(await last()).toEqual({ type: "source", list: "suspects", index: 0 });
    // Without a known place there is nothing to go to.
    expect(await page.getByRole("button", { name: "(anonymous)" }).count()).toBe(0);
    await post({ type: "said", text: "There is no file /src/agent.js on this machine." });
    expect(await page.getByRole("status").innerText()).toBe("There is no file /src/agent.js on this machine.");
  });

  it("shows the first ten functions, and all when asked", async () => {
    await show();
    const rows = () => page.locator(".cpu tbody tr").count();
    expect(await rows()).toBe(10);
    await press("Show All 12");
    expect(await rows()).toBe(12);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("readLines");
  });

  it("opens, compares, reveals, exports and profiles again", async () => {
    await show();
    for (const [name, nth, message] of [
      ["Open Flame Graph", 0, { type: "open", recording: "cpu" }],
      ["Compare…", 0, { type: "compare", recording: "cpu" }],
      ["Open Heap Profile", 0, { type: "open", recording: "memory" }],
      ["Compare…", 1, { type: "compare", recording: "memory" }],
      ["Reveal CPU recording", 0, { type: "reveal", index: 0 }],
      ["Reveal Heap recording", 0, { type: "reveal", index: 1 }],
      ["Export JSON…", 0, { type: "export", format: "json" }],
      ["Export Markdown…", 0, { type: "export", format: "md" }],
      ["Profile Again…", 0, { type: "again" }],
    ] as const) {
      await press(name, nth);
      expect(await last()).toEqual(message);
    }
  });

  it("draws memory over time, which the keys read look by look", async () => {
    await theme("dark");
    await show();
    // RSS in blue, heap in green, external in orange.
    for (const colour of [
      [0x37, 0x94, 0xff],
      [0x89, 0xd1, 0x85],
      [0xd1, 0x86, 0x16],
    ] as const)
      expect(await fixture.pixelsOf(colour)).toBeGreaterThan(50);
    const chart = page.getByRole("slider");
    expect(await chart.getAttribute("aria-valuetext")).toBe(
      "60 s, RSS 416 MB, PSS 396 MB, Heap used 206 MB, External 4.2 MB",
    );
    await chart.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect(await chart.getAttribute("aria-valuetext")).toBe(
      "5 s, RSS 360 MB, PSS 340 MB, Heap used 150 MB, External 3.1 MB",
    );
    expect(await page.locator(".legend").innerText()).toContain("360 MB");
  });

  it("has the same as a table, one key away, and keeps that over a reload with the report", async () => {
    await show();
    const table = page.getByRole("region", { name: "The memory's figures as a table" });
    expect(await table.isVisible()).toBe(false);
    await page.keyboard.press("t");
    expect(await table.locator("tbody tr").count()).toBe(13);
    expect((await table.innerText()).replaceAll(/\s+/g, " ")).toContain("5 s 360 MB 340 MB 150 MB 260 MB 3.1 MB 0 B");
    expect(await kept()).toEqual({ report: profileReport(), table: true });
    await fixture.reopen({ report: profileReport(), table: true });
    page = fixture.page;
    expect(await sent()).toEqual([{ type: "ready" }]);
    await show();
    expect(await page.getByRole("region", { name: "The memory's figures as a table" }).isVisible()).toBe(true);
    await fixture.reopen("nonsense");
    page = fixture.page;
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("without an inspector says what is not told and why, and offers nothing that there is not", async () => {
    await show(outsideReport());
    const shown = await text();
    for (const part of [
      "until it ended by itself. No inspector was opened in it.",
      "Nothing stands out in what was seen.",
      "42 samples by states of its threads (derived) · busy 0%",
      "The program 'perf', which samples native code, is not installed.",
      "Nothing ran.",
      "Too short a time for a picture: one look was taken.",
      "no leak can be told: The process 4121 does not run Node",
      "Application: The process 4121 does not run Node",
    ])
      expect(shown).toContain(part);
    for (const name of [/Open /, "Compare…", /Reveal/])
      expect(await page.getByRole("button", { name }).count(), String(name)).toBe(0);
    expect(await page.locator("canvas").count()).toBe(0);
    await page.keyboard.press("t");
    expect(await page.locator(".data tbody tr").count()).toBe(1);
  });

  it("of nothing at all says why, part by part, and the key for the table does nothing", async () => {
    const reason = { code: "profile.ended", args: { pid: 4121 } };
    await show({
      ...profileReport(),
      ...{ cpu: null, memory: null, io: null, application: null, recommendations: [], artefacts: [] },
      leftOpen: { code: "inspector.shared", args: { pid: 4121, port: 9_229 } },
      missing: [
        { component: "cpu", reason },
        { component: "memory", reason },
      ],
    });
    await page.keyboard.press("t");
    const shown = await text();
    expect(shown).toContain("CPU: The process 4121 ended while it was profiled.");
    expect(shown).toContain("its inspector stays open at port 9229");
    expect(shown).toContain("Its inspector was opened.");
    expect(await page.locator("table").count()).toBe(0);
  });

  it("says why there is no report", async () => {
    await post({ type: "failed", text: "This profile was not kept." });
    expect(await page.getByRole("alert").innerText()).toBe("This profile was not kept.");
    expect(await text()).not.toContain("Waiting");
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show();
    const reached: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one.getAttribute("aria-label") ?? one.textContent ?? ""}`;
        }),
      );
    }
    for (const part of [
      ...["Profile Again…", "Export JSON…", "hash", "Show All 12", "Open Flame Graph", "Compare…"],
      ...["Chart of the memory", "remember", "Table (T)", "Open Heap Profile", "Reveal CPU recording"],
    ])
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => /^NO FOCUS (?!$)/.test(one) && !one.includes("Waiting"))).toEqual([]);
  });

  it("runs and fetches nothing, whatever a process calls its functions", async () => {
    const all = hostileStrings.join(" ");
    const row = { figures: [all], name: all, place: all, hasSource: true };
    const document: ProfileDocument = {
      ...profileDocument(profileReport()),
      ...{ title: all, about: [all], warnings: [all], missing: [{ component: "cpu", text: all }] },
      recommendations: [{ type: "cpu", target: all, suggestion: all, evidence: all, hasSource: true }],
      cpu: { source: "measured", summary: all, notes: [all], warning: all, rows: [row], hasRecording: true },
      io: { source: "measured", lines: [all] },
      application: { source: "measured", lines: [all] },
      files: [{ kind: "cpuprofile", path: all, size: all }],
    };
    await post({ type: "show", document, kept: {} });
    await post({ type: "said", text: all });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const name = await page.evaluate(() => globalThis.document.querySelector(".cpu .frame")?.textContent ?? "");
    expect(name).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(await text())).toBe(false);
  });

  it("takes any message without an error", async () => {
    await show();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "show" }, { type: "show", document: {}, kept: {} }];
    messages.push({ type: "said" }, { type: "failed", text: 1 }, { type: "show", document: [], kept: [] });
    for (const message of messages) await post(message);
    expect(await page.locator("section.part").count()).toBe(6);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (name) => {
    await theme(name);
    await show();
    for (const width of [400, 1200]) await fixture.fits(`profile-page-${name}`, width);
    await page.keyboard.press("t");
    await fixture.fits(`profile-page-${name}-table`, 400);
    await show(outsideReport());
    await fixture.fits(`profile-page-${name}-outside`, 400);
  });
});
