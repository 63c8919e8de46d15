import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forecastPageMessage, type ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { pageHtml } from "../../src/views/pages/html.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { full, patterns, resources, score, T0 } from "./forecastStates.ts";

/**
 * The page "Swarm Forecast" in a real browser, with a stand-in for the editor's API. It is served over HTTP with the very
 * markup and policy that the editor gets, so the policy holds here too.
 */

const ROOT = join(import.meta.dirname, "../..");
const PICTURES = join(ROOT, ".cache", "screenshots");

/** Theme variables as the editor sets them. */
const THEMES = {
  dark: {
    kind: "vscode-dark",
    css: "--vscode-foreground:#cccccc;--vscode-descriptionForeground:#9d9d9d;--vscode-editor-background:#1f1f1f;--vscode-panel-border:#2b2b2b;--vscode-charts-blue:#3794ff;--vscode-charts-purple:#b180d7;--vscode-charts-orange:#d18616;--vscode-charts-green:#89d185;--vscode-charts-red:#f14c4c;--vscode-charts-yellow:#cca700;--vscode-editorWarning-foreground:#cca700;--vscode-button-secondaryBackground:#313131;--vscode-button-secondaryForeground:#cccccc;--vscode-dropdown-background:#313131;--vscode-dropdown-foreground:#cccccc;--vscode-dropdown-border:#3c3c3c;--vscode-focusBorder:#0078d4;--vscode-font-family:sans-serif",
  },
  light: {
    kind: "vscode-light",
    css: "--vscode-foreground:#3b3b3b;--vscode-descriptionForeground:#5f5f5f;--vscode-editor-background:#ffffff;--vscode-panel-border:#e5e5e5;--vscode-charts-blue:#0063d3;--vscode-charts-purple:#652d90;--vscode-charts-orange:#d18616;--vscode-charts-green:#388a34;--vscode-charts-red:#e51400;--vscode-charts-yellow:#bf8803;--vscode-editorWarning-foreground:#bf8803;--vscode-button-secondaryBackground:#e5e5e5;--vscode-button-secondaryForeground:#3b3b3b;--vscode-dropdown-background:#ffffff;--vscode-dropdown-foreground:#3b3b3b;--vscode-dropdown-border:#cecece;--vscode-focusBorder:#005fb8;--vscode-font-family:sans-serif",
  },
  contrast: {
    kind: "vscode-high-contrast",
    css: "--vscode-foreground:#ffffff;--vscode-descriptionForeground:#ffffff;--vscode-editor-background:#000000;--vscode-contrastBorder:#6fc3df;--vscode-contrastActiveBorder:#f38518;--vscode-focusBorder:#f38518;--vscode-charts-blue:#3794ff;--vscode-font-family:sans-serif",
  },
} as const;

const { ensureChromium } = (await import(new URL("../../scripts/lib/chromium.mjs", import.meta.url).href)) as {
  ensureChromium: () => Promise<string | null>;
};
const executablePath = await ensureChromium();

describe.skipIf(executablePath === null)("the page Swarm Forecast", () => {
  let browser: Browser;
  let server: Server;
  let address = "";
  let page: Page;
  let seq = 0;
  /** Requests beyond the page's own three files, dialogs and errors: there should be none, ever. */
  let stray: string[] = [];

  beforeAll(async () => {
    const built = await esbuild.build({
      entryPoints: [join(ROOT, "webview/forecast.ts")],
      bundle: true,
      write: false,
      platform: "browser",
      format: "iife",
      target: "es2023",
      minify: true,
    });
    const script = built.outputFiles[0]?.text ?? "";
    const style = ["node_modules/uplot/dist/uPlot.min.css", "media/page.css", "media/forecast.css"]
      .map((path) => readFileSync(join(ROOT, path), "utf8"))
      .join("\n");
    server = createServer((request, response) => {
      const path = request.url ?? "";
      if (path === "/forecast.js") response.setHeader("content-type", "text/javascript").end(script);
      else if (path === "/forecast.css") response.setHeader("content-type", "text/css").end(style);
      else if (path === "/") {
        const html = pageHtml({
          title: "Swarm Forecast",
          cspSource: address,
          nonce: "test-nonce",
          scriptUri: `${address}/forecast.js`,
          styleUris: [`${address}/forecast.css`],
        });
        response.setHeader("content-type", "text/html; charset=utf-8").end(html);
      } else {
        if (path !== "/favicon.ico") stray.push(path);
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("no port");
    address = `http://127.0.0.1:${bound.port}`;
    browser = await chromium.launch({
      executablePath: executablePath ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    });
    mkdirSync(PICTURES, { recursive: true });
  });

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(async () => {
    stray = [];
    page = await opened();
    return async () => {
      await page.close();
      expect(stray).toEqual([]);
    };
  });

  /** A page with a stand-in for the editor's API that keeps what is sent. */
  async function opened(remembered: unknown = null): Promise<Page> {
    seq = 0;
    const made = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    made.on("pageerror", (error) => stray.push(`error: ${error.message}`));
    made.on("dialog", (dialog) => {
      stray.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    made.on("console", (message) => {
      if (message.type() === "error") stray.push(`console: ${message.text()}`);
    });
    await made.clock.setFixedTime(T0);
    await made.addInitScript((state) => {
      const sent: unknown[] = [];
      Object.assign(globalThis, {
        sent,
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => sent.push(message),
          getState: () => state,
          setState: (next: unknown) => Object.assign(globalThis, { kept: next }),
        }),
      });
    }, remembered);
    await made.goto(address);
    return made;
  }

  const sent = (): Promise<Record<string, unknown>[]> =>
    page.evaluate(() => (globalThis as unknown as { sent: Record<string, unknown>[] }).sent);
  const kept = (): Promise<unknown> => page.evaluate(() => (globalThis as unknown as { kept: unknown }).kept);
  const post = (message: unknown): Promise<void> =>
    page.evaluate(
      (one) =>
        new Promise<void>((resolve) => {
          addEventListener("message", () => setTimeout(resolve), { once: true });
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor posts without one too
          window.postMessage(one);
        }),
      message,
    );
  const show = (over: Partial<ForecastPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<ForecastPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });
  const text = async (): Promise<string> => (await page.innerText("body")).replaceAll(/\s+/g, " ");
  const theme = async (name: keyof typeof THEMES): Promise<void> => {
    await page.evaluate(({ kind, css }) => {
      // Through the object model, as the editor sets its variables: markup with styles is refused by the policy.
      for (const entry of css.split(";")) {
        const [variable = "", value = ""] = entry.split(":");
        document.documentElement.style.setProperty(variable, value);
      }
      document.body.className = kind;
    }, THEMES[name]);
  };
  /** Colours of pixels on the chart that are nearly `colour`. */
  const pixelsOf = (colour: readonly [number, number, number]): Promise<number> =>
    page.evaluate((wanted) => {
      const canvas = document.querySelector(".chart canvas") as HTMLCanvasElement;
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255 && wanted.every((part, index) => Math.abs((data[at + index] ?? 0) - part) < 12))
          count++;
      return count;
    }, colour);

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
    await page.close();
    page = await opened({ swarmId: "demo", span: "7d", model: "lstm", table: true, said: true, open: ["patterns"] });
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

  it.each(["dark", "light", "contrast"] as const)("fits 400 px and wide panels in a %s theme", async (name) => {
    await theme(name);
    await show();
    await page.getByLabel("What it said then").check();
    await page.getByText("Patterns", { exact: true }).click();
    for (const [width, height] of [
      [400, 900],
      [1400, 900],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(PICTURES, `forecast-page-${name}-${width}-top.png`) });
      await page.screenshot({ path: join(PICTURES, `forecast-page-${name}-${width}.png`), fullPage: true });
      const clipped = await page.evaluate(() =>
        [...document.querySelectorAll("#page *")]
          // The head of the table is there for screen readers only when each cell names its column.
          .filter((one) => one.closest("thead, .spoken, .scroll") === null)
          .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .map((one) => `${one.tagName} ${one.className} ${one.textContent?.slice(0, 40)}`),
      );
      expect(clipped, `${width} px`).toEqual([]);
    }
  });
});
