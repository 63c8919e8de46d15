import { CodedError } from "./errors.ts";

/**
 * Settles as the work does, or fails as soon as the signal says so; the work itself goes on for whoever else waits for it.
 * Leaves no listener behind: on a signal that lives as long as the process, each would stay for ever.
 * @param failure what it fails with; `aborted` without
 */
export async function orAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  failure: () => Error = () => new CodedError("aborted", {}),
): Promise<T> {
  if (signal.aborted) {
    // Nobody waits for it here, and what it fails with is not lost on the process.
    work.catch(() => undefined);
    throw failure();
  }
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(failure());
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
