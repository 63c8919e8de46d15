import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Git-ignored: editor, browser, results. Safe to delete; the commands build it again. */
export const CACHE = join(ROOT, ".cache");

export const DIST = join(ROOT, "dist");

export function manifest() {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
}
