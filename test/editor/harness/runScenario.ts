import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { bundleTests } from "./bundle.ts";
import { startDriverServer } from "./driverServer.ts";
import { operationsOn, perform } from "./page.ts";
import type { Counted, ResultLine } from "./results.ts";
import { countResults, ResultsReader } from "./resultsFile.ts";
import { QUIET_SETTINGS, type Scenario } from "./scenarios.ts";
import { startWorkbenchServer } from "./workbenchServer.ts";

/** What the commands lend to the harness. */
export interface HarnessTools {
  readonly root: string;
  /** The workbench's server of the installed editor. */
  readonly serverMain: string;
  readonly chromium: string;
  readonly updateMedia: boolean;
  say(line: string): void;
  /** Ends engine and keeper of this home; @returns the processes that then were still there (ended by force) */
  endEngine(home: string): Promise<readonly string[]>;
}

/** What the workbench complains about on every machine: no network, and no service worker from a bare server. */
const NOISE = /Failed to load resource|open-vsx\.org|serviceWorker\.js|fetching the script/;
/** The longest silence (no result, no driver call) before a scenario counts as hung. */
const SILENCE_MS = 120_000;
/** The same from opening the page to the first test. */
const START_SILENCE_MS = 60_000;
const POLL_MS = 200;
/** A Unix socket path has room for 100 bytes, so the folder of a scenario must be short. */
const MAX_BASE_CHARACTERS = 24;

/** Starts the editor once, runs the scenario's files in it and ends all that was started. */
export async function runScenario(
  scenario: Scenario,
  files: readonly string[],
  browser: Browser,
  tools: HarnessTools,
): Promise<Counted> {
  const { root, say } = tools;
  const temporary = tmpdir().length <= MAX_BASE_CHARACTERS ? tmpdir() : "/tmp";
  const base = mkdtempSync(join(temporary, "sw-"));
  const home = join(base, "home");
  const workspace = join(base, "ws");
  const resultsFile = join(base, "results.jsonl");
  const dataFolder = join(base, "data");
  prepare(scenario, { home, workspace, dataFolder });

  const tests = await bundleTests(root, scenario.name, files);
  const results = new ResultsReader(resultsFile);
  const pageLog: string[] = [];
  let problem: string | null = null;
  let context: BrowserContext | undefined;
  let lastSign = performance.now();
  const page = await (context = await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  const pageCrash = watchPage(page, pageLog);
  const operations = operationsOn(page, { root, updateMedia: tools.updateMedia });
  const driver = await startDriverServer((call) => {
    lastSign = performance.now();
    return perform(operations, call);
  });
  let serverOutput = (): string => "";
  let stopServer = (): Promise<void> => Promise.resolve();
  try {
    const server = await startWorkbenchServer({
      serverMain: tools.serverMain,
      dataFolder,
      extensionsFolder: join(base, "ext"),
      trusted: scenario.trusted,
      env: {
        ...process.env,
        ...scenario.env,
        SWARM_ALLOCATOR_HOME: home,
        SWARM_TEST_DRIVER: driver.url,
        SWARM_TEST_RESULTS: resultsFile,
        SWARM_TEST_SCENARIO: scenario.name,
      },
    });
    serverOutput = server.output;
    stopServer = server.stop;
    await page.goto(addressOf(server.address, workspace, tests));
    const interrupted = Promise.race([server.ended.then((how) => `the editor's server ${how}`), pageCrash]);
    problem = await watchResults(results, say, interrupted, () => lastSign);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const counted = countResults(results.lines);
  problem ??= counted.problem;
  if (counted.failed > 0 || problem !== null) {
    // The page may be what has crashed: then there is no picture, and the problem says so.
    const picture = await Promise.resolve(operations.screenshot(`failed-scenario-${scenario.name}`)).catch(String);
    say(`  picture: ${picture}`);
    for (const line of pageLog.slice(-30)) say(`  page: ${line}`);
    if (problem !== null) say(`  server: ${serverOutput().trimEnd().split("\n").slice(-10).join("\n  server: ")}`);
    keepLogs(root, scenario.name, base, say);
  }
  await context.close();
  await driver.close();
  await stopServer();
  const left = await tools.endEngine(home);
  for (const folder of [base, tests]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return conclude(scenario.name, counted, problem, left, say);
}

/** "Nothing is left behind" is a test of its own in every scenario. */
function conclude(
  name: string,
  counted: Counted & { readonly problem: string | null },
  problem: string | null,
  left: readonly string[],
  say: (line: string) => void,
): Counted {
  if (problem !== null) say(`✗ scenario ${name}: ${problem}`);
  if (left.length === 0) say("  ✓ no process is left behind");
  else say(`  ✗ no process is left behind\n${left.map((process) => `    left: ${process}`).join("\n")}`);
  const unexplained = problem !== null && counted.problem === null ? 1 : 0;
  return {
    passed: counted.passed + (left.length === 0 ? 1 : 0),
    failed: counted.failed + unexplained + (left.length === 0 ? 0 : 1),
    skipped: counted.skipped,
  };
}

function prepare(scenario: Scenario, folders: { home: string; workspace: string; dataFolder: string }): void {
  mkdirSync(folders.home, { recursive: true, mode: 0o700 });
  const settings = { ...QUIET_SETTINGS, "workbench.colorTheme": scenario.theme, ...scenario.settings };
  const contents = {
    [join(folders.dataFolder, "data", "User", "settings.json")]: JSON.stringify(settings),
    ...Object.fromEntries(Object.entries(scenario.files).map(([file, text]) => [join(folders.workspace, file), text])),
  };
  for (const [file, text] of Object.entries(contents)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function addressOf(server: string, workspace: string, extensions: string): string {
  const payload = [["extensionDevelopmentPath", `vscode-remote://${new URL(server).host}${extensions}`]];
  return `${server}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** @returns a promise of the page's crash */
function watchPage(page: Awaited<ReturnType<BrowserContext["newPage"]>>, log: string[]): Promise<string> {
  page.on("console", (message) => {
    if (message.type() === "error" && !NOISE.test(message.text())) log.push(message.text().slice(0, 500));
  });
  page.on("pageerror", (error) => log.push(`uncaught: ${error.message}`));
  return new Promise((resolve) => page.on("crash", () => resolve("the page crashed")));
}

/** @returns what went wrong, or `null` after a proper end */
async function watchResults(
  results: ResultsReader,
  say: (line: string) => void,
  interrupted: Promise<string>,
  lastSign: () => number,
): Promise<string | null> {
  let lastLine = performance.now();
  let outcome: string | null | undefined;
  void interrupted.then((what) => (outcome ??= what));
  for (;;) {
    const fresh = results.readNew();
    for (const line of fresh) show(line, say);
    if (fresh.length > 0) lastLine = performance.now();
    if (results.lines.some(({ event }) => event === "end")) return null;
    if (outcome !== undefined) return outcome;
    if (results.lines.some(({ event }) => event === "restarted")) return "the extension host died during the tests";
    const allowedMs = results.lines.length === 0 ? START_SILENCE_MS : SILENCE_MS;
    if (performance.now() - Math.max(lastLine, lastSign()) > allowedMs)
      return `nothing happened for ${allowedMs / 1000} s`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function show(line: ResultLine, say: (line: string) => void): void {
  if (line.event === "pass") say(`  ✓ ${line.title} (${line.ms} ms)`);
  if (line.event === "skip") say(`  - ${line.title} (skipped)`);
  if (line.event === "fail")
    say(`  ✗ ${line.title}\n    ${line.message}\n    ${line.stack.replaceAll("\n", "\n    ")}`);
}

/** Logs of editor and engine outlive the scenario's folder when something failed. */
function keepLogs(root: string, name: string, base: string, say: (line: string) => void): void {
  const kept = join(root, ".cache", "failed", name);
  rmSync(kept, { recursive: true, force: true });
  for (const [from, to] of [
    [join(base, "data", "data", "logs"), "editor"],
    [join(base, "home", "state", "log"), "engine"],
  ] as const) {
    if (existsSync(from)) cpSync(from, join(kept, to), { recursive: true });
  }
  say(`  logs: ${kept}`);
}
