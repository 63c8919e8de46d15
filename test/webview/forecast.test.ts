import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { forecastPageMessage, type ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { full, patterns, resources, score, T0 } from "./forecastStates.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

/** The page "Swarm Forecast" in a real browser. */

describe.skipIf(executablePath === null)("the page Swarm Forecast", () => {
  const fixture = pageFixture({
    title: "Swarm Forecast",
    script: "webview/forecast.ts",
    styles: ["node_modules/uplot/dist/uPlot.min.css", "media/page.css", "media/chart.css", "media/forecast.css"],
    atMs: T0,
  });
  const { sent, kept, post, text, theme, pixelsOf } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });

  const show = (over: Partial<ForecastPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<ForecastPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });

  it("asks for its state when it is loaded", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("shows forecast, band, leaderboard and anomalies, and says what they mean", async () => {
    await theme("dark");
    await show();
    const shown = await text();
    for (const part of [
      "Demand",
      "Imported",
      "Forecast",
      "Upper",
      "Lower",
      "Capacity",
      "More above",
      "Fewer below",
      "Unusual",
    ])
      expect(shown, part).toContain(part);
    expect(shown).toContain(
      "Ready: Ensemble takes part in decisions: its mean error is 0.42, that of the best simple rule Moving average (ewma) 0.61; its 95% interval held 94%",
    );
    expect(shown).toContain("Moving average (ewma) · to beat");
    expect(shown).toContain("Ensemble · takes part, drawn");
    expect(shown).toContain("95% / 94%");
    expect(shown).toContain("LSTM network: training, 40%.");
    expect(shown).toMatch(/LSTM network \(lstm\): trained 12 min ago on data up to .*, with wasm\./);
    expect(await page.locator(".leaderboard tbody tr").count()).toBe(9);
    expect(await pixelsOf([0x37, 0x94, 0xff])).toBeGreaterThan(100);
    expect(await pixelsOf([0xb1, 0x80, 0xd7])).toBeGreaterThan(50);
    expect(await pixelsOf([0xcc, 0xa7, 0x00])).toBeGreaterThan(20);
  });

  it("lays over the history what was said of it, when that is asked for, and remembers it", async () => {
    await theme("dark");
    await show();
    const before = await pixelsOf([0xd1, 0x86, 0x16]);
    expect(await text()).not.toContain("Said then");
    await page.getByLabel("What it said then").check();
    expect(await text()).toContain("Said then");
    expect(await pixelsOf([0xd1, 0x86, 0x16])).toBeGreaterThan(before + 100);
    expect(await kept()).toMatchObject({ said: true });
    await update({ said: [] });
    expect(await page.getByLabel("What it said then").isDisabled()).toBe(true);
  });

  it("lets a model be chosen by its name, says so, and that the scaler keeps to the gate's choice", async () => {
    await show();
    const select = page.getByLabel("Forecast by");
    expect(await select.locator("option").allInnerTexts()).toEqual([
      "Automatic (gate)",
      "Last value (naive)",
      "One season ago (snaive)",
      "Moving average (ewma)",
      "Rolling median (median)",
      "ETS",
      "MSTL",
      "LSTM network (lstm)",
      "Random forest (rf)",
      "Ensemble",
    ]);
    await select.selectOption("lstm");
    expect((await sent()).at(-1)).toEqual({ type: "model", model: "lstm" });
    await update({ chosen: { model: "lstm", forecast: { kind: "asking" } } });
    expect(await text()).toContain("LSTM network (lstm) is asked");
    const points = full.forecast?.points.map((point) => ({ ...point, mean: 20, hi: 21 })) ?? [];
    const known = { ...(full.forecast as NonNullable<ForecastPageState["forecast"]>), model: "lstm", points };
    await update({ chosen: { model: "lstm", forecast: { kind: "known", value: known } } });
    expect(await text()).toContain(
      "Drawn is LSTM network (lstm), for comparison. The scaler uses the gate's choice alone: Ensemble.",
    );
    expect(await text()).toContain("LSTM network (lstm) · drawn");
    await update({ chosen: { model: "lstm", forecast: { kind: "failed", text: "The child is gone." } } });
    expect(await text()).toContain("cannot be shown: The child is gone. The gate's choice is drawn.");
    await select.selectOption("");
    expect((await sent()).at(-1)).toEqual({ type: "model", model: null });
  });

  it("reads all lines at one time, by pointer and by keyboard, without moving anything", async () => {
    await show();
    const chart = page.getByRole("slider");
    const at = (): Promise<string | null> => chart.getAttribute("aria-valuetext");
    const places = (): Promise<unknown> =>
      page.evaluate(() =>
        [...document.querySelectorAll(".legend li:not([hidden]), aside, .say, .parts")].map((one) => {
          const { x, y } = one.getBoundingClientRect();
          return [Math.round(x), Math.round(y + scrollY)];
        }),
      );
    const before = await places();
    const newest = await at();
    await page.locator(".u-over").hover({ position: { x: 200, y: 60 } });
    expect(await at()).not.toBe(newest);
    expect(await at()).toMatch(/Demand|Imported/);
    expect(await places()).toEqual(before);
    await page.mouse.move(0, 0);
    await chart.focus();
    await page.keyboard.press("End");
    expect(await at()).toMatch(/Forecast [\d.]+, Upper [\d.]+, Lower [\d.]+, Capacity 12/);
    await page.keyboard.press("Home");
    expect(await at()).toMatch(/Imported [\d.]+/);
    for (let press = 0; press < 16; press++) await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("ArrowLeft");
    const reads: string[] = [];
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press("ArrowRight");
      reads.push((await at()) ?? "");
    }
    expect(reads.some((one) => one.includes("Unusual: demand 12.9, usually 3 to 9"))).toBe(true);
    expect(await places()).toEqual(before);
  });

  it("says why it is not ready, and is honest where nothing was tested", async () => {
    const report = { ...(full.report as NonNullable<ForecastPageState["report"]>), ready: false };
    await show({
      report: { ...report, reason: "The forecast is not better than the simple rule 'ewma' on this history." },
      forecast: {
        ...(full.forecast as NonNullable<ForecastPageState["forecast"]>),
        ready: false,
        model: "ewma",
        reason: "Not better.",
      },
    });
    expect(await text()).toContain("Not ready: The forecast is not better than the simple rule 'ewma'");
    expect(await text()).toContain("What is drawn takes no part in decisions.");
    await update({ report: null, forecast: null, said: [] });
    expect(await text()).toContain("No forecast was made yet, so no model was tested.");
    expect(await text()).toContain("Its forecast is being made.");
    expect(await page.getByLabel("Forecast by").isDisabled()).toBe(true);
  });

  it("asks for patterns when their part is opened, and shows them by hour and weekday", async () => {
    await show({ patterns: { kind: "none" }, resources: { kind: "none" } });
    await page.getByText("Patterns", { exact: true }).click();
    // The browser tells of an opened part a task later.
    await expect.poll(async () => (await sent()).at(-1)).toEqual({ type: "patterns", open: true });
    expect(await kept()).toMatchObject({ open: ["models", "patterns"] });
    await update({ patterns: { kind: "asking" } });
    expect(await text()).toContain("Reading the patterns of the stored history");
    await update({ patterns: { kind: "known", value: patterns } });
    const heat = page.locator(".heat");
    expect(await heat.locator("tbody td").count()).toBe(168);
    expect(await heat.locator("tbody td").nth(14).textContent()).toBe("6");
    await heat
      .locator("tbody td")
      .nth(24 + 14)
      .hover();
    expect(await text()).toContain("Tuesday 14:00: 6, from 2 weeks");
    await heat.locator('td[tabindex="0"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    expect(await text()).toContain("Wednesday 15:00:");
    const shown = await text();
    expect(shown).toContain("strength 0.82 14 d, 2% missing");
    expect(shown).toContain("not enough history: needs 62 d, has 14 d");
    expect(shown).toContain("CPU and memory 0.66 none yes, p < 0.001");
    expect(shown).toContain("Network and load 0.08 2 min no, p 0.31");
    await page.getByLabel("Series of the patterns").selectOption("rssBytes");
    expect(await text()).toContain("Hour by weekday: not enough history: needs 7 d, has 3 h");
    await update({ patterns: { kind: "failed", text: "The store cannot be read." } });
    expect(await text()).toContain("The patterns cannot be read: The store cannot be read.");
  });

  it("shows the resources that were forecast, with the sizes that follow, and asks for them", async () => {
    await show({ resources: { kind: "none" } });
    expect(await page.locator(".resources .grid").isVisible()).toBe(false);
    await update({ resources: { kind: "known", value: resources } });
    const shown = await text();
    expect(shown).toContain("1 h ahead with 95% confidence; the demand's interval held 94% in its tests.");
    expect(shown).toContain("Memory 9.1 GB 8.2 GB to 10 GB Ensemble yes");
    expect(shown).toContain("no: Nothing has been measured yet");
    expect(shown).toMatch(/→ 12 agents: demand 8.1, up to 9.9, kept there by the swarm's maximum/);
    await page.getByRole("button", { name: "Forecast Resources…" }).click();
    expect((await sent()).at(-1)).toEqual({ type: "resources" });
    await update({
      resources: {
        kind: "known",
        value: { ...resources, madeAtMs: T0, plan: { ready: false, reason: "Too young.", steps: [] } },
      },
    });
    expect(await text()).toContain("No sizes follow: Too young.");
  });

  it("has the same figures as a table one key away", async () => {
    await show();
    await page.keyboard.press("t");
    const shown = await text();
    expect(shown).toMatch(/\d{3} of \d+ times, newest first\. History is measured; forecasts are forecasts\./);
    for (const head of ["Live agents", "Source", "Said then", "Unusual"])
      expect(await page.getByRole("columnheader", { name: head, exact: true }).count(), head).toBe(1);
    expect(shown).toContain("imported");
    await page.keyboard.press("t");
    expect(await page.locator(".data").isVisible()).toBe(false);
  });

  it("hands over what it shows as CSV and as a picture, and tells what became of it", async () => {
    await theme("light");
    await show();
    await page.getByRole("button", { name: "Export CSV" }).click();
    const csv = forecastPageMessage.parse((await sent()).at(-1));
    if (csv.type !== "save" || csv.content.kind !== "csv") throw new Error("no CSV");
    const lines = csv.content.text.split("\r\n");
    expect(lines[0]).toBe(
      "time,swarm,demand,source,live_agents,forecast,forecast_lower,forecast_upper,said,said_lower,said_upper,unusual",
    );
    expect(lines.length).toBeGreaterThan(600);
    expect(lines.at(-2)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,docs,,,,[\d.]+,[\d.]+,[\d.]+,,,,/);
    await page.getByRole("button", { name: "Export PNG" }).click();
    const png = forecastPageMessage.parse((await sent()).at(-1));
    if (png.type !== "save" || png.content.kind !== "png") throw new Error("no picture");
    const bytes = Buffer.from(png.content.data, "base64");
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(600);
    await post({ type: "saved", text: "Saved to /tmp/a.csv" });
    expect(await page.getByRole("status").innerText()).toBe("Saved to /tmp/a.csv");
    await post({ type: "make", kind: "csv" });
    expect(forecastPageMessage.parse((await sent()).at(-1))).toMatchObject({ type: "save", content: { kind: "csv" } });
  });

  it("has nothing to hand over while it shows nothing", async () => {
    await show({ swarms: [], swarmId: null, now: null, history: null, forecast: null, report: null });
    expect(await text()).toContain("No swarm is running.");
    expect(await page.locator(".parts").isVisible()).toBe(false);
    await post({ type: "make", kind: "png" });
    expect((await sent()).at(-1)).toEqual({ type: "save", content: { kind: "nothing" } });
  });

  it("says that the engine cannot be reached, and keeps the last figures as such", async () => {
    await show();
    await update({ link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").innerText()).toContain("last known");
    expect(await page.locator(".chart").isVisible()).toBe(true);
  });

  it("asks for everything when an update is missing", async () => {
    await show();
    await post({ type: "update", seq: seq + 2, changes: {} });
    expect((await sent()).at(-1)).toEqual({ type: "ready" });
  });

  it("comes back as it was left", async () => {
    const view = { table: true, said: true, open: ["patterns"] };
    await fixture.reopen({ swarmId: "demo", span: "7d", model: "lstm", ...view });
    page = fixture.page;
    expect(await sent()).toEqual([
      { type: "choose", swarmId: "demo", span: "7d" },
      { type: "model", model: "lstm" },
      { type: "patterns", open: true },
      { type: "ready" },
    ]);
    await show();
    expect(await page.locator(".data").isVisible()).toBe(true);
    expect(await page.getByLabel("What it said then").isChecked()).toBe(true);
    expect(await page.locator(".heat").isVisible()).toBe(true);
    expect(await page.locator(".leaderboard").isVisible()).toBe(false);
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show();
    const reached: string[] = [];
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const style = getComputedStyle(one);
          const name = one.getAttribute("aria-label") ?? one.textContent ?? "";
          return `${style.outlineStyle === "none" ? "NO FOCUS " : ""}${one.tagName} ${one.id} ${name.slice(0, 20)}`;
        }),
      );
    }
    for (const part of [
      "SELECT  Swarm",
      "SELECT  Time shown",
      "BUTTON  Table",
      "BUTTON  Pause",
      "DIV  Chart of demand",
      "SELECT model",
      "INPUT said",
      "BUTTON  Export CSV",
      "BUTTON  Export PNG",
      "SUMMARY  Models",
      "SUMMARY  Patterns",
    ])
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => one.startsWith("NO FOCUS"))).toEqual([]);
  });

  it("runs and fetches nothing, whatever swarms and models are called", async () => {
    const [hostile = ""] = hostileStrings;
    const all = hostileStrings.join(" ");
    const known = patterns.series[0];
    if (known === undefined) throw new Error("no series");
    await page.keyboard.press("t");
    await show({
      swarms: hostileStrings.map((label, index) => ({ id: `s${index}`, label, timeScale: 1 })),
      swarmId: "s0",
      problem: all,
      report: {
        ...(full.report as NonNullable<ForecastPageState["report"]>),
        reason: all,
        ready: false,
        scores: hostileStrings.map((model) => score(model)),
        learned: hostileStrings.map((model) => ({ model, seenToMs: T0, trainedAtMs: null, backend: model })),
      },
      anomalies: full.anomalies.map((one) => ({ ...one, metric: hostile, text: all })),
      patterns: {
        kind: "known",
        value: { ...patterns, series: hostileStrings.map((label) => ({ ...known, metric: label, label })) },
      },
      resources: { kind: "known", value: { ...resources, plan: { ready: false, reason: all, steps: [] } } },
    });
    await page.getByText("Patterns", { exact: true }).click();
    await post({ type: "saved", text: all });
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
  });

  it("takes any message without an error", async () => {
    await show();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 1, state: null }];
    messages.push(
      { type: "full", seq: 9, state: {} },
      { type: "update", seq: 2 },
      { type: "update", seq: "2", changes: {} },
    );
    messages.push({ type: "__proto__" }, { type: "make", kind: "exe" }, { type: "saved" });
    for (const message of messages) await post(message);
    expect(await page.locator(".leaderboard tbody tr").count()).toBe(9);
  });

  it("draws 600 points and takes an update in less than a frame's patience", async () => {
    await show();
    const elapsedMs = await page.evaluate(
      async (state) => {
        const { performance: clock } = globalThis;
        let most = 0;
        for (let at = 0; at < 20; at++) {
          const begunMs = clock.now();
          const event = new MessageEvent("message", {
            data: {
              type: "update",
              seq: at + 2,
              changes: { history: { ...state.history, fromMs: state.history.fromMs + at } },
            },
          });
          dispatchEvent(event);
          most = Math.max(most, clock.now() - begunMs);
        }
        return most;
      },
      full as unknown as { history: { fromMs: number } },
    );
    expect(elapsedMs).toBeLessThan(250);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (name) => {
    await theme(name);
    await show();
    await page.getByLabel("What it said then").check();
    await page.getByText("Patterns", { exact: true }).click();
    for (const width of [400, 1400]) await fixture.fits(`forecast-page-${name}`, width);
  });
});
