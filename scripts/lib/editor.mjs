import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { nodePackageFolder } from "./node24.mjs";
import { CACHE } from "./project.mjs";
import { Failure, say, step } from "./say.mjs";

/** code-server carries VS Code 1.139.1 whole, as an npm package. */
const VERSION = "4.139.1";
const NATIVE_MODULES = ["@vscode/spdlog", "@vscode/native-watchdog", "node-pty"];

/**
 * The real editor, installed once into the cache.
 * @returns {Promise<{entry: string, server: string}>} `entry`: code-server for a person's use; `server`: the workbench's own server
 */
export async function ensureEditor(cache = CACHE) {
  const home = join(cache, `code-server-${VERSION}`);
  if (!existsSync(home)) await withLock(join(cache, "editor.lock"), () => install(cache, home));
  const root = join(home, "node_modules", "code-server");
  const entry = join(root, "out", "node", "entry.js");
  const server = join(root, "lib", "vscode", "out", "server-main.js");
  for (const file of [entry, server]) {
    if (!existsSync(file))
      throw new Failure(`The editor in ${home} is incomplete (no ${file}): delete that folder and try again.`);
  }
  return { entry, server };
}

/** Built aside and renamed when whole, so that an interrupted install is never taken for an editor. */
async function install(cache, home) {
  if (existsSync(home)) return;
  const draft = `${home}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, "package.json"), JSON.stringify({ name: "editor", private: true }));
  const headers = nodePackageFolder();
  // The headers must be those of the Node that runs the editor.
  const env = headers === null ? {} : { npm_config_nodedir: headers };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await step(`Fetching the editor (code-server ${VERSION}, once, about 600 MB)`, () =>
    npm(["install", `code-server@${VERSION}`, "--ignore-scripts", "--no-save", ...quiet], { cwd: draft, env }),
  );
  const vscode = join(draft, "node_modules", "code-server", "lib", "vscode");
  await step("Fetching the editor's own dependencies", () =>
    npm(["install", "--omit=dev", "--ignore-scripts", ...quiet], { cwd: vscode, env }),
  );
  const { code, output } = await step(`Compiling ${NATIVE_MODULES.join(", ")}`, () =>
    npm(["rebuild", ...NATIVE_MODULES, "--no-ignore-scripts", ...quiet], { cwd: vscode, env, allowFailure: true }),
  );
  // The workbench, tests and webviews run without them (only terminals and the log file do not), so a missing compiler is no stop.
  if (code !== 0)
    say(
      `  could not compile them (no compiler?): the editor has no terminal.\n${output.trimEnd().split("\n").slice(-5).join("\n")}`,
    );
  renameSync(draft, home);
}
