import { homedir, hostname, userInfo } from "node:os";
import type { Paths } from "./common/paths.ts";
import type { PrivateNames } from "./diagnostics.ts";
import type { Diagnostics } from "./protocol/rpc.ts";

/** What this process runs on. */
export function runtimeFacts(startedAtMs: number, nowMs: number): Diagnostics["runtime"] {
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    sqlite: process.versions["sqlite"] ?? "unknown",
    uptimeSeconds: Math.max(0, Math.round((nowMs - startedAtMs) / 1000)),
  };
}

/** What must not leave the machine in a report. */
export function privateNames(paths: Paths): PrivateNames {
  return {
    home: homedir(),
    user: userName(),
    hostname: hostname(),
    stateFolder: paths.state,
    runtimeFolder: paths.runtime,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry (containers): there is no name to hide.
    return "";
  }
}
