import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "../esbuild.mjs";
import { runChecks } from "./check.mjs";
import { countVitest } from "./countVitest.mjs";
import { run as runProgram } from "./lib/child.mjs";
import { ensureChromium } from "./lib/chromium.mjs";
import { ensureClaudeFlow } from "./lib/claudeFlow.mjs";
import { ensureEditor } from "./lib/editor.mjs";
import { endEngine, killEngine } from "./lib/engine.mjs";
import { CACHE, ROOT } from "./lib/project.mjs";
import { Failure, say, seconds, step } from "./lib/say.mjs";

const PARTS = ["check", "unit", "editor"];
const USAGE = `test [${PARTS.join("|")}] [FILTER] [--update-media]`;

/** Counts of one part. A runner that crashed has failed at least once. */
const none = () => ({ passed: 0, failed: 0, skipped: 0 });

/** `test [check|unit|editor] [FILTER] [--update-media]`; the last line on stdout is `N passed, N failed`. */
export async function run(args) {
  const flags = args.filter((arg) => arg.startsWith("--"));
  const [part, filter = "", ...rest] = args.filter((arg) => !arg.startsWith("--"));
  if ((part !== undefined && !PARTS.includes(part)) || rest.length > 0) throw new Failure(`Usage: ${USAGE}`, 2);
  for (const flag of flags)
    if (flag !== "--update-media") throw new Failure(`test: unknown flag "${flag}". Usage: ${USAGE}`, 2);

  // What was started is ended by the listeners of `exit`; a bare signal would skip them.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));
  const begun = performance.now();
  const total = none();
  const add = async (name, work) => {
    let counted;
    try {
      counted = await work();
    } catch (error) {
      say(`✗ ${name}: ${error instanceof Failure ? error.message : (error?.stack ?? error)}`);
      counted = { passed: 0, failed: 1, skipped: 0 };
    }
    for (const key of Object.keys(total)) total[key] += counted[key];
    say(
      `  ${name}: ${counted.passed} passed, ${counted.failed} failed${counted.skipped > 0 ? `, ${counted.skipped} skipped` : ""}`,
    );
  };
  const wanted = part === undefined ? PARTS : [part];
  const browserNeeded = wanted.some((name) => name !== "check");
  const chromium = browserNeeded ? await ensureChromium() : null;
  if (browserNeeded && "claudeFlow".startsWith(filter)) await ensureClaudeFlow();
  const editor = wanted.includes("editor") && chromium !== null ? await ensureEditor() : null;
  let built = false;
  if (browserNeeded) {
    await add("build", async () => {
      const counted = await buildOnce();
      built = true;
      return counted;
    });
  }
  if (wanted.includes("check")) await add("check", countChecks);
  if (wanted.includes("unit")) await add("unit", () => runUnit(filter, chromium));
  // An older bundle must not be what is tested.
  if (editor !== null && built)
    await add("editor", () => runEditor(filter, chromium, editor, flags.includes("--update-media")));
  if (chromium === null && browserNeeded) say("tests in the browser and in the editor were skipped: install chromium");

  say(`all of it took ${seconds(begun)}`);
  if (total.passed + total.failed === 0) say(`no test was run${filter === "" ? "" : ` (nothing matches "${filter}")`}`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function buildOnce() {
  const { skipped } = await step("Building", () => build());
  for (const source of skipped) say(`  skipped, no source yet: ${source}`);
  return none();
}

async function countChecks() {
  say("• check: types, lint, format");
  const results = await runChecks();
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

async function runUnit(filter, chromium) {
  const file = join(CACHE, "results", `vitest-${process.pid}.json`);
  mkdirSync(join(CACHE, "results"), { recursive: true });
  say("• vitest: unit, property, architecture, webview");
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  // A machine that others use may stand still at any moment; what passed only the second time is told.
  const args = ["run", "--retry=1", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const env = { ...process.env, ...(chromium === null ? {} : { SWARM_CHROMIUM_PATH: chromium }) };
  const { code } = await runProgram(process.execPath, [vitest, ...args, ...(filter === "" ? [] : [filter])], {
    cwd: ROOT,
    env,
    show: true,
    allowFailure: true,
  });
  const counted = countVitest(file, code, filter !== "");
  rmSync(file, { force: true });
  return counted;
}

async function runEditor(filter, chromium, { server }, updateMedia) {
  const { runInBrowser } = await import("../test/editor/harness/run.ts");
  const tools = { root: ROOT, serverMain: server, chromium, updateMedia, say, endEngine, killEngine };
  return runInBrowser(tools, filter);
}
