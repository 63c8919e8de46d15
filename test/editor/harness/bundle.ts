import { globSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Scenario, scenarioOf } from "./scenarios.ts";

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
 * Makes one module of the files, whose `run` the editor calls. Each file is evaluated only when `run` loads it,
 * because mocha must be ready by then.
 * @returns the module's path
 */
export async function bundleTests(root: string, scenario: string, files: readonly string[]): Promise<string> {
  const outfile = join(root, ".cache", "editor-tests", `${scenario}.js`);
  const list = files.map(
    (file) => `{ path: ${JSON.stringify(file)}, load: () => import(${JSON.stringify(`./${file}`)}) }`,
  );
  await esbuild.build({
    stdin: {
      contents: `import { runInEditor } from "./test/editor/harness/inEditor.ts";
export const run = () => runInEditor([${list.join(", ")}]);`,
      resolveDir: root,
      sourcefile: "run.ts",
      loader: "ts",
    },
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}
