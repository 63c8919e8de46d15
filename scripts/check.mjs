import { join } from "node:path";
import { run as runProgram } from "./lib/child.mjs";
import { ROOT } from "./lib/project.mjs";
import { Failure, say, seconds } from "./lib/say.mjs";

const bin = (...path) => join(ROOT, "node_modules", ...path);

const CHECKS = [
  { name: "types", script: bin("typescript", "bin", "tsc"), args: ["-p", "."] },
  { name: "lint", script: bin("oxlint", "bin", "oxlint"), args: ["--deny-warnings"], fix: ["--fix"] },
  { name: "format", script: bin("oxfmt", "bin", "oxfmt"), args: ["--check"], fix: ["--write"] },
];

/** Runs every check even when one fails, shows what failed. @returns {Promise<{name: string, ok: boolean}[]>} */
export async function runChecks({ fix = false } = {}) {
  const results = [];
  for (const { name, script, args, fix: fixArgs } of CHECKS) {
    const begun = performance.now();
    const { code, output } = await runProgram(process.execPath, [script, ...((fix && fixArgs) || args)], {
      cwd: ROOT,
      allowFailure: true,
    });
    if (code !== 0) say(output.trimEnd());
    say(`${code === 0 ? "✓" : "✗"} ${name} (${seconds(begun)})`);
    results.push({ name, ok: code === 0 });
  }
  return results;
}

/** `check [--fix]` */
export async function run(args) {
  for (const arg of args) if (arg !== "--fix") throw new Failure(`check: unknown argument "${arg}" (known: --fix)`, 2);
  const results = await runChecks({ fix: args.includes("--fix") });
  return results.every(({ ok }) => ok) ? 0 : 1;
}
