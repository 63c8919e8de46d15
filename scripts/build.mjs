import { build } from "../esbuild.mjs";
import { Failure, say } from "./lib/say.mjs";

/** `build [--out DIR] [--version V] [--strict]` */
export async function run(args) {
  const options = {};
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--out") options.outDir = args[++at];
    else if (args[at] === "--version") options.version = args[++at];
    else if (args[at] === "--strict") options.strict = true;
    else throw new Failure(`build: unknown argument "${args[at]}" (known: --out DIR, --version V, --strict)`, 2);
  }
  const { version, buildId, files, skipped } = await build(options);
  for (const { file, bytes } of files) say(`  ${file.padEnd(28)} ${(bytes / 1024).toFixed(1).padStart(8)} KB`);
  for (const source of skipped) say(`  skipped, no source yet: ${source}`);
  say(`built ${version} (${buildId})`);
}
