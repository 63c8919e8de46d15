import { join } from "node:path";
import { build } from "../esbuild.mjs";
import { endEngine, killEngine } from "./lib/engine.mjs";
import { CACHE, ROOT } from "./lib/project.mjs";
import { Failure, say, step } from "./lib/say.mjs";

/** `test:desktop [FILTER]`: the editor tests in the newest VS Code, downloaded by @vscode/test-electron. */
export async function run(args) {
  if (args.length > 1 || args[0]?.startsWith("--")) throw new Failure("Usage: test:desktop [FILTER]", 2);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));
  const { downloadAndUnzipVSCode } = await import("@vscode/test-electron");
  let executable;
  try {
    executable = await step("Fetching VS Code", () =>
      downloadAndUnzipVSCode({ cachePath: join(CACHE, "vscode-test") }),
    );
  } catch (error) {
    throw new Failure(
      `VS Code could not be downloaded (${error.message}). This command needs the internet; npm test does not.`,
    );
  }
  await step("Building", () => build());
  const { runOnDesktop } = await import("../test/editor/harness/run.ts");
  const tools = { root: ROOT, executable, updateMedia: false, say, endEngine, killEngine };
  const { passed, failed } = await runOnDesktop(tools, args[0] ?? "");
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
