import { CodedError, isErrno } from "./errors.ts";

/** As `process.kill`; injected so that tests can count what would have been sent, and to whom. */
export type Kill = (pid: number, signal: NodeJS.Signals) => unknown;

/**
 * The one place where a signal leaves this program. `kill(0)` and `kill(-0)` would hit our own group, `kill(-1)` every
 * process of the user, `kill(1)` the init process; `undefined` is the pid of a failed spawn.
 *
 * The caller has verified start time and boot id in the same turn of the loop.
 * @returns false when nothing was there any more
 * @throws RangeError for a pid that is not an integer > 1; CodedError `signal.refused` when the system forbids it
 */
export function sendSignal(
  kill: Kill,
  target: { readonly pid: number | null | undefined; readonly wholeGroup: boolean },
  signal: NodeJS.Signals,
): boolean {
  const { pid, wholeGroup } = target;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 1) {
    throw new RangeError(`pid must be an integer > 1 to be signalled, got ${String(pid)}`);
  }
  try {
    kill(wholeGroup ? -pid : pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    if (isErrno(error, "EPERM")) throw new CodedError("signal.refused", { pid, signal }, { cause: error });
    throw error;
  }
}
