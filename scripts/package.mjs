import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "../esbuild.mjs";
import { run as runProgram } from "./lib/child.mjs";
import { manifest, ROOT } from "./lib/project.mjs";
import { Failure, say } from "./lib/say.mjs";

/**
 * Builds and packs.
 * @param options `out`: where the VSIX goes; `strict`: refuse when an entry has no source yet
 * @returns {Promise<string>} path of the VSIX
 */
export async function makeVsix({ out, strict = false } = {}) {
  const { name, version } = manifest();
  const file = resolve(ROOT, out ?? `${name}-${version}.vsix`);
  mkdirSync(dirname(file), { recursive: true });
  const { skipped } = await build({ strict });
  for (const source of skipped) say(`  skipped, no source yet: ${source}`);
  const vsce = join(ROOT, "node_modules", "@vscode", "vsce", "vsce");
  const args = [
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
    "--out",
    file,
  ];
  await runProgram(process.execPath, [vsce, ...args], { cwd: ROOT, label: "vsce package" });
  if (!existsSync(file)) throw new Failure(`vsce ended without an error, but ${file} is not there`);
  return file;
}

/** `package [--out FILE] [--allow-missing]` */
export async function run(args) {
  const options = { strict: true };
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--out") options.out = args[++at];
    else if (args[at] === "--allow-missing") options.strict = false;
    else throw new Failure(`package: unknown argument "${args[at]}" (known: --out FILE, --allow-missing)`, 2);
  }
  const file = await makeVsix(options);
  say(`${file} (${(statSync(file).size / 1024).toFixed(0)} KB)`);
}
