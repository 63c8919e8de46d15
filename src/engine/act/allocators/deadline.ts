import type { systemTimer } from "../../common/clock.ts";
import { CodedError } from "../../common/errors.ts";
import type { Resource } from "../../protocol/allocators.ts";

/** Longest that one step of a resource may take; of agents, their own steps with the pauses between them. */
export const STEP_DEADLINE_MS: Readonly<Record<Resource, number>> = {
  agents: 20 * 60_000,
  cpu: 120_000,
  memory: 120_000,
  storage: 60_000,
  network: 10_000,
};

/**
 * Work that settles by its deadline, whether or not it listens to its signal. What comes after is dropped.
 * @throws CodedError `allocation.deadline`; the abort reason; what `work` throws
 */
export function withDeadline<T>(
  resource: Resource,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  timer: typeof systemTimer,
): Promise<T> {
  const ms = STEP_DEADLINE_MS[resource];
  return new Promise<T>((resolve, reject) => {
    const own = new AbortController();
    const stop = (reason: unknown) => {
      own.abort(reason);
      reject(reason as Error);
    };
    const onAbort = () => stop(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const due = timer(() => stop(new CodedError("allocation.deadline", { resource, seconds: ms / 1_000 })), ms);
    work(own.signal)
      .then(resolve, reject)
      .finally(() => {
        due.dispose();
        signal.removeEventListener("abort", onAbort);
      });
  });
}
