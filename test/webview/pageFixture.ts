import { createServer, type Server } from "node:http";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { pageHtml } from "../../src/views/pages/html.ts";
import { clippedElements } from "./clipped.ts";

/**
 * A page in a real browser, with a stand-in for the editor's API. It is served over HTTP with the very markup and policy that
 * the editor gets, so the policy holds here too.
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
export type ThemeName = keyof typeof THEMES;
export const THEME_NAMES = ["dark", "light", "contrast"] as const satisfies readonly ThemeName[];

const { ensureChromium } = (await import(new URL("../../scripts/lib/chromium.mjs", import.meta.url).href)) as {
  ensureChromium: () => Promise<string | null>;
};
/** `null` where there is no browser: the tests of pages are skipped then. */
export const executablePath = await ensureChromium();

export interface PageUnderTest {
  readonly title: string;
  /** Paths below the project's folder. */
  readonly script: string;
  readonly styles: readonly string[];
  /** The page's clock stands still here; left out: it runs. */
  readonly atMs?: number;
}

/** Registers what starts and ends the browser and the page of each test of a suite. Every test fails on a stray request. */
export function pageFixture({ title, script, styles, atMs }: PageUnderTest): PageFixture {
  let browser: Browser;
  let server: Server;
  let address = "";
  let page: Page;
  /** Requests beyond the page's own three files, dialogs and errors: there should be none, ever. */
  let stray: string[] = [];

  beforeAll(async () => {
    const built = await esbuild.build({
      entryPoints: [join(ROOT, script)],
      bundle: true,
      write: false,
      platform: "browser",
      format: "iife",
      target: "es2023",
      minify: true,
    });
    const files = {
      "/page.js": ["text/javascript", built.outputFiles[0]?.text ?? ""],
      "/page.css": ["text/css", styles.map((path) => readFileSync(join(ROOT, path), "utf8")).join("\n")],
    } as const;
    server = createServer((request, response) => {
      const path = request.url ?? "";
      if (path === "/") {
        const parts = { title, cspSource: address, nonce: "test-nonce", scriptUri: `${address}/page.js` };
        const html = pageHtml({ ...parts, styleUris: [`${address}/page.css`] });
        response.setHeader("content-type", "text/html; charset=utf-8").end(html);
        return;
      }
      const file = Object.hasOwn(files, path) ? files[path as keyof typeof files] : null;
      if (file !== null) {
        response.setHeader("content-type", file[0]).end(file[1]);
        return;
      }
      if (path !== "/favicon.ico") stray.push(path);
      response.writeHead(404).end();
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
    page = await opened(null);
    return async () => {
      await page.close();
      expect(stray).toEqual([]);
    };
  });

  async function opened(remembered: unknown): Promise<Page> {
    const made = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    made.on("pageerror", (error) => stray.push(`error: ${error.message}`));
    made.on("dialog", (dialog) => {
      stray.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    made.on("console", (message) => {
      if (message.type() === "error") stray.push(`console: ${message.text()}`);
    });
    if (atMs !== undefined) await made.clock.setFixedTime(atMs);
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

  return {
    get page() {
      return page;
    },
    async reopen(remembered) {
      await page.close();
      page = await opened(remembered);
    },
    sent: () => page.evaluate(() => (globalThis as unknown as { sent: Record<string, unknown>[] }).sent),
    kept: () => page.evaluate(() => (globalThis as unknown as { kept: unknown }).kept),
    post: (message) =>
      page.evaluate(
        (one) =>
          new Promise<void>((resolve) => {
            addEventListener("message", () => setTimeout(resolve), { once: true });
            // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor posts without one too
            window.postMessage(one);
          }),
        message,
      ),
    text: async () => (await page.innerText("body")).replaceAll(/\s+/g, " "),
    theme: (name) =>
      page.evaluate(({ kind, css }) => {
        // Through the object model, as the editor sets its variables: markup with styles is refused by the policy.
        for (const entry of css.split(";")) {
          const [variable = "", value = ""] = entry.split(":");
          document.documentElement.style.setProperty(variable, value);
        }
        document.body.className = kind;
      }, THEMES[name]),
    pixelsOf: (colour) =>
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
      }, colour),
    async fits(name, width) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-top.png`) });
      await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`), fullPage: true });
      const clipped = await page.evaluate(clippedElements);
      expect(clipped, `${width} px`).toEqual([]);
    },
  };
}

export interface PageFixture {
  /** Of the test that runs. */
  readonly page: Page;
  /** The page anew, with what the editor kept for it. */
  reopen(remembered: unknown): Promise<void>;
  /** What the page has posted to the editor, in order. */
  sent(): Promise<Record<string, unknown>[]>;
  kept(): Promise<unknown>;
  /** Settles when the page has heard it. */
  post(message: unknown): Promise<void>;
  /** What is seen, with single blanks. */
  text(): Promise<string>;
  theme(name: ThemeName): Promise<void>;
  /** Pixels on the chart whose colour is nearly this one. */
  pixelsOf(colour: readonly [number, number, number]): Promise<number>;
  /** Takes pictures at this width; fails when something is cut off. */
  fits(name: string, width: number): Promise<void>;
}
