import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Locator, Page } from "playwright-core";
import { clippedElements } from "../../webview/clipped.ts";
import type { OperationCall, OperationName, Operations, ScreenshotOptions } from "./operations.ts";
import { README_PICTURES } from "./pictures.ts";
import {
  markRow,
  readDialog,
  readNotifications,
  readQuickInput,
  readQuickPick,
  readStatusBar,
  readTreeRows,
  readViewText,
} from "./readPage.ts";

export interface PageOptions {
  readonly root: string;
  readonly updateMedia: boolean;
}

type Performed = {
  readonly [K in OperationName]: (
    ...args: Parameters<Operations[K]>
  ) => Promise<ReturnType<Operations[K]>> | ReturnType<Operations[K]>;
};

/** How long an element may take to appear before an operation fails. */
const ELEMENT_DEADLINE_MS = 10_000;
/** A row that is drawn anew under the pointer loses its mark, its buttons and its waiting tooltip: it is looked for again. */
const ROW_DEADLINE_MS = 2_000;
const ROW_TRIES = 5;
const NOTIFICATIONS = ".notifications-center";
const OVERLAYS = ".monaco-dialog-box:visible, .quick-input-widget:visible, .context-view .monaco-menu:visible";
const MARKED_ROW = "[data-test-row]";
const CLIPS = { sidebar: ".part.sidebar", editor: ".part.editor", panel: ".part.panel" } as const;

/** The operations on one page of the workbench. */
export function operationsOn(page: Page, { root, updateMedia }: PageOptions): Performed {
  page.setDefaultTimeout(ELEMENT_DEADLINE_MS);

  const rowAt = async (viewTitle: string | null, rowLabel: string) => {
    const deadline = performance.now() + ELEMENT_DEADLINE_MS;
    while (!(await page.evaluate(markRow, { viewTitle, rowLabel }))) {
      if (performance.now() > deadline) throw new Error(`no row "${rowLabel}" in ${viewTitle ?? "any view"}`);
      await page.waitForTimeout(100);
    }
    return page.locator(MARKED_ROW);
  };
  /** Finds the row and works on it, anew when it was drawn anew meanwhile. */
  const onRow = async <T>(
    viewTitle: string | null,
    rowLabel: string,
    work: (row: Locator) => Promise<T>,
  ): Promise<T> => {
    for (let left = ROW_TRIES; ; left--) {
      // Away first: a pointer that rests where the row is drawn does not enter it.
      await page.mouse.move(1, 1);
      const row = await rowAt(viewTitle, rowLabel);
      try {
        return await work(row);
      } catch (error) {
        if (left <= 1) throw error;
      }
    }
  };
  // A webview's content is two frames deep; the inner one carries the name the workbench gave it.
  const webviews = () => page.frames().filter((it) => it.parentFrame()?.parentFrame() === page.mainFrame());
  const button = (within: string, label: string) =>
    page.locator(`${within} .monaco-button`).filter({ hasText: new RegExp(`^\\s*${escapePattern(label)}\\s*$`) });

  // With the test driver the editor shows no toasts, only the list behind the bell.
  const showNotifications = async (wanted: boolean) => {
    const center = page.locator(`${NOTIFICATIONS}.visible`);
    if ((await center.count()) > 0 === wanted) return;
    await page.locator('[id="status.notifications"]').click();
    await center.waitFor({ state: wanted ? "visible" : "hidden" });
  };

  return {
    async screenshot(name: string, options: ScreenshotOptions = {}) {
      const file = join(root, ".cache", "screenshots", `${name.replaceAll(/[^\w.-]+/g, "-").slice(0, 120)}.png`);
      mkdirSync(join(root, ".cache", "screenshots"), { recursive: true });
      if (options.clip === undefined) await page.screenshot({ path: file });
      else await page.locator(CLIPS[options.clip]).screenshot({ path: file });
      if (updateMedia && README_PICTURES.has(name)) copyFileSync(file, join(root, "media", `${name}.png`));
      return file;
    },
    treeRows: (viewTitle) => page.evaluate(readTreeRows, viewTitle),
    viewText: (viewTitle) => page.evaluate(readViewText, viewTitle),
    statusBarItems: () => page.evaluate(readStatusBar),
    statusBarText: async () =>
      (await page.evaluate(readStatusBar)).map(({ text }) => text).filter((text) => text !== ""),
    async notifications() {
      await showNotifications(true);
      const found = await page.evaluate(readNotifications);
      await showNotifications(false);
      return found;
    },
    async notificationChoose(label) {
      await showNotifications(true);
      // The row shows its buttons when it has the focus.
      await page.locator(`${NOTIFICATIONS} .monaco-list-row`).filter({ hasText: label }).first().click();
      await button(NOTIFICATIONS, label).first().click();
      await showNotifications(false);
    },
    click: (selector) => page.locator(selector).first().click(),
    clickRow: async (viewTitle, rowLabel) => (await rowAt(viewTitle, rowLabel)).click(),
    toggleRow: async (viewTitle, rowLabel) => (await rowAt(viewTitle, rowLabel)).locator(".monaco-tl-twistie").click(),
    async clickRowAction(rowLabel, actionTitle, viewTitle) {
      const action = `.actions .action-label[aria-label="${actionTitle.replaceAll('"', '\\"')}"]`;
      await onRow(viewTitle ?? null, rowLabel, async (row) => {
        await row.hover({ timeout: ROW_DEADLINE_MS });
        await row.locator(action).click({ timeout: ROW_DEADLINE_MS });
      });
    },
    async rowTooltip(viewTitle, rowLabel) {
      const hover = page.locator(".monaco-hover:visible").last();
      return onRow(viewTitle, rowLabel, async (row) => {
        await row.locator(".label-name").hover({ timeout: ROW_DEADLINE_MS });
        await hover.waitFor({ timeout: ROW_DEADLINE_MS });
        return (await hover.innerText()).trim();
      });
    },
    pressKey: (key) => page.keyboard.press(key),
    typeText: (text) => page.keyboard.type(text),
    async runCommandViaPalette(title) {
      await page.keyboard.press("F1");
      await page.locator(".quick-input-widget:visible input").waitFor();
      await page.keyboard.type(title);
      const row = page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first();
      await row.waitFor();
      await row.click();
    },
    dialogText: () => page.evaluate(readDialog),
    dialogChoose: (label) => button(".monaco-dialog-box", label).first().click(),
    quickPickItems: () => page.evaluate(readQuickPick),
    quickPickChoose: (label) =>
      page.locator(".quick-input-list .monaco-list-row").filter({ hasText: label }).first().click(),
    quickInputText: () => page.evaluate(readQuickInput),
    async closeOverlays() {
      for (let left = 5; left > 0 && (await page.locator(OVERLAYS).count()) > 0; left--) {
        await page.keyboard.press("Escape");
        await page.waitForTimeout(100);
      }
    },
    async webviewTexts() {
      const texts: string[] = [];
      for (const frame of webviews()) texts.push(await frame.locator("body").innerText());
      return texts;
    },
    async webviewPress(label) {
      for (const frame of webviews()) {
        const found = frame.getByRole("button", { name: label, exact: true });
        if ((await found.count()) > 0) return found.first().click();
      }
      throw new Error(`no button "${label}" in any webview`);
    },
    async webviewShow(heading) {
      for (const frame of webviews()) {
        const found = frame.getByRole("heading", { name: heading }).first();
        if ((await found.count()) > 0) return found.evaluate((one) => one.scrollIntoView({ block: "start" }));
      }
      throw new Error(`no heading "${heading}" in any webview`);
    },
    async webviewClipped() {
      const clipped: string[] = [];
      for (const frame of webviews()) clipped.push(...(await frame.evaluate(clippedElements)));
      return clipped;
    },
    async webviewWidth(pixels) {
      const [frame] = webviews();
      const size = page.viewportSize();
      if (frame === undefined || size === null) throw new Error("no webview is open");
      const width = await frame.evaluate(() => document.documentElement.clientWidth);
      await page.setViewportSize({ ...size, width: size.width - width + pixels });
      await frame.waitForFunction((wanted) => Math.abs(document.documentElement.clientWidth - wanted) <= 1, pixels);
      return size.width;
    },
    async windowWidth(pixels) {
      await page.setViewportSize({ height: page.viewportSize()?.height ?? 0, width: pixels });
    },
    evaluate: (expression) => page.evaluate(expression),
  };
}

/** @throws Error in few words: what was waited for, and which dialog was in the way */
export async function perform(operations: Performed, { operation, args }: OperationCall): Promise<unknown> {
  if (!Object.hasOwn(operations, operation)) throw new Error("no such operation");
  const work = operations[operation] as (...args: readonly unknown[]) => unknown;
  try {
    return await work(...args);
  } catch (error) {
    const dialog = await operations.dialogText();
    const obstacle = dialog === null ? "" : ` (a dialog is open: "${dialog.message}")`;
    throw new Error(`${inShort(error)}${obstacle}`, { cause: error });
  }
}

/** Playwright appends a long log of its attempts, in colours; its first lines say what it waited for. */
function inShort(error: unknown): string {
  const lines = stripVTControlCharacters(error instanceof Error ? error.message : String(error)).split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "Call log:")
    .slice(0, 2)
    .join(" ");
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
