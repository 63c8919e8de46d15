import { chromium } from "playwright-core";
import { findTestFiles } from "./bundle.ts";
import { desktopEditor } from "./desktopEditor.ts";
import type { EditorOpener } from "./openEditor.ts";
import type { Counted } from "./results.ts";
import { type HarnessTools, runScenario } from "./runScenario.ts";
import { webEditor } from "./webEditor.ts";

const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
];

type Tools = Omit<HarnessTools, "openEditor">;

/** Runs the editor tests whose path contains `filter` in the browser's workbench, scenario by scenario. */
export async function runInBrowser(
  tools: Tools & { readonly serverMain: string; readonly chromium: string },
  filter: string,
): Promise<Counted> {
  const browser = await chromium.launch({
    executablePath: tools.chromium,
    headless: true,
    args: BROWSER_FLAGS,
    // The command itself ends everything in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  try {
    return await runAll({ ...tools, openEditor: webEditor(browser, tools.serverMain) }, filter);
  } finally {
    await browser.close();
  }
}

/** The same tests in a desktop VS Code. */
export function runOnDesktop(tools: Tools & { readonly executable: string }, filter: string): Promise<Counted> {
  const openEditor: EditorOpener = desktopEditor(tools.executable);
  return runAll({ ...tools, openEditor }, filter);
}

async function runAll(tools: HarnessTools, filter: string): Promise<Counted> {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [scenario, files] of findTestFiles(tools.root, filter)) {
    const begun = performance.now();
    tools.say(`• editor, scenario ${scenario.name}: ${files.length} file(s)`);
    const { passed, failed, skipped } = await runScenario(scenario, files, tools);
    tools.say(`  ${passed} passed, ${failed} failed in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}
