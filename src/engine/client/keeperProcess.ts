import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Coded, CodedError, isErrno, messageOf } from "../common/errors.ts";
import { belongsToEditor } from "../common/loginEnvironment.ts";
import type { Paths } from "../common/paths.ts";
import { readStartTime } from "../common/processIdentity.ts";
import { type Kill, sendSignal } from "../common/sendSignal.ts";
import { type KeeperStatus, keeperStatus } from "../protocol/files.ts";
import { SPAWN_ID_VARIABLE } from "../protocol/spawnId.ts";
import type { InstalledBuild } from "./install.ts";
import type { Runtime } from "./runtime.ts";

/** A keeper prints little; the log is cut at the next start, and the one before it kept. */
const MAX_LOG_BYTES = 1024 * 1024;
const LOG_TAIL_BYTES = 2048;

export function keeperLogPath(paths: Pick<Paths, "logs">): string {
  return join(paths.logs, "keeper.log");
}

/** How a keeper we have started goes on, as far as its parent can see. */
export type SpawnedKeeper =
  | { readonly kind: "running" }
  /** Ended by itself: another keeper has the lock. */
  | { readonly kind: "lost" }
  | { readonly kind: "died"; readonly reason: Coded };

/**
 * Starts a keeper that outlives us: a session of its own, no pipe to us, an environment without the editor's.
 * @returns a look at its state, which changes when it ends
 * @throws CodedError `state.unwritable` when its log cannot be opened
 */
export function spawnKeeper(
  paths: Pick<Paths, "state" | "logs">,
  build: InstalledBuild,
  runtime: Runtime,
): () => SpawnedKeeper {
  const log = openLog(keeperLogPath(paths));
  let state: SpawnedKeeper = { kind: "running" };
  try {
    const child = spawn(runtime.command, [join(build.path, "keeper.js"), build.folder], {
      cwd: paths.state,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", log.file, log.file],
      env: { ...keeperEnvironment(process.env), ...runtime.env },
    });
    child.on("error", (error) => {
      state = {
        kind: "died",
        reason: { code: "keeper.died", args: { command: runtime.command, detail: error.message, log: log.path } },
      };
    });
    child.on("exit", (code, signal) => {
      if (state.kind !== "running") return;
      const detail = code === 0 ? "" : tailOf(log.path, log.offset);
      state =
        code === 0
          ? { kind: "lost" }
          : {
              kind: "died",
              reason: {
                code: "keeper.died",
                args: { command: runtime.command, exitCode: code, signal, detail, log: log.path },
              },
            };
    });
    child.unref();
  } finally {
    closeSync(log.file);
  }
  return () => state;
}

/**
 * What the keeper, and through it the engine, inherits. Without the channel of a parent that forked us, and without a
 * spawn id: a client that an agent runs would otherwise start a keeper that looks like that agent's child.
 */
export function keeperEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    const foreign = belongsToEditor(name) || /^NODE_(?:CHANNEL_|UNIQUE_ID$)/.test(name) || name === SPAWN_ID_VARIABLE;
    if (value !== undefined && !foreign) env[name] = value;
  }
  return env;
}

/** `keeper.json` as it stands; `version` changes whenever the keeper writes it again. */
export interface SeenStatus {
  readonly status: KeeperStatus;
  readonly version: string;
}

export function readKeeperStatus(path: string): SeenStatus | null {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const facts = fstatSync(file, { bigint: true });
    const parsed = keeperStatus.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? { status: parsed.data, version: `${facts.ino} ${facts.mtimeNs}` } : null;
  } catch {
    // No keeper has run yet, or its file is not readable: then it tells nothing, and the start goes on without it.
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Whether that very keeper lives: pid and start time. Where the system does not tell start times: not known, so `false`. */
export function keeperLives(status: KeeperStatus): boolean {
  return status.pid > 1 && status.startTime !== null && readStartTime(status.pid) === status.startTime;
}

/** Asks a keeper that has stopped restarting to try once more. @returns false when it is not there (any more) */
export function askOnceMore(status: KeeperStatus, kill: Kill = process.kill): boolean {
  if (!keeperLives(status)) return false;
  return sendSignal(kill, { pid: status.pid, wholeGroup: false }, "SIGUSR2");
}

function openLog(path: string): { readonly path: string; readonly file: number; readonly offset: number } {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch (error) {
    // Another client has moved it in the same moment.
    if (!isErrno(error, "ENOENT"))
      throw new CodedError("state.unwritable", { path, reason: messageOf(error) }, { cause: error });
  }
  try {
    const file = openSync(path, "a", 0o600);
    return { path, file, offset: fstatSync(file).size };
  } catch (error) {
    throw new CodedError("state.unwritable", { path, reason: messageOf(error) }, { cause: error });
  }
}

/** The end of what was logged since `offset`. */
function tailOf(path: string, offset: number): string {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const end = fstatSync(file).size;
    const start = Math.max(offset, end - LOG_TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, end - start));
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, start)).trim();
  } catch (error) {
    return `(${path} cannot be read: ${messageOf(error)})`;
  } finally {
    if (file !== null) closeSync(file);
  }
}
