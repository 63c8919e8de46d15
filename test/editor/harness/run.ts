import { chromium } from "playwright-core";
import { findTestFiles } from "./bundle.ts";
import type { Counted } from "./results.ts";
import { type HarnessTools, runScenario } from "./runScenario.ts";

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

/** Runs the editor tests whose path contains `filter`, scenario by scenario. */
export async function runEditorTests(tools: HarnessTools, filter: string): Promise<Counted> {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const scenarios = findTestFiles(tools.root, filter);
  if (scenarios.size === 0) return total;
  const browser = await chromium.launch({ executablePath: tools.chromium, headless: true, args: BROWSER_FLAGS });
  try {
    for (const [scenario, files] of scenarios) {
      const begun = performance.now();
      tools.say(`• editor, scenario ${scenario.name}: ${files.length} file(s)`);
      const { passed, failed, skipped } = await runScenario(scenario, files, browser, tools);
      tools.say(`  ${passed} passed, ${failed} failed in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      total.passed += passed;
      total.failed += failed;
      total.skipped += skipped;
    }
  } finally {
    await browser.close();
  }
  return total;
}
