import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { REPLAY_BOUND, REPLAY_POLICIES } from "../../src/engine/protocol/replay.ts";
import { scalingPageMessage, type ScalingPageState } from "../../src/engine/protocol/scalingPage.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";
import { comparison, full, now, policy, T0 } from "./scalingStates.ts";

/** The page "Swarm Scaling" in a real browser. */

describe.skipIf(executablePath === null)("the page Swarm Scaling", () => {
  const fixture = pageFixture({
    title: "Swarm Scaling",
    script: "webview/scaling.ts",
    styles: ["node_modules/uplot/dist/uPlot.min.css", "media/page.css", "media/chart.css", "media/scaling.css"],
    atMs: T0,
  });
  const { sent, kept, post, text, theme, pixelsOf } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });

  const show = (over: Partial<ScalingPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<ScalingPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });
  const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

  it("asks for its state when it is loaded", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("says how the swarm stands, each figure with its source", async () => {
    await show();
    const shown = await text();
    expect(shown).toContain("Load is 0.95: demand 5.7 (measured) on 6 of 8 agents. The scaler: Load is 0.95; 1.2 is");
    expect(shown).toContain("Load 0.95 (demand 5.7, 3 tasks waiting) measured");
    expect(shown).toContain("Plan wants 8 → 10, waits for you in Decisions");
    expect(shown).toContain("Forecast load 1.2 in 2 min (ensemble) derived");
    expect(shown).toContain(
      "auto would have avoided 14 min of waiting for 0.6 agent-hours in the last 5 h (4 changes)",
    );
    await update({
      now: {
        ...now,
        ...{ mode: "auto", held: ["Put on hold by an operator."], shadow: null },
        plan: { from: 4, steps: [6, 8], at: 6, reason: "Load was 1.4." },
        forecast: { kind: "none", reason: "No forecast is ready." },
      },
    });
    const later = await text();
    expect(later).toContain("Mode auto On hold Put on hold by an operator.");
    expect(later).toContain("4 → 6 → 8 under way, at 6 now. Load was 1.4.");
    expect(later).toContain("takes no part: No forecast is ready.");
    expect(later).not.toContain("would have avoided");
  });

  it("draws every policy beside the load, and says what that shows", async () => {
    await theme("dark");
    await show();
    const shown = await text();
    for (const name of REPLAY_POLICIES) {
      expect(await page.locator(".legend li").filter({ hasText: name }).count(), name).toBe(1);
      expect(await page.getByRole("rowheader", { name }).count(), name).toBe(1);
    }
    expect(shown).toContain(
      "On the last 7 d adaptive would have used 1569 agent-hours, 9% fewer than hpa, and left 0.3% of the work unmet (hpa 0.73%). The bound, which knows the future, is 1176, with 0% unmet.",
    );
    expect(shown).toContain("A simulation: a simulated swarm of 2 to 20 agents meets this load (measured)");
    expect(shown).toContain("10080 steps of 60 s. 90 steps without a measurement bring no work.");
    expect(shown).toContain("An agent takes 8 s to start (measured). 301 of 336 forecasts passed their tests");
    expect(await pixelsOf([0x89, 0xd1, 0x85])).toBeGreaterThan(100);
  });

  it("marks the best of each column by more than a colour, and the bound as none of the policies", async () => {
    await show();
    const cells = await page.locator(".costs tbody tr").filter({ hasText: "adaptive" }).locator("td").allInnerTexts();
    expect(cells.slice(0, 8)).toEqual(["0.3%", "12700", "9 s", "1569 ★", "+393 (+33%) ★", "201", "22", "75% ★"]);
    const bound = page.locator(".costs tbody tr").filter({ hasText: REPLAY_BOUND });
    expect(await bound.getByRole("rowheader").innerText()).toBe(`${REPLAY_BOUND} (bound)`);
    expect(await bound.innerText()).not.toContain("★");
    expect(await page.locator(".costs tbody tr").last().innerText()).toContain("(bound)");
    expect(await text()).toContain("★ marks the best of a column. The bound knows the future and is no policy");
  });

  it("takes a line away and brings it back by pointer and by keyboard, and remembers it", async () => {
    await theme("dark");
    await show();
    const green = [0x89, 0xd1, 0x85] as const;
    const before = await pixelsOf(green);
    const toggle = page.locator(".legend").getByRole("button", { name: "adaptive" });
    expect(await toggle.getAttribute("aria-pressed")).toBe("true");
    await toggle.click();
    expect(await toggle.getAttribute("aria-pressed")).toBe("false");
    expect(await pixelsOf(green)).toBeLessThan(before / 10);
    expect(await kept()).toMatchObject({ hidden: ["adaptive"] });
    expect(await page.getByRole("slider").getAttribute("aria-valuetext")).not.toContain("adaptive");
    await toggle.focus();
    await page.keyboard.press("Enter");
    expect(await toggle.getAttribute("aria-pressed")).toBe("true");
    expect(await pixelsOf(green)).toBe(before);
  });

  it("reads all lines at one time, by pointer and by keyboard, without moving anything", async () => {
    await show();
    const chart = page.getByRole("slider");
    const at = (): Promise<string | null> => chart.getAttribute("aria-valuetext");
    const places = (): Promise<unknown> =>
      page.evaluate(() =>
        [...document.querySelectorAll(".legend li, aside, .say, .costs")].map((one) => {
          const { x, y } = one.getBoundingClientRect();
          return [Math.round(x), Math.round(y + scrollY)];
        }),
      );
    const before = await places();
    const newest = await at();
    await page.locator(".u-over").hover({ position: { x: 200, y: 60 } });
    expect(await at()).not.toBe(newest);
    expect(await places()).toEqual(before);
    await page.mouse.move(0, 0);
    await chart.focus();
    await page.keyboard.press("Home");
    expect(await at()).toMatch(/Load \(measured\) [\d.]+, fixed 13, threshold \d+, .*clairvoyant \(bound\) \d+/);
    await page.keyboard.press("End");
    expect(await at()).toBe(newest);
    expect(await places()).toEqual(before);
  });

  it("asks for what is wished, compares and cancels, and tells how long it takes", async () => {
    await show({ comparison: null });
    expect(await text()).toContain("Nothing was compared yet.");
    expect(await page.getByRole("button", { name: "Export CSV" }).isDisabled()).toBe(true);
    await page.getByLabel("On the last").selectOption("30");
    expect((await sent()).at(-1)).toEqual({ type: "wish", wish: { days: 30, policies: [...REPLAY_POLICIES] } });
    await page.getByLabel("fixed").uncheck();
    const policies = REPLAY_POLICIES.filter((name) => name !== "fixed");
    expect((await sent()).at(-1)).toEqual({ type: "wish", wish: { days: 30, policies } });
    expect(await kept()).toMatchObject({ wish: { days: 30, policies } });
    await press("Compare");
    expect((await sent()).at(-1)).toEqual({ type: "compare" });
    await update({ run: { kind: "comparing", sinceMs: T0 - 12_000, wish: { days: 30, policies } } });
    expect(await text()).toContain(`Comparing ${policies.length} policies on 30 days, for 12 s.`);
    expect(await page.getByRole("progressbar").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Compare", exact: true }).isDisabled()).toBe(true);
    await press("Cancel");
    expect((await sent()).at(-1)).toEqual({ type: "cancel" });
    await update({ run: { kind: "cancelled" } });
    expect(await text()).toContain("The comparison was cancelled, so there is nothing to show.");
    expect(await page.getByRole("progressbar").count()).toBe(0);
    expect(await page.locator("[aria-live]").textContent()).toBe("The comparison was cancelled.");
  });

  it("does not compare no policy at all", async () => {
    await show();
    const before = (await sent()).length;
    for (const name of REPLAY_POLICIES) await page.locator(`#policy-${name}`).uncheck();
    expect(await page.getByRole("button", { name: "Compare", exact: true }).isDisabled()).toBe(true);
    expect((await sent()).length - before).toBe(REPLAY_POLICIES.length - 1);
    await update({ now: { ...now, demand: 6 } });
    expect(await page.locator("aside input:checked").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Compare", exact: true }).isDisabled()).toBe(true);
  });

  it("says why nothing was compared, keeps what was before, and tries again", async () => {
    await show({ run: { kind: "failed", text: "Nothing was measured. Let the swarm run." } });
    expect(await page.getByRole("alert").innerText()).toBe("Not compared: Nothing was measured. Let the swarm run.");
    expect(await page.locator(".chart").isVisible()).toBe(true);
    await press("Try again");
    expect((await sent()).at(-1)).toEqual({ type: "compare" });
    await update({ run: { kind: "idle" } });
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });

  it("says that the swarm is gone, or that there is none, and what to do", async () => {
    await show({ swarmId: null, now: null, comparison: null, gone: "docs", swarms: full.swarms.slice(1) });
    expect(await text()).toContain("The swarm docs is no longer there");
    expect(await text()).toContain("Choose another one");
    expect(await page.locator(".policies").isVisible()).toBe(false);
    await page.getByLabel("Swarm", { exact: true }).selectOption("demo");
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: "demo" });
    await update({ gone: null, swarms: [] });
    expect(await text()).toContain("No swarm is there to be sized. Start the demo swarm, or define one of yours.");
  });

  it("says that the engine cannot be reached, and keeps the last figures as such", async () => {
    await show();
    await update({ link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").innerText()).toContain("last known");
    expect(await page.locator(".chart").isVisible()).toBe(true);
  });

  it("has the chart's figures as a table one key away", async () => {
    await show();
    await page.keyboard.press("t");
    expect(await text()).toContain("168 of 672 times, newest first: the load, and the simulated mean");
    expect(await page.locator(".data").getByRole("columnheader").count()).toBe(2 + REPLAY_POLICIES.length);
    expect(await kept()).toMatchObject({ table: true });
    await page.keyboard.press("t");
    expect(await page.locator(".data").isVisible()).toBe(false);
  });

  it("hands over its table as CSV, and tells what became of it", async () => {
    await show();
    await press("Export CSV");
    const message = scalingPageMessage.parse((await sent()).at(-1));
    if (message.type !== "save") throw new Error("no CSV");
    const lines = message.text.split("\r\n");
    expect(lines).toHaveLength(REPLAY_POLICIES.length + 2);
    expect(lines[0]).toMatch(
      /^swarm,made_at,source,policy,kind,unmet_ratio,unmet_agent_seconds,wait_p95_seconds,agent_hours,/,
    );
    expect(lines[1]).toMatch(
      /^docs,\d{4}-\d\d-\d\dT[\d:.]+Z,simulated,fixed,policy,0\.0021,9120,4,2184,1008,0,0,0\.54,0,10080,90,/,
    );
    expect(lines[0]).toMatch(/,scored_steps$/);
    expect(lines[1]).toMatch(/,10080$/);
    expect(lines.find((line) => line.includes(REPLAY_BOUND))).toContain(",bound,");
    await post({ type: "saved", text: "Saved to /tmp/a.csv" });
    expect(await page.getByRole("status").innerText()).toBe("Saved to /tmp/a.csv");
  });

  it("pauses, asks for everything when an update is missing, and comes back as it was left", async () => {
    await show();
    await press("Pause");
    expect((await sent()).at(-1)).toEqual({ type: "live", live: false });
    expect(await text()).toContain("Paused · ");
    await post({ type: "update", seq: seq + 2, changes: {} });
    expect((await sent()).at(-1)).toEqual({ type: "ready" });
    const wish = { days: 3, policies: ["hpa", "no longer there"] };
    await fixture.reopen({ swarmId: "demo", wish, table: true, hidden: ["hpa"] });
    page = fixture.page;
    expect(await sent()).toEqual([
      { type: "wish", wish: { days: 3, policies: ["hpa"] } },
      { type: "choose", swarmId: "demo" },
      { type: "ready" },
    ]);
    seq = 0;
    await show();
    expect(await page.locator(".data").isVisible()).toBe(true);
    expect(await page.locator(".legend").getByRole("button", { name: "hpa" }).getAttribute("aria-pressed")).toBe(
      "false",
    );
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show();
    const reached: string[] = [];
    for (let step = 0; step < 12 + 2 * REPLAY_POLICIES.length; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const name = one.getAttribute("aria-label") ?? one.textContent ?? "";
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one.tagName} ${one.id} ${name.slice(0, 20)}`;
        }),
      );
    }
    const parts = ["SELECT  Swarm", "BUTTON  Table", "BUTTON  Pause", "DIV  Chart of the load", "BUTTON  hpa"];
    for (const part of [...parts, "SELECT days", "INPUT policy-hpa", "BUTTON  Compare", "BUTTON  Export CSV"])
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => /^NO FOCUS (?!BODY)/.test(one))).toEqual([]);
  });

  it("runs and fetches nothing, whatever swarms and policies are called", async () => {
    const all = hostileStrings.join(" ");
    await page.keyboard.press("t");
    await show({
      swarms: hostileStrings.map((label, index) => ({ id: `s${index}`, label, timeScale: 1 })),
      ...{ swarmId: "s0", run: { kind: "failed", text: all } },
      now: { ...now, held: [all], advice: all, verdict: { from: 1, to: 2, reason: all, waits: false } },
      comparison: {
        ...comparison,
        policies: hostileStrings.map((name) => policy(name)),
        series: { ...comparison.series, capacity: hostileStrings.map((name) => ({ name, agents: [1] })) },
      },
    });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
    await update({ gone: all, swarmId: null, now: null });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
  });

  it("takes any message without an error", async () => {
    await show();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 9, state: {} }];
    messages.push({ type: "update", seq: 2 }, { type: "update", seq: "2", changes: {} }, { type: "saved" });
    for (const message of messages) await post(message);
    expect(await page.locator(".costs tbody tr").count()).toBe(REPLAY_POLICIES.length);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (name) => {
    await theme(name);
    await show();
    for (const width of [400, 1400]) await fixture.fits(`scaling-page-${name}`, width);
    await update({ run: { kind: "failed", text: "Nothing was measured, so there is no load to compare on." } });
    await update({ comparison: null });
    await fixture.fits(`scaling-page-${name}-failed`, 400);
  });

  it("moves nothing for those who asked for less motion", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await show({ run: { kind: "comparing", sinceMs: T0 - 2_000, wish: full.wish } });
    expect(await page.locator("progress").isVisible()).toBe(false);
    expect(await text()).toContain("for 2 s");
  });
});
