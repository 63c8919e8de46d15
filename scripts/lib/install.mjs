import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { CACHE, ROOT } from "./project.mjs";
import { step } from "./say.mjs";

const LOCKFILE = join(ROOT, "package-lock.json");
/** npm writes it last, so its presence means a finished install. */
const INSTALLED = join(ROOT, "node_modules", ".package-lock.json");
/** Hash of the lockfile that was installed: a mere touch (git checkout) must not cost a new install. */
const STAMP = join(ROOT, "node_modules", ".installed-lockfile");

/** `npm ci --ignore-scripts` when the lockfile is newer than the installed tree. */
export async function installDependencies() {
  if (isCurrent()) return;
  await withLock(join(CACHE, "install.lock"), async () => {
    if (isCurrent()) return;
    await step("Installing dependencies (npm ci)", () =>
      npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: ROOT,
        label: "npm ci --ignore-scripts",
      }),
    );
    writeFileSync(STAMP, lockfileHash());
  });
}

function isCurrent() {
  if (!existsSync(INSTALLED)) return false;
  if (statSync(LOCKFILE).mtimeMs <= statSync(INSTALLED).mtimeMs) return true;
  if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== lockfileHash()) return false;
  const now = new Date();
  utimesSync(INSTALLED, now, now);
  return true;
}

function lockfileHash() {
  return createHash("sha256").update(readFileSync(LOCKFILE)).digest("hex");
}
