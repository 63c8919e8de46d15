import { setTimeout as delay } from "node:timers/promises";
import { CodedError } from "../../engine/common/errors.ts";

/** Waits; ends early when the signal is aborted. @throws CodedError `aborted` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw new CodedError("aborted", {}, { cause: error });
  }
}

/**
 * The outcome of a promise, or the refusal when its time is over or nobody waits any more. What it still does then is its own
 * affair; that it fails is not lost on anybody.
 * @throws CodedError `aborted`, or what `late` makes
 */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal,
  late: () => CodedError,
): Promise<T> {
  promise.catch(() => undefined);
  if (signal.aborted) throw new CodedError("aborted");
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(late()), ms);
        onAbort = () => reject(new CodedError("aborted"));
        signal.addEventListener("abort", onAbort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
