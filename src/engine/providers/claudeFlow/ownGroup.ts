import { setTimeout as delay } from "node:timers/promises";
import { listPids, procAvailable, readEnvironmentVariable, readProcessStat } from "../../common/processIdentity.ts";
import { type Kill, sendSignal } from "../../common/sendSignal.ts";
import { SPAWN_ID_VARIABLE } from "../../protocol/spawnId.ts";

/** From the end of its stdin to SIGTERM, and from there to SIGKILL: both within what the engine's own end waits for (3 s). */
const LEAVE_MS = 500;
const GRACE_MS = 1_500;
const LOOK_MS = 50;

/** What is alive of what was started with this id: the process and all that it has started, wherever it has moved itself. */
export function aliveOf(spawnId: string): readonly number[] {
  return listPids().filter((pid) => {
    const state = readProcessStat(pid)?.state;
    return state !== undefined && state !== "Z" && readEnvironmentVariable(pid, SPAWN_ID_VARIABLE) === spawnId;
  });
}

/**
 * Sends a signal to all that was started with this id. Each is identified just before by the mark that only we give; where
 * there is no `/proc`, the process alone, as long as it is our own child and has not ended.
 */
export function signalGroup(
  spawnId: string,
  child: { readonly pid: number | undefined; readonly ended: boolean },
  name: NodeJS.Signals,
  kill: Kill = (pid, signal) => process.kill(pid, signal),
): void {
  const pids = procAvailable ? aliveOf(spawnId) : child.ended || child.pid === undefined ? [] : [child.pid];
  for (const pid of pids) {
    try {
      sendSignal(kill, { pid, wholeGroup: false }, name);
    } catch {
      // Not ours to signal any more; the sweep at the next start tells what is left.
    }
  }
}

/** After its stdin was closed: waits, SIGTERM, waits, SIGKILL. Resolves when nothing of it is alive, or cannot be ended. */
export async function endGroup(
  spawnId: string,
  child: { readonly pid: number | undefined; readonly ended: boolean },
): Promise<void> {
  const isLeft = (): boolean => (procAvailable ? aliveOf(spawnId).length > 0 : !child.ended);
  for (const [name, waitMs] of [
    [null, LEAVE_MS],
    ["SIGTERM", GRACE_MS],
    ["SIGKILL", GRACE_MS],
  ] as const) {
    if (name !== null) signalGroup(spawnId, child, name);
    for (let waited = 0; waited < waitMs && isLeft(); waited += LOOK_MS) await delay(LOOK_MS);
    if (!isLeft()) return;
  }
}
