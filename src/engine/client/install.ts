import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, isErrno, messageOf } from "../common/errors.ts";
import type { Paths } from "../common/paths.ts";

/** What the keeper cannot do without. */
const REQUIRED = ["engine.js", "keeper.js"] as const;
/** Parts of the installation that only the editor or the user runs. */
export const NOT_FOR_THE_ENGINE: ReadonlySet<string> = new Set([
  "extension.js",
  "words.js",
  "agentTools.js",
  "commands.js",
  "pages.js",
  "rememberedProfile.js",
  "rows.js",
  "cli.js",
  "mcp.js",
]);
const RUNNABLE = /\.(?:js|json|wasm)$/;
/** The bundles are CommonJS; without this file a `package.json` further up could say otherwise. */
const PACKAGE_FILE = { name: "package.json", content: Buffer.from('{"type":"commonjs"}\n') };

interface BundleFile {
  readonly name: string;
  readonly content: Buffer;
}

/** An installed build: the name of its folder below `<state>/engine`, and the folder. */
export interface InstalledBuild {
  readonly folder: string;
  readonly path: string;
}

/**
 * Copies the engine's files to `<state>/engine/<version>-<hash of the files>` and returns that folder; the editor deletes
 * old extension folders, so nothing that has to outlive it may run from there. A folder that is there already is used
 * when its content is what its name says, and replaced when not (a copy cut short by a power failure).
 *
 * @throws CodedError `install.incomplete` when a file is missing from the installation, `state.unwritable`
 */
export async function installBuild(
  paths: Pick<Paths, "engines">,
  distFolder: string,
  version: string,
  onCopy: () => void,
): Promise<InstalledBuild> {
  const files = await readBundle(distFolder);
  const folder = `${version.replace(/[^A-Za-z0-9.+-]/g, "-")}-${hashOf(files)}`;
  const path = join(paths.engines, folder);
  if (await holds(path, files)) return { folder, path };
  onCopy();
  const temporary = join(paths.engines, `tmp-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    for (const { name, content } of files)
      await writeFile(join(temporary, name), content, { mode: 0o600, flush: true });
    await moveIntoPlace(temporary, path, files);
  } catch (error) {
    throw new CodedError("state.unwritable", { path: paths.engines, reason: messageOf(error) }, { cause: error });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return { folder, path };
}

/** Only files of the top folder: pages of webviews lie in folders of their own and are the editor's. */
async function readBundle(distFolder: string): Promise<readonly BundleFile[]> {
  let names: string[];
  try {
    names = (await readdir(distFolder, { withFileTypes: true }))
      .filter((entry) => entry.isFile() && RUNNABLE.test(entry.name) && !NOT_FOR_THE_ENGINE.has(entry.name))
      .map((entry) => entry.name)
      .filter((name) => name !== PACKAGE_FILE.name)
      .toSorted();
  } catch (error) {
    throw new CodedError("install.incomplete", { path: distFolder, missing: messageOf(error) }, { cause: error });
  }
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new CodedError("install.incomplete", { path: distFolder, missing: missing.join(", ") });
  }
  const files: BundleFile[] = [PACKAGE_FILE];
  for (const name of names) files.push({ name, content: await readFile(join(distFolder, name)) });
  return files;
}

function hashOf(files: readonly BundleFile[]): string {
  const hash = createHash("sha256");
  for (const { name, content } of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest("hex").slice(0, 12);
}

async function holds(path: string, files: readonly BundleFile[]): Promise<boolean> {
  for (const { name, content } of files) {
    try {
      if (!content.equals(await readFile(join(path, name)))) return false;
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
      throw new CodedError("state.unwritable", { path, reason: messageOf(error) }, { cause: error });
    }
  }
  return true;
}

/** Another client may be doing the same: whoever renames first wins, and both have the same content. */
async function moveIntoPlace(temporary: string, path: string, files: readonly BundleFile[]): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    if (!isErrno(error, "ENOTEMPTY", "EEXIST", "EPERM")) throw error;
    if (await holds(path, files)) return;
    const damaged = `${temporary}-damaged`;
    await rename(path, damaged);
    await rename(temporary, path);
    await rm(damaged, { recursive: true, force: true });
  }
}
