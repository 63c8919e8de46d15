import { globSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Scenario, scenarioOf } from "./scenarios.ts";

const RUNNER_MANIFEST = {
  name: "test-runner",
  publisher: "tests",
  version: "0.0.0",
  engines: { vscode: "^1.105.0" },
  main: "./run.js",
  activationEvents: ["onStartupFinished"],
  extensionKind: ["workspace"],
  capabilities: { untrustedWorkspaces: { supported: true } },
};

/** Source maps count only for what is loaded after they are switched on; stacks then name test files and lines. */
const LOADER = `process.setSourceMapsEnabled(true);
module.exports = require("./tests.js");
`;

/** Test files by scenario; files whose path does not contain `filter` are left out. */
export function findTestFiles(root: string, filter: string): ReadonlyMap<Scenario, readonly string[]> {
  const found = new Map<Scenario, string[]>();
  for (const file of globSync("test/editor/**/*.test.ts", { cwd: root }).toSorted()) {
    if (!file.includes(filter)) continue;
    const scenario = scenarioOf(file);
    found.set(scenario, [...(found.get(scenario) ?? []), file]);
  }
  return found;
}

/**
 * Makes an extension of the files, which runs them when the editor activates it. It is loaded beside the extension
 * under test and not as `extensionTestsPath`, because with that the editor refuses to show modal dialogs.
 * Each file is evaluated only when its turn comes, because mocha must be ready by then.
 * @param folder becomes a folder of two extensions, this one and (by a link) the one under test: the editor takes one
 * development path only. It must lie below `root`, where mocha is found.
 */
export async function bundleTests(root: string, folder: string, files: readonly string[]): Promise<void> {
  const runner = join(folder, "runner");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(runner, { recursive: true });
  symlinkSync(root, join(folder, "product"), "junction");
  writeFileSync(join(runner, "package.json"), JSON.stringify(RUNNER_MANIFEST));
  writeFileSync(join(runner, "run.js"), LOADER);
  const list = files.map(
    (file) => `{ path: ${JSON.stringify(file)}, load: () => import(${JSON.stringify(`./${file}`)}) }`,
  );
  await esbuild.build({
    stdin: {
      contents: `import { runInEditor } from "./test/editor/harness/inEditor.ts";
export const activate = () => { void runInEditor([${list.join(", ")}]); };`,
      resolveDir: root,
      sourcefile: "run.ts",
      loader: "ts",
    },
    outfile: join(runner, "tests.js"),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
}

/** Ends the helper process of the bundler, which would live as long as the command; it must not be at work any more. */
export function endBundling(): Promise<void> {
  return esbuild.stop();
}
