import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { platform } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { type Coded, CodedError, messageOf } from "../common/errors.ts";
import { loginEnvironment, type LoginEnvironment } from "../common/loginEnvironment.ts";
import { compareVersions } from "./version.ts";

/** `node:sqlite` without a flag, and what else the engine uses. */
export const OLDEST_NODE = "22.15.0";
const VERSION_DEADLINE_MS = 5_000;
/** A PATH may hold many `node`s; asking each costs a process. */
const MAX_CANDIDATES = 8;

export interface Runtime {
  readonly command: string;
  /** On top of the cleaned environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly notices: readonly Coded[];
}

export interface RuntimeSurroundings {
  readonly execPath: string;
  readonly versions: { readonly node: string; readonly electron?: string | undefined };
  readonly platform: NodeJS.Platform;
  /** Set inside an AppImage: its files vanish with its last window. */
  readonly appImage: string | undefined;
  readonly login: () => Promise<LoginEnvironment>;
}

export function presentSurroundings(): RuntimeSurroundings {
  return {
    execPath: process.execPath,
    versions: process.versions,
    platform: platform(),
    appImage: process.env["APPIMAGE"],
    login: loginEnvironment,
  };
}

/**
 * What runs the keeper and the engine: `swarm.nodePath`, else the first `node` that is new enough on the login PATH, else
 * what runs us (the editor as Node, or Node itself).
 * @throws CodedError `node.missing`, `node.tooOld` (with the path, the version found and the one needed)
 */
export async function findRuntime(
  nodePath: string | undefined,
  from: RuntimeSurroundings = presentSurroundings(),
): Promise<Runtime> {
  if (nodePath !== undefined && nodePath !== "") return configured(nodePath);
  const login = await from.login();
  const notices = login.notice === null ? [] : [login.notice];
  for (const candidate of nodesOnPath(login.env["PATH"] ?? "", from.platform)) {
    const version = await versionOf(candidate).catch(() => null);
    if (version !== null && compareVersions(version, OLDEST_NODE) >= 0) return { command: candidate, env: {}, notices };
  }
  return ownRuntime(from, notices);
}

async function configured(path: string): Promise<Runtime> {
  if (!isAbsolute(path)) throw new CodedError("node.missing", { path, reason: "not an absolute path" });
  let version: string;
  try {
    version = await versionOf(path);
  } catch (error) {
    throw new CodedError("node.missing", { path, reason: messageOf(error) }, { cause: error });
  }
  if (compareVersions(version, OLDEST_NODE) >= 0) return { command: path, env: {}, notices: [] };
  throw new CodedError("node.tooOld", { path, version, needed: OLDEST_NODE });
}

function ownRuntime(from: RuntimeSurroundings, notices: readonly Coded[]): Runtime {
  const { node, electron } = from.versions;
  if (compareVersions(node, OLDEST_NODE) < 0) {
    throw new CodedError("node.tooOld", { path: from.execPath, version: node, needed: OLDEST_NODE });
  }
  if (electron === undefined) return { command: from.execPath, env: {}, notices };
  const dies = from.appImage !== undefined || from.platform === "win32";
  return {
    command: from.execPath,
    env: { ELECTRON_RUN_AS_NODE: "1" },
    notices: dies ? [...notices, { code: "runtime.endsWithEditor", args: { path: from.execPath } }] : notices,
  };
}

/** Programs called `node` on a PATH, in order, each file once. Relative entries would depend on who asks. */
function nodesOnPath(path: string, os: NodeJS.Platform): readonly string[] {
  const found = new Map<string, string>();
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder) || found.size >= MAX_CANDIDATES) continue;
    const candidate = join(folder, os === "win32" ? "node.exe" : "node");
    try {
      accessSync(candidate, constants.X_OK);
      const file = realpathSync(candidate);
      if (!found.has(file)) found.set(file, candidate);
    } catch {
      // No node in this folder: look on.
    }
  }
  return [...found.values()];
}

/** Asks the program itself; one that hangs, prints anything else or is no program rejects. */
function versionOf(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" };
    const options = { timeout: VERSION_DEADLINE_MS, killSignal: "SIGKILL", maxBuffer: 4096, env } as const;
    execFile(path, ["-p", "process.versions.node"], options, (error, stdout) => {
      const version = stdout.trim();
      if (error !== null) reject(error);
      else if (/^\d+\.\d+\.\d+/.test(version)) resolve(version);
      else reject(new Error(`it does not answer like Node: ${JSON.stringify(version.slice(0, 80))}`));
    });
  });
}
