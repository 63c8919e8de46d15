import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { CACHE } from "./project.mjs";
import { say, step } from "./say.mjs";

/** The two that the provider is tested against: one of each dialect. The older does not start without its optional parts. */
const RELEASES = [
  { version: "2.7.47", flags: [], size: "450 MB" },
  { version: "3.43.0", flags: ["--omit=optional"], size: "120 MB" },
];

/** Programs of hundreds of megabytes that it depends on and that no test runs: an empty package takes their place. */
const LEFT_OUT = ["@anthropic-ai/claude-code", "onnxruntime-node", "node-pty"];
const EMPTY = "nothing";

/**
 * The real packages, installed once into the cache and never a dependency of the project. What cannot be had is said in one
 * line, and the tests that need it are skipped.
 */
export async function ensureClaudeFlow(cache = CACHE) {
  for (const release of RELEASES) {
    const { version } = release;
    const home = join(cache, `claude-flow-${version}`);
    if (existsSync(home)) continue;
    try {
      await withLock(join(cache, "claude-flow.lock"), () => install(release, home));
    } catch (error) {
      say(`  claude-flow ${version} could not be installed, so its tests are skipped: ${firstLine(error)}`);
    }
  }
}

/** Built aside and renamed when whole, so that an interrupted install is never taken for one. */
async function install({ version, flags, size }, home) {
  if (existsSync(home)) return;
  const draft = `${home}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  mkdirSync(join(draft, EMPTY));
  writeFileSync(join(draft, EMPTY, "package.json"), JSON.stringify({ name: EMPTY, version: "1.0.0" }));
  const overrides = Object.fromEntries(LEFT_OUT.map((name) => [name, `file:./${EMPTY}`]));
  writeFileSync(join(draft, "package.json"), JSON.stringify({ name: "orchestrator", private: true, overrides }));
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", ...flags];
  await step(`Fetching claude-flow ${version} for its tests (once, ${size})`, () =>
    npm(["install", `claude-flow@${version}`, "--ignore-scripts", "--no-save", ...quiet], { cwd: draft }),
  );
  leaveOut(join(draft, "node_modules"));
  renameSync(draft, home);
}

/** Half of its 40,000 files are types, maps and prose, which nothing reads and every look through this folder would walk. */
function leaveOut(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && /\.(?:[cm]?ts|map|md)$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
}

function firstLine(error) {
  return String(error?.message ?? error).split("\n")[0];
}
