import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { capacityPageMessage, type CapacityPageState, PLAIN_WISH } from "../../src/engine/protocol/capacityPage.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { addReasons } from "../../src/text/reasons.ts";
import { planWords } from "../../src/views/capacity/planWords.ts";
import { capacitySample } from "../cli/capacitySample.ts";
import { learned, swarmInputs, unknownGrowth } from "../engine/decide/capacityInputs.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

/** The page "Capacity" in a real browser. */

addReasons(moreReasons);

const plan = planWords(capacitySample());
const full: CapacityPageState = {
  link: { kind: "connected" },
  swarms: [
    { id: "docs", label: "Docs", timeScale: 1 },
    { id: "demo", label: "demo", timeScale: 240 },
  ],
  ...{ swarmId: null, gone: null, run: { kind: "idle" }, plan },
};

describe.skipIf(executablePath === null)("the page Capacity", () => {
  const fixture = pageFixture({
    title: "Capacity",
    script: "webview/capacity.ts",
    styles: ["media/page.css", "media/chart.css", "media/capacity.css"],
    atMs: plan.madeAtMs + 12_000,
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });

  const show = (over: Partial<CapacityPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<CapacityPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });
  const wishes = async () => (await sent()).filter(({ type }) => type === "wish").map(({ wish }) => wish);

  it("asks for its state when it is loaded, and says that it asks until there is a plan", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
    await show({ plan: null, run: { kind: "asking" } });
    expect(await text()).toContain("Asking what fits, and when what runs out…");
    expect(await page.getByRole("button", { name: "Ask Again" }).isDisabled()).toBe(true);
    expect(await page.locator(".planned").isVisible()).toBe(false);
  });

  it("says in words what fits and what runs out first, and how old that is", async () => {
    await show();
    const shown = await text();
    expect(shown).toContain("3 more agents fit, by CPU; memory runs out first, in 20 d (13 d to 40 d).");
    expect(shown).toContain("On this machine: 32 GB, 8 cores. Growth as learned, with its interval of 95%.");
    expect(shown).toContain("12 s old");
    expect(shown).toContain("8 agents of docs: does not fit: cpu is short");
    expect(shown).toContain("3.2 EUR an hour");
    expect(shown).toContain(
      "Disk: Growth takes 14 d of history, and 3 d are there. Name a growth in per cent, or wait.",
    );
  });

  it("has kinds and resources in tables, each row with its source", async () => {
    await show();
    const rows = await page.locator("tbody tr").allInnerTexts();
    const cells = rows.map((row) => row.split(/\s*\t\s*/));
    expect(cells[0]?.slice(4)).toEqual(["in 20 d (13 d to 40 d)", "derived, growth derived"]);
    expect(cells.find(([name]) => name === "Disk")?.slice(3)).toEqual(["unknown", "unknown", "derived"]);
    expect(cells.find(([name]) => name === "docs")).toEqual([
      ...["docs", "4", "1.0 GB (p95 2.0 GB)", "0.5 (p95 1)", "10 (p95 5)", "6 (p95 3)", "unknown", "3 by CPU"],
      "derived from 12 agents",
    ]);
  });

  it("draws when each runs out where it belongs, told by form and words as well as colour", async () => {
    await theme("dark");
    await show();
    const memory = page.getByRole("img", { name: "Memory: in 20 d (13 d to 40 d)" });
    const place = (part: string) =>
      memory.evaluate((line, selector) => {
        const [whole, own] = [line, line.querySelector(selector)].map((one) => one?.getBoundingClientRect());
        return whole === undefined || own === undefined
          ? null
          : [own.left, own.right].map((x) => (x - whole.left) / whole.width);
      }, part);
    expect((await place(".mark"))?.[0]).toBeCloseTo(20 / 30, 1);
    expect((await place(".span"))?.[0]).toBeCloseTo(13.33 / 30, 1);
    expect((await place(".span"))?.[1]).toBeCloseTo(1, 1);
    expect(await memory.locator(".span").getAttribute("fill")).toBe("url(#capacity-hatch)");
    expect(await memory.locator(".arrow").count()).toBe(1);
    const disk = page.getByRole("img", { name: "Disk: unknown" });
    expect(await disk.locator(".mark, .span, .arrow").count()).toBe(0);
    expect(await disk.locator(".base").evaluate((one) => getComputedStyle(one).strokeDasharray)).not.toBe("none");
    expect(await memory.locator(".base").evaluate((one) => getComputedStyle(one).strokeDasharray)).toBe("none");
  });

  it("asks what if after a pause of typing, or at once with Enter", async () => {
    await show();
    await page.getByLabel("Agents of each kind").fill("12");
    await page.waitForFunction(() => (globalThis as unknown as { sent: unknown[] }).sent.length > 1);
    expect(await wishes()).toEqual([{ ...PLAIN_WISH, agents: 12 }]);
    await page.getByLabel("Memory, GB").fill("64");
    await page.keyboard.press("Enter");
    await page.getByLabel("Cores").fill("16");
    await page.keyboard.press("Enter");
    await page.getByLabel("Growth").selectOption("percent");
    // No growth is given yet: nothing is asked.
    expect(await wishes()).toHaveLength(3);
    await page.getByLabel("Per cent in 30 days").fill("20");
    await page.keyboard.press("Enter");
    await page.getByLabel("How far ahead").selectOption("90");
    const machine = { agents: 12, memoryBytes: 64e9, cpus: 16 };
    expect((await wishes()).at(-1)).toEqual({ horizonDays: 90, growth: 20, ...machine });
    for (const wish of await wishes()) expect(capacityPageMessage.safeParse({ type: "wish", wish }).success).toBe(true);
    expect(await kept()).toMatchObject({ horizonDays: 90, growth: "percent", percent: "20", memory: "64" });
  });

  it.each([
    ["Agents of each kind", ["0", "-3", "1e9", "1000000000", "2.5", "ten"]],
    ["Memory, GB", ["0", "-1", "1e9", "much"]],
    ["Cores", ["0", "-1", "1000000000"]],
  ])("refuses of %s what cannot be, in words beside it, and asks nothing", async (label, all) => {
    await show();
    const field = page.getByLabel(label);
    for (const typed of all) {
      await field.fill(typed);
      await field.press("Enter");
      expect(await field.getAttribute("aria-invalid"), typed).toBe("true");
      expect(await page.getByRole("alert").innerText(), typed).toMatch(/Use .*, or leave it empty\./);
    }
    expect(await wishes()).toEqual([]);
    await field.fill("8");
    await field.press("Enter");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await wishes()).toHaveLength(1);
  });

  it("refuses a growth that cannot be", async () => {
    await show();
    await page.getByLabel("Growth").selectOption("percent");
    for (const typed of ["1e9", "1000000000", "-101", "fast"]) {
      await page.getByLabel("Per cent in 30 days").fill(typed);
      await page.keyboard.press("Enter");
      expect(await page.getByRole("alert").innerText()).toContain("Use -100 to 10000 per cent");
    }
    expect(await wishes()).toEqual([]);
    await page.getByLabel("Growth").selectOption("auto");
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("turns to another swarm or all, and asks again", async () => {
    await show();
    await page.getByLabel("Swarm", { exact: true }).selectOption("docs");
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: "docs" });
    await page.getByLabel("Swarm", { exact: true }).selectOption({ label: "All swarms" });
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: null });
    await page.getByRole("button", { name: "Ask Again" }).click();
    expect((await sent()).at(-1)).toEqual({ type: "ask" });
  });

  it("says why there is no plan and tries again; keeps the last one", async () => {
    await show({ run: { kind: "failed", text: "The connection to the engine was lost." } });
    expect(await page.getByRole("alert").innerText()).toBe("Not planned: The connection to the engine was lost.");
    expect(await page.locator(".planned").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Try again" }).click();
    expect((await sent()).at(-1)).toEqual({ type: "ask" });
    await update({ run: { kind: "idle" }, link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").innerText()).toContain("What is shown is the last known.");
  });

  it("says that a swarm is gone, and shows the figures of no other", async () => {
    await show({ swarmId: "docs", gone: "Docs", swarms: full.swarms.slice(1) });
    expect(await text()).toContain("The swarm Docs is no longer there. Choose another one above.");
    expect(await page.locator(".planned").isVisible()).toBe(false);
    await page.getByLabel("Swarm", { exact: true }).selectOption("demo");
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: "demo" });
  });

  it("without history or swarms says what is known", async () => {
    const unknown = { memory: unknownGrowth, cpu: unknownGrowth, disk: unknownGrowth };
    await show({ swarms: [], plan: planWords(capacitySample({ learned: unknown, swarms: [] })) });
    expect(await text()).toContain("When anything runs out is not known.");
    expect(await text()).toContain("Only what fits now is known. Growth takes 14 d of history");
    expect(await page.locator("tbody tr").count()).toBe(3);
    expect(await page.locator(".whatif").isVisible()).toBe(false);
  });

  it("comes back as it was left, without what could not be typed", async () => {
    await fixture.reopen({
      swarmId: "docs",
      horizonDays: 365,
      growth: "percent",
      percent: "20",
      agents: "0x9",
      memory: "8",
    });
    page = fixture.page;
    expect(await page.getByLabel("Agents of each kind").inputValue()).toBe("0x9");
    expect(await sent()).toEqual([{ type: "choose", swarmId: "docs" }, { type: "ready" }]);
    await fixture.reopen({
      swarmId: null,
      horizonDays: 365,
      growth: "percent",
      percent: "20",
      agents: "",
      memory: "8",
    });
    page = fixture.page;
    expect(await sent()).toEqual([
      { type: "wish", wish: { ...PLAIN_WISH, horizonDays: 365, growth: 20, memoryBytes: 8e9 } },
      { type: "choose", swarmId: null },
      { type: "ready" },
    ]);
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show();
    const reached: string[] = [];
    for (let step = 0; step < 9; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one === document.body ? "BODY" : one.id || one.getAttribute("aria-label") || one.textContent}`;
        }),
      );
    }
    for (const part of ["Swarm", "How far ahead", "Ask Again", "growth", "agents", "memory", "cpus"])
      expect(reached, reached.join(" | ")).toContain(part);
    expect(reached.filter((one) => one.startsWith("NO FOCUS ") && one !== "NO FOCUS BODY")).toEqual([]);
  });

  it("runs and fetches nothing, whatever swarms are called, and takes any message", async () => {
    const all = hostileStrings.join(" ");
    const swarms = hostileStrings.map((id) => swarmInputs({ id, learned: learned(0.02, 0.01, 2.5) }));
    await show({
      swarms: hostileStrings.map((label, index) => ({ id: `s${index}`, label, timeScale: 1 })),
      ...{ run: { kind: "failed", text: all }, plan: planWords(capacitySample({ swarms })) },
    });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 9, state: {} }];
    for (const message of messages) await post(message);
    await update({ gone: all });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme, also with long names", async (name) => {
    await theme(name);
    await show();
    for (const width of [400, 700, 1400]) await fixture.fits(`capacity-page-${name}`, width);
    const id = "a-swarm-with-a-name-that-nobody-would-call-short-".repeat(3);
    const swarms = [swarmInputs(), swarmInputs({ id, learned: learned(0.02, 0.01, 2.5) })];
    await update({
      swarms: [...full.swarms, { id, label: id, timeScale: 1 }],
      ...{ swarmId: id, plan: planWords(capacitySample({ swarms })) },
    });
    await page.getByLabel("Cores").fill("no cores at all");
    for (const width of [400, 1400]) await fixture.fits(`capacity-page-${name}-long`, width);
    await update({ plan: null, run: { kind: "failed", text: "The connection to the engine was lost." } });
    await fixture.fits(`capacity-page-${name}-failed`, 400);
  });
});
