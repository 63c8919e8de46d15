import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { whenOrphaned } from "./orphan.mjs";
import { ROOT } from "./project.mjs";
import { Failure } from "./say.mjs";

const MINIMUM = [22, 15];
/** From here on Node strips types without being asked. */
const STRIPS_TYPES = [22, 18];
/** Sources are TypeScript modules without a `type` field (the bundles beside them are CommonJS): Node would say so each time. */
const QUIET = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON";

/** The folder of the npm package that is Node 24 (binary and headers); `null` when this platform has none. */
export function nodePackageFolder() {
  const os = process.platform === "win32" ? "win" : process.platform;
  const folder = join(ROOT, "node_modules", `node-${os}-${process.arch}`);
  return existsSync(folder) ? folder : null;
}

/** @returns {{path: string, version: number[]}} */
export function chooseNode() {
  const folder = nodePackageFolder();
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (const path of folder === null ? [] : [join(folder, "bin", name), join(folder, name)]) {
    if (existsSync(path)) return { path: realpathSync(path), version: [24, 0] };
  }
  for (const path of [process.execPath, "node"]) {
    const version = versionOf(path);
    if (version !== null && !older(version, MINIMUM)) return { path, version };
  }
  throw new Failure(
    `Node ${MINIMUM.join(".")} or newer is needed; this is ${process.version}, and npm has no Node 24 package for ` +
      `${process.platform}-${process.arch}. Install Node 24 and run the command again.`,
  );
}

export function isChosenNode({ path }) {
  return realpathSync(process.execPath) === path && process.execArgv.includes(QUIET);
}

/** Starts this command again under `node`; signals are handed on, and its exit code is ours. */
export function restartUnder({ path, version }, argv) {
  const flags = [QUIET];
  if (older(version, STRIPS_TYPES)) flags.push("--experimental-strip-types", "--disable-warning=ExperimentalWarning");
  const env = { ...process.env };
  // Windows spells it `Path`; a second spelling beside it would win or lose at random.
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[key] = [dirname(path), env[key]].filter(Boolean).join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(path, [...flags, ...argv], { stdio: "inherit", env });
    // Ctrl-C reaches the child by itself (same terminal group): here it only must not end us first.
    process.on("SIGINT", () => {});
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    whenOrphaned(() => child.kill("SIGTERM"));
    child.on("error", (error) => reject(new Failure(`Could not start ${path}: ${error.message}`)));
    child.on("exit", (code, signal) => resolve(signal === null ? code : 1));
  });
}

function versionOf(path) {
  const answer = path === process.execPath ? process.version : spawnSync(path, ["--version"]).stdout?.toString();
  const match = /^v(\d+)\.(\d+)/.exec(answer ?? "");
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

function older([major, minor], [wantedMajor, wantedMinor]) {
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
