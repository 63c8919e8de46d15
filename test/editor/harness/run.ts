import { chromium } from "playwright-core";
import { endBundling, findTestFiles } from "./bundle.ts";
import { desktopEditor } from "./desktopEditor.ts";
import type { EditorOpener } from "./openEditor.ts";
import type { Counted } from "./results.ts";
import { type HarnessTools, runScenario } from "./runScenario.ts";
import type { Scenario } from "./scenarios.ts";
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

/** The scenarios one after the other, and beside them those that mostly wait. */
async function runAll(tools: HarnessTools, filter: string): Promise<Counted> {
  const found = [...findTestFiles(tools.root, filter)];
  const lanes = [false, true].map((beside) => found.filter(([scenario]) => scenario.beside === beside));
  const counted = await Promise.all(lanes.map((lane) => runLane(lane, tools, found.length > 1)));
  await endBundling();
  const sum = (key: keyof Counted): number => counted.reduce((total, one) => total + one[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** @param named every line begins with the scenario, because another one may speak meanwhile */
async function runLane(
  lane: readonly (readonly [Scenario, readonly string[]])[],
  tools: HarnessTools,
  named: boolean,
): Promise<Counted> {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [scenario, files] of lane) {
    const begun = performance.now();
    tools.say(`• editor, scenario ${scenario.name}: ${files.length} file(s)`);
    const say = (line: string): void =>
      tools.say(named ? line.replaceAll(/^ {2}|^(?=\S)/gm, `  ${scenario.name} `) : line);
    const { passed, failed, skipped } = await runScenario(scenario, files, { ...tools, say });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    tools.say(`  scenario ${scenario.name}: ${passed} passed, ${failed} failed in ${seconds} s`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}
