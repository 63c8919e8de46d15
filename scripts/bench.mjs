import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run as runProgram } from "./lib/child.mjs";
import { ROOT } from "./lib/project.mjs";
import { Failure, say } from "./lib/say.mjs";

const FOLDER = join(ROOT, "bench");

/** `bench [NAME…]`: runs bench/NAME.ts one after the other; each writes JSON lines to stdout, everything else to stderr. */
export async function run(names) {
  const known = existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => file.slice(0, -3))
        .toSorted()
    : [];
  for (const name of names) {
    if (!known.includes(name)) throw new Failure(`bench: no "${name}" (known: ${known.join(", ") || "none yet"})`, 2);
  }
  const failed = [];
  for (const name of names.length > 0 ? names : known) {
    say(`• bench ${name}`);
    const { code } = await runProgram(process.execPath, [...process.execArgv, join(FOLDER, `${name}.ts`)], {
      cwd: ROOT,
      show: "stdout",
      allowFailure: true,
    });
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new Failure(`bench failed: ${failed.join(", ")}`);
}
