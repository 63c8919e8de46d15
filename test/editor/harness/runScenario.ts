import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { currentEnvironment, resolvePaths } from "../../../src/engine/common/paths.ts";
import { simulateDays } from "../../engine/integration/simulatedDays.ts";
import { bundleTests } from "./bundle.ts";
import { startDriverServer } from "./driverServer.ts";
import type { EditorOpener, OpenEditor, ScenarioFolders } from "./openEditor.ts";
import { operationsOn, perform } from "./page.ts";
import type { Counted } from "./results.ts";
import { countResults, ResultsReader } from "./resultsFile.ts";
import { QUIET_SETTINGS, type Scenario } from "./scenarios.ts";
import { watchResults } from "./watchResults.ts";

/** What the commands lend to the harness. */
export interface HarnessTools {
  readonly root: string;
  readonly openEditor: EditorOpener;
  readonly updateMedia: boolean;
  say(line: string): void;
  /** Ends engine and keeper of this home; @returns the processes that then were still there (ended by force) */
  endEngine(home: string): Promise<readonly string[]>;
  /** The same by force, without waiting. */
  killEngine(home: string): void;
}

/** What the workbench complains about on every machine: no network, and no service worker from a bare server. */
const NOISE =
  /Failed to load resource|open-vsx\.org|serviceWorker\.js|fetching the script|authentication provider 'github'/;
/** A Unix socket path has room for 100 bytes, so the folder of a scenario must be short. */
const MAX_BASE_CHARACTERS = 24;

/** Starts the editor once, runs the scenario's files in it and ends all that was started. */
export async function runScenario(scenario: Scenario, files: readonly string[], tools: HarnessTools): Promise<Counted> {
  const temporary = tmpdir().length <= MAX_BASE_CHARACTERS ? tmpdir() : "/tmp";
  const base = mkdtempSync(join(temporary, "sw-"));
  // Two runs at once (the cache is shared) must not load each other's tests.
  const extensions = join(tools.root, ".cache", "editor-tests", `${scenario.name}-${process.pid}`);
  const remove = (): void => {
    for (const folder of [base, extensions]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const abandon = (): void => {
    tools.killEngine(join(base, "home"));
    remove();
  };
  process.on("exit", abandon);
  try {
    await bundleTests(tools.root, extensions, files);
    return await runPrepared(scenario, prepare(scenario, base, extensions), tools);
  } finally {
    process.off("exit", abandon);
    remove();
  }
}

async function runPrepared(scenario: Scenario, folders: ScenarioFolders, tools: HarnessTools): Promise<Counted> {
  const { root, updateMedia, say } = tools;
  const home = join(folders.base, "home");
  const resultsFile = join(folders.base, "results.jsonl");
  const results = new ResultsReader(resultsFile);
  const page = Promise.withResolvers<Page>();
  const crashed = Promise.withResolvers<string>();
  const operations = page.promise.then((it) => operationsOn(it, { root, updateMedia }));
  const pageLog: string[] = [];
  let lastSign = performance.now();
  const driver = await startDriverServer(async (call) => {
    lastSign = performance.now();
    return perform(await operations, call);
  });
  let editor: OpenEditor | undefined;
  let problem: string | null = null;
  try {
    if (scenario.simulatedDays > 0) {
      const env = { ...process.env, SWARM_ALLOCATOR_HOME: home };
      simulateDays(resolvePaths({ ...currentEnvironment(), env }), scenario.simulatedDays, 1);
    }
    editor = await tools.openEditor(scenario, folders, {
      env: {
        ...process.env,
        ...scenario.env,
        SWARM_ALLOCATOR_HOME: home,
        SWARM_TEST_DRIVER: driver.url,
        SWARM_TEST_RESULTS: resultsFile,
        SWARM_TEST_SCENARIO: scenario.name,
      },
      onPage(opened) {
        listen(opened, pageLog, crashed.resolve);
        page.resolve(opened);
      },
    });
    problem = await watchResults(results, say, Promise.race([editor.ended, crashed.promise]), () => lastSign);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const counted = countResults(results.lines);
  problem ??= counted.problem;
  if (counted.failed > 0 || problem !== null) {
    if (editor !== undefined) {
      // The page may be what has crashed: then there is no picture, and the problem says so.
      const picture = operations.then((it) => it.screenshot(`failed-scenario-${scenario.name}`)).catch(String);
      say(`  picture: ${await picture}`);
    }
    for (const line of pageLog.slice(-30)) say(`  page: ${line}`);
    const output = editor?.output().trimEnd().split("\n").slice(-10) ?? [];
    if (problem !== null) for (const line of output) say(`  editor: ${line}`);
    keepLogs(root, scenario.name, folders, say);
  }
  await driver.close();
  try {
    await editor?.stop();
  } catch (error) {
    problem ??= error instanceof Error ? error.message : String(error);
  }
  return conclude(scenario.name, counted, problem, await tools.endEngine(home), say);
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

function prepare(scenario: Scenario, base: string, extensions: string): ScenarioFolders {
  const folders = { base, workspace: join(base, "ws"), userData: join(base, "data", "data"), extensions };
  mkdirSync(join(base, "home"), { recursive: true, mode: 0o700 });
  const settings = { ...QUIET_SETTINGS, "workbench.colorTheme": scenario.theme, ...scenario.settings };
  const contents = {
    [join(folders.userData, "User", "settings.json")]: JSON.stringify(settings),
    ...Object.fromEntries(Object.entries(scenario.files).map(([file, text]) => [join(folders.workspace, file), text])),
  };
  for (const [file, text] of Object.entries(contents)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folders;
}

function listen(page: Page, log: string[], onCrash: (how: string) => void): void {
  page.on("console", (message) => {
    if (message.type() === "error" && !NOISE.test(message.text())) log.push(message.text().slice(0, 500));
  });
  page.on("pageerror", (error) => log.push(`uncaught: ${error.message}`));
  page.on("crash", () => onCrash("the page crashed"));
}

/** Logs of editor and engine outlive the scenario's folder when something failed. */
function keepLogs(root: string, name: string, folders: ScenarioFolders, say: (line: string) => void): void {
  const kept = join(root, ".cache", "failed", name);
  rmSync(kept, { recursive: true, force: true });
  for (const [from, to] of [
    [join(folders.userData, "logs"), "editor"],
    [join(folders.base, "home", "state", "log"), "engine"],
  ] as const) {
    if (existsSync(from)) cpSync(from, join(kept, to), { recursive: true });
  }
  say(`  logs: ${kept}`);
}
