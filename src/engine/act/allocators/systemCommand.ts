import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { CodedError, isErrno } from "../../common/errors.ts";
import { cleanText } from "../../common/text.ts";

/** Runs a small command of the system to its end. @throws CodedError `allocation.commandFailed`, `allocation.commandHung`; the abort reason */
export type RunCommand = (command: string, args: readonly string[], signal: AbortSignal) => Promise<string>;

/** `ionice` and `prlimit` take milliseconds; one that does not end is stuck on the process it was asked about. */
const DEADLINE_MS = 5_000;
const MOST_OUTPUT_BYTES = 64 << 10;

/** No shell, an environment of nothing but the language its output is read in. */
export const runCommand: RunCommand = (command, args, signal) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const options = {
      timeout: DEADLINE_MS,
      killSignal: "SIGKILL",
      maxBuffer: MOST_OUTPUT_BYTES,
      signal,
      env: { LC_ALL: "C" },
    } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason as Error);
      if (error.killed === true)
        return reject(new CodedError("allocation.commandHung", { command, seconds: DEADLINE_MS / 1_000 }));
      const reason = isErrno(error, "ENOENT") ? "not there" : cleanText(stderr.trim() || error.message, 200);
      reject(new CodedError("allocation.commandFailed", { command, reason }, { cause: error }));
    });
  });

/** Where a command is, as an absolute path; `null` when it is not. Only in the system's own folders, never where an agent may write. */
export function findCommand(name: string, folders = "/usr/bin:/bin:/usr/sbin:/sbin"): string | null {
  for (const folder of folders.split(":")) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this one: the next.
    }
  }
  return null;
}
