import { setTimeout as delay } from "node:timers/promises";
import { CodedError, isErrno } from "../common/errors.ts";
import type { ProcessReader } from "../ports.ts";
import type { ActionOutcome } from "../protocol/rpc.ts";
import type { Clock } from "../common/clock.ts";

const POLL_MS = 50;

export interface StopFoundParts {
  readonly processes: ProcessReader;
  readonly kill: (pid: number, signal: "SIGTERM") => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/** As the system does it. */
export function systemStop(processes: ProcessReader, clock: Clock): StopFoundParts {
  return {
    processes,
    clock,
    kill: (pid, name) => process.kill(pid, name),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
  };
}

/**
 * Asks an agent that is not ours to end: SIGTERM to that one process, never to a group and never SIGKILL, since its work
 * is not ours to cut off. The identity the operator agreed to is read again right before the signal.
 * @throws CodedError `agent.changed` (the pid means another process now), `agent.permission`
 */
export async function stopFound(
  parts: StopFoundParts,
  identity: { readonly pid: number; readonly startTime: number },
  deadlineMs: number,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { pid, startTime } = identity;
  const began = parts.clock.monotonicMs();
  const elapsed = () => Math.round(parts.clock.monotonicMs() - began);
  if (!Number.isInteger(pid) || pid <= 1 || !parts.processes.isAlive(pid, startTime))
    throw new CodedError("agent.changed", { pid });
  try {
    parts.kill(pid, "SIGTERM");
  } catch (error) {
    if (isErrno(error, "EPERM")) throw new CodedError("agent.permission", { pid }, { cause: error });
    if (!isErrno(error, "ESRCH")) throw error;
  }
  while (parts.processes.isAlive(pid, startTime)) {
    if (signal.aborted)
      return { kind: "unconfirmed", live: 1, elapsedMs: elapsed(), reason: { code: "aborted", args: {} } };
    if (elapsed() >= deadlineMs)
      return {
        kind: "unconfirmed",
        live: 1,
        elapsedMs: elapsed(),
        reason: { code: "agent.stillAlive", args: { pid, seconds: deadlineMs / 1000 } },
      };
    await parts.sleep(POLL_MS, signal).catch(() => undefined);
  }
  return { kind: "confirmed", live: 0, elapsedMs: elapsed() };
}
