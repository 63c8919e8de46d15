import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { type BlamePageState, blamePageMessage } from "../../src/engine/protocol/blamePage.ts";
import { blameSample, blameSums, emptyBlame } from "../cli/blameSample.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

/** The page "Blame" in a real browser. */

const state = (over: Partial<BlamePageState> = {}): BlamePageState => ({
  link: { kind: "connected" },
  swarms: [
    { id: "claude:/srv/api", label: "Claude Code · api", timeScale: 1 },
    { id: "demo", label: "Demo", timeScale: 1 },
  ],
  wish: { swarmId: null, range: "1h", by: "cpu" },
  run: { kind: "idle" },
  report: blameSample(),
  ...over,
});

describe.skipIf(executablePath === null)("the page Blame", () => {
  const fixture = pageFixture({
    title: "Blame",
    script: "webview/blame.ts",
    styles: ["media/page.css", "media/chart.css", "media/flame.css"],
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });
  const settled = (): Promise<unknown> =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))));
  async function show(over: Partial<BlamePageState> = {}): Promise<void> {
    await post({ type: "full", seq: ++seq, state: state(over) });
    await settled();
  }
  const stage = () => page.getByRole("application");
  const heading = (): Promise<string> => page.locator(".details h2").innerText();
  async function click(x: number, row: number): Promise<void> {
    const box = await stage().boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.click(box.x + 1 + x * (box.width - 2), box.y + 1 + row * 18 + 9);
  }

  it("asks when it is loaded, and says that it adds up", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
    expect(await text()).toContain("Adding up the accounts…");
    await show({ report: null, run: { kind: "asking" } });
    expect(await stage().isVisible()).toBe(false);
  });

  it("draws from swarms down to functions, and says what it shows and what is missing", async () => {
    await theme("dark");
    await show();
    const shown = await text();
    expect(shown).toContain("996 s by 8 processes: CPU seconds. Functions are from 1 profile, in its proportions.");
    expect(shown).toContain("Nothing was accounted in 8 minutes of 60.");
    expect(shown).toContain("Not known, and in no sum: 7 minutes of 1 process.");
    await click(0.3, 0);
    expect(await heading()).toBe("Claude Code · api");
    for (const [row, name] of [
      [1, "claude 4121"],
      [2, "the agent itself"],
      [3, "claude 4121"],
      [4, "main thread (MainThread)"],
      [5, "not profiled"],
    ] as const) {
      await click(0.05, row);
      expect(await heading(), `row ${row}`).toBe(name);
    }
    await stage().focus();
    for (const key of ["ArrowUp", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    expect(await heading()).toBe("handle");
    await page.keyboard.press("ArrowDown");
    const details = await page.locator(".details").innerText();
    expect(details).toContain("tokenize");
    expect(details).toContain("/srv/agent/tokens.js:42");
    expect(details).toMatch(/Here, all below included\s+63 s · 6%/);
    await page.keyboard.press("o");
    expect((await sent()).at(-1)).toEqual({ type: "open", file: "/srv/agent/tokens.js", line: 42, column: 1 });
    await page.keyboard.press("c");
    const copied = (await sent()).at(-1);
    expect(copied?.["text"]).toMatch(
      /^tokenize .*\nhandle .*\nmain thread \(MainThread\)\nclaude 4121\nthe agent itself\n/,
    );
    expect((await sent()).every((one) => blamePageMessage.safeParse(one).success)).toBe(true);
  });

  it("tells of a process who started it, and where the figure is from", async () => {
    await show();
    await stage().focus();
    await page.getByLabel(/Search swarms/).fill("vitest 4200");
    await page.keyboard.press("Enter");
    expect(await heading()).toBe("vitest 4200");
    expect(await page.locator(".place").innerText()).toBe("processes · measured · started by 4000");
    await page.getByLabel(/Search swarms/).fill("main thread");
    await page.keyboard.press("Enter");
    expect(await page.locator(".place").innerText()).toBe("threads · derived");
  });

  it("has no order of time, and asks for another swarm, range or measure", async () => {
    await show();
    const orders = page.getByLabel("Order").locator("option:not([hidden])");
    expect(await orders.allInnerTexts()).toEqual(["The largest first"]);
    await page.getByLabel("Swarm", { exact: true }).selectOption("demo");
    await page.getByLabel("Range").selectOption("7d");
    await page.getByLabel("Measure").selectOption("memory");
    const wishes = (await sent()).filter(({ type }) => type === "wish");
    expect(wishes.at(-1)).toEqual({ type: "wish", wish: { swarmId: "demo", range: "7d", by: "memory" } });
    expect(await page.getByLabel("Range").locator("option").allInnerTexts()).toEqual([
      "15 minutes",
      "1 hour",
      "6 hours",
      "24 hours",
      "7 days",
    ]);
    await page.getByRole("button", { name: "Refresh (R)" }).click();
    await stage().focus();
    await page.keyboard.press("r");
    expect((await sent()).slice(-2)).toEqual([{ type: "ask" }, { type: "ask" }]);
    await page.getByRole("button", { name: "Export…" }).click();
    expect((await sent()).at(-1)).toEqual({ type: "export" });
  });

  it("shows memory and I/O in their units, and keeps the old picture until the new one comes", async () => {
    await show();
    await show({ run: { kind: "asking" }, wish: { swarmId: null, range: "1h", by: "memory" } });
    expect(await stage().isVisible()).toBe(true);
    expect(await text()).toContain("Adding up the accounts…");
    await show({ report: blameSample("memory"), wish: { swarmId: null, range: "1h", by: "memory" } });
    expect(await text()).toContain("1.3 GB by 8 processes: resident memory, mean over the time measured");
    expect(await text()).not.toContain("Adding up");
    await show({ report: blameSample("io") });
    expect(await text()).toContain("4.0 GB by 8 processes: bytes read from and written to storage.");
    await click(0.05, 4);
    expect(await heading()).toBe("written");
    await show({ run: { kind: "failed", text: "The engine did not answer." } });
    expect(await text()).toContain("The engine did not answer. What is shown is older.");
  });

  it("says why nothing is there, and what to do", async () => {
    await show({ report: emptyBlame() });
    expect(await text()).toContain("Nothing has been accounted yet.");
    expect(await stage().isVisible()).toBe(false);
    await show({ report: emptyBlame({ oldestMs: 1, measuredMinutes: 9, swarmId: "demo", swarmLabel: "Demo" }) });
    expect(await text()).toMatch(
      /Demo, .*No process of this swarm used any in this time\. Choose a longer time, or all swarms\./,
    );
    await show({ report: null, run: { kind: "failed", text: "The engine is not started." } });
    expect(await text()).toContain("The engine is not started.");
  });

  it("has the same as a table, and what the search found alone", async () => {
    await show();
    await page.keyboard.press("t");
    await settled();
    expect(await kept()).toMatchObject({ table: true, wish: { by: "cpu" } });
    const rows = page.locator(".data tbody tr");
    expect(await rows.first().innerText()).toMatch(/^Claude Code · api\s+927 s\s+93%\s+measured$/);
    expect(await rows.count()).toBeGreaterThan(20);
    await page.getByLabel(/Search swarms/).fill("vitest");
    await expect.poll(() => rows.count()).toBe(3);
  });

  it("comes back after a reload with what it showed", async () => {
    await fixture.reopen({ table: true, colouring: "self", wish: { swarmId: "demo", range: "6h", by: "io" } });
    page = fixture.page;
    expect(await sent()).toEqual([
      { type: "wish", wish: { swarmId: "demo", range: "6h", by: "io" } },
      { type: "ready" },
    ]);
    await fixture.reopen({ wish: { swarmId: 7, range: "1y", by: "io" } });
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("shows hostile names as text", async () => {
    const sums = hostileStrings.map(
      (name, at) => ({ ...blameSums[0], pid: 10 + at, name, agentName: name, agentId: String(at) }) as never,
    );
    await show({ report: blameSample("cpu", {}, sums) });
    await page.keyboard.press("t");
    await settled();
    expect(await text()).not.toMatch(unprintable);
  });

  it("cuts nothing off, in any theme and at 400 px", async () => {
    for (const name of THEME_NAMES) {
      await theme(name);
      await show();
      await click(0.05, 5);
      await fixture.fits(`blame-${name}`, 1000);
      await fixture.fits(`blame-${name}`, 400);
    }
  });
});
