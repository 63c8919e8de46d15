// Every command of the project starts here: `node scripts/run.mjs VERB [args]`. Plain JavaScript for Node ≥ 18 without
// dependencies, because it runs before anything is installed. It installs what the lockfile asks for, then starts
// itself again under Node 24 with that node first on the PATH.
import { installDependencies } from "./lib/install.mjs";
import { chooseNode, isChosenNode, restartUnder } from "./lib/node24.mjs";
import { whenOrphaned } from "./lib/orphan.mjs";
import { fail, Failure } from "./lib/say.mjs";

const VERBS = {
  start: { module: "./start.mjs", does: "open the real editor with the extension and the demo swarm at work" },
  test: { module: "./test.mjs", does: "check, unit, webview and editor tests; ends with `N passed, N failed`" },
  build: { module: "./build.mjs", does: "bundle everything into dist/" },
  check: { module: "./check.mjs", does: "types, lint and format (--fix formats and repairs)" },
  bench: { module: "./bench.mjs", does: "measure; one JSON object a line on stdout" },
  package: { module: "./package.mjs", does: "make the .vsix" },
  "test:desktop": { module: "./testDesktop.mjs", does: "editor tests in a downloaded VS Code (needs the internet)" },
};

async function main() {
  const [verb, ...args] = process.argv.slice(2);
  const entry = VERBS[verb];
  if (entry === undefined) {
    const list = Object.entries(VERBS).map(([name, { does }]) => `  ${name.padEnd(14)}${does}`);
    throw new Failure(
      `${verb === undefined ? "No verb given" : `Unknown verb "${verb}"`}. Verbs:\n${list.join("\n")}`,
      2,
    );
  }
  await installDependencies();
  const node = chooseNode();
  if (!isChosenNode(node)) return restartUnder(node, process.argv.slice(1));
  whenOrphaned(() => process.kill(process.pid, "SIGTERM"));
  const { run } = await import(entry.module);
  return run(args);
}

main().then(
  (code) => {
    process.exitCode = code ?? 0;
  },
  (error) => fail(error),
);
