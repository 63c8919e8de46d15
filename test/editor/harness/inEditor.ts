import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { findSourceMap } from "node:module";
import { isAbsolute } from "node:path";
import Mocha from "mocha";
import { driver } from "./driver.ts";
import type { ResultLine } from "./results.ts";

/** One test file of the scenario; loading it declares its tests. */
export interface TestFile {
  readonly path: string;
  readonly load: () => Promise<unknown>;
}

const TEST_TIMEOUT_MS = 60_000;

/**
 * Called inside the extension host by the bundle's `activate`. Results leave through the file named by
 * `SWARM_TEST_RESULTS`; it never rejects.
 */
export async function runInEditor(files: readonly TestFile[]): Promise<void> {
  const before = existsSync(resultsFile()) ? readFileSync(resultsFile(), "utf8") : "";
  if (before !== "") return report({ event: "restarted" });
  const mocha = new Mocha({
    ui: "bdd",
    timeout: TEST_TIMEOUT_MS,
    // A machine that others use may stand still at any moment. What failed the first time is told.
    retries: 1,
    reporter: FileReporter,
    // A `.only` left behind would hide all other tests.
    forbidOnly: true,
    rootHooks: {
      async afterEach(this: Mocha.Context) {
        // One that is to be tried again has no state yet.
        const ended = this.currentTest;
        if (ended === undefined || ended.state === "passed" || ended.isPending()) return;
        await driver.screenshot(`failed ${ended.fullTitle()}`);
        // What it left open must not make the next ones fail too.
        await driver.closeOverlays();
      },
    },
  });
  for (const { path, load } of files) {
    mocha.suite.emit("pre-require", globalThis, path, mocha);
    try {
      await load();
    } catch (error) {
      report({ event: "fail", title: `${path} loads`, ...described(error) });
    }
  }
  await new Promise((resolve) => mocha.run(resolve));
  report({ event: "end" });
}

class FileReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner) {
    super(runner);
    report({ event: "start", total: runner.total, pid: process.pid });
    runner.on("test", (test) => report({ event: "begin", title: test.fullTitle() }));
    runner.on("pass", (test) => report({ event: "pass", title: test.fullTitle(), ms: test.duration ?? 0 }));
    runner.on("fail", (test, error: unknown) =>
      report({ event: "fail", title: test.fullTitle(), ...described(error) }),
    );
    runner.on("retry", (test, error: unknown) =>
      report({ event: "again", title: test.fullTitle(), ...described(error) }),
    );
    runner.on("pending", (test) => report({ event: "skip", title: test.fullTitle() }));
  }
}

function described(error: unknown): { message: string; stack: string } {
  if (!(error instanceof Error)) return { message: String(error), stack: "" };
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : "";
  return { message: error.message, stack: inSources(`${error.stack ?? ""}${cause}`) };
}

/** Stack positions in the bundle become those of the test files; the extension host itself does not map them. */
function inSources(stack: string): string {
  return stack.replaceAll(/([^\s(]+tests\.js):(\d+):(\d+)/g, (position, file: string, line: string, column: string) => {
    const path = isAbsolute(file) ? file : __filename;
    const origin = findSourceMap(path)?.findOrigin(Number(line), Number(column));
    return origin !== undefined && "fileName" in origin
      ? `${origin.fileName.replace(/^.*?(?=test\/editor\/)/, "")}:${origin.lineNumber}:${origin.columnNumber}`
      : position;
  });
}

function report(line: ResultLine): void {
  appendFileSync(resultsFile(), `${JSON.stringify(line)}\n`);
}

function resultsFile(): string {
  const file = process.env["SWARM_TEST_RESULTS"];
  if (file === undefined) throw new Error("SWARM_TEST_RESULTS is not set: editor tests run by `npm test -- editor`");
  return file;
}
