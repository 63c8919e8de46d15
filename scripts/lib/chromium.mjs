import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { npm, run } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { CACHE } from "./project.mjs";
import { say, step } from "./say.mjs";

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const NPM_PACKAGE = "@sparticuz/chromium";
const NPM_VERSION = "153.0.0";

/**
 * A browser for the tests: `SWARM_CHROMIUM`, else the system's, else Debian's (installed, as root), else a pinned one from npm.
 * `SWARM_CHROMIUM=npm` asks for that last one.
 * @returns {Promise<string | null>} the executable; `null` when there is none, which has been said
 */
export async function ensureChromium(cache = CACHE) {
  const asked = process.env.SWARM_CHROMIUM;
  if (asked !== "npm") {
    const present = [asked, ...SYSTEM].find((path) => path !== undefined && path !== "" && existsSync(path));
    if (present !== undefined) return present;
    if (await installDebian()) return SYSTEM[0];
  }
  try {
    return await fromNpm(cache);
  } catch (error) {
    say(`  no Chromium from npm: ${error.message}`);
    say("  skipped, install chromium: tests in the browser and in the editor need it");
    return null;
  }
}

async function installDebian() {
  const root = typeof process.getuid === "function" && process.getuid() === 0;
  if (!root || spawnSync("apt-get", ["--version"]).status !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return step("Installing Chromium (apt-get install chromium)", async () => {
    await run("apt-get", ["update", "-q"], { env, allowFailure: true });
    const { code, output } = await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], {
      env,
      allowFailure: true,
    });
    if (code !== 0) say(`  apt-get failed:\n${output.trimEnd().split("\n").slice(-5).join("\n")}`);
    return code === 0 && existsSync(SYSTEM[0]);
  });
}

/** The package holds a compressed browser and its libraries for a bare machine; both are unpacked into the cache. */
async function fromNpm(cache) {
  const home = join(cache, `chromium-${NPM_VERSION}`);
  const executable = join(home, "unpacked", "chromium");
  await withLock(join(cache, "chromium.lock"), async () => {
    if (existsSync(executable)) return;
    const draft = `${home}.partial`;
    rmSync(home, { recursive: true, force: true });
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(join(draft, "unpacked"), { recursive: true });
    writeFileSync(join(draft, "package.json"), JSON.stringify({ name: "browser", private: true }));
    await step(`Fetching Chromium (${NPM_PACKAGE} ${NPM_VERSION}, once)`, async () => {
      await npm(
        [
          "install",
          `${NPM_PACKAGE}@${NPM_VERSION}`,
          "--ignore-scripts",
          "--no-save",
          "--no-audit",
          "--no-fund",
          "--loglevel=error",
        ],
        { cwd: draft },
      );
      // It unpacks into the temporary folder, wherever that is.
      const module = pathToFileURL(join(draft, "node_modules", NPM_PACKAGE, "build", "index.js")).href;
      const code = `import(${JSON.stringify(module)}).then(({ default: it }) => it.executablePath()).then(console.log)`;
      await run(process.execPath, ["-e", code], { env: { ...process.env, TMPDIR: join(draft, "unpacked") } });
      if (!existsSync(join(draft, "unpacked", "chromium"))) {
        throw new Error(
          `it unpacked no browser (found: ${readdirSync(join(draft, "unpacked")).join(", ") || "nothing"})`,
        );
      }
    });
    renameSync(draft, home);
  });
  return executable;
}
