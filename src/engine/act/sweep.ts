import { setTimeout as delay } from "node:timers/promises";
import { type Coded, toCoded } from "../common/errors.ts";
import {
  listPids,
  procAvailable,
  readEnvironmentVariable,
  readMachineIdentity,
  readProcessStat,
} from "../common/processIdentity.ts";
import { type Kill, sendSignal } from "../common/sendSignal.ts";
import { SPAWN_ID_VARIABLE } from "../protocol/spawnId.ts";

/** What the sweep knows of one process. */
export interface MarkedProcess {
  readonly pid: number;
  readonly startTime: number;
  readonly parentPid: number;
  readonly processGroup: number;
  readonly state: string;
  /** `SWARM_SPAWN_ID` it was started with; `null` when it has none or may not be read. */
  readonly spawnId: string | null;
}

/** An agent that the keeper holds and whose process lives. */
export interface LivingAgent {
  readonly spawnId: string;
  readonly pid: number;
  readonly startTime: number | null;
}

export interface SweepScope {
  readonly installationId: string;
  readonly living: readonly LivingAgent[];
  /** The engine itself. Neither it nor anything above it (keeper, editor, shell) is ever an orphan. */
  readonly selfPid: number;
}

/**
 * Which processes are orphans: marked by this installation, and neither
 * 1. started by an agent that lives (same spawn id, wherever it has moved itself), nor
 * 2. in the tree or the process group of one, nor
 * 3. the engine, its ancestors, or anything the engine itself started.
 * Pure.
 */
export function planSweep(table: readonly MarkedProcess[], scope: SweepScope): MarkedProcess[] {
  const byPid = new Map(table.map((row) => [row.pid, row]));
  const living = scope.living.filter(({ pid, startTime }) => {
    const row = byPid.get(pid);
    return row !== undefined && row.state !== "Z" && (startTime === null || row.startTime === startTime);
  });
  const livingIds = new Set(living.map(({ spawnId }) => spawnId));
  const livingPids = new Set(living.map(({ pid }) => pid));
  const above = new Set<number>();
  for (let pid = scope.selfPid; pid > 0 && !above.has(pid); pid = byPid.get(pid)?.parentPid ?? 0) above.add(pid);

  return table.filter((row) => {
    if (row.pid <= 1 || row.state === "Z" || row.spawnId === null) return false;
    // The id of an installation may hold dots, the uuid after the last one does not.
    if (row.spawnId.slice(0, row.spawnId.lastIndexOf(".")) !== scope.installationId) return false;
    if (livingIds.has(row.spawnId) || livingPids.has(row.processGroup) || above.has(row.pid)) return false;
    const seen = new Set<number>();
    for (let pid = row.pid; pid > 1 && !seen.has(pid); pid = byPid.get(pid)?.parentPid ?? 0) {
      if (livingPids.has(pid) || pid === scope.selfPid) return false;
      seen.add(pid);
    }
    return true;
  });
}

/** What the sweep needs of the system; injected in tests. */
export interface SweepSystem {
  /** Every process once, with its mark. */
  table(): readonly MarkedProcess[];
  /** The boot and one process of it, read now; `null` when it is gone. */
  look(pid: number): { readonly startTime: number; readonly state: string; readonly spawnId: string | null } | null;
  bootId(): string;
  readonly kill: Kill;
  /** Waits; rejects when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface SweepTimes {
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** From SIGKILL until it counts as impossible (a process in an uninterruptible disk wait). */
  readonly killWaitMs: number;
  readonly pollMs: number;
}

export const defaultSweepTimes: SweepTimes = { graceMs: 3_000, killWaitMs: 2_000, pollMs: 50 };

export interface SweepResult {
  /** False where processes cannot be identified (no /proc): nothing was looked for. */
  readonly supported: boolean;
  readonly ended: readonly MarkedProcess[];
  /** Still there, and why: `signal.refused`, `sweep.survived`. */
  readonly left: readonly { readonly process: MarkedProcess; readonly reason: Coded }[];
}

/**
 * Ends the orphans of this installation: SIGTERM, grace, SIGKILL. Each is verified again just before every signal.
 * The environments are read once; a process forked during the sweep is found by the next one, so callers repeat while
 * something was ended.
 * @throws the abort reason when `signal` is aborted between the steps
 */
export async function sweepOrphans(
  scope: SweepScope,
  signal: AbortSignal,
  times: SweepTimes = defaultSweepTimes,
  system: SweepSystem | null = linuxSystem(),
): Promise<SweepResult> {
  if (system === null) return { supported: false, ended: [], left: [] };
  const bootId = system.bootId();
  const refused = new Map<MarkedProcess, Coded>();
  const isStill = (orphan: MarkedProcess): boolean => {
    const now = system.look(orphan.pid);
    return (
      now !== null &&
      now.state !== "Z" &&
      now.startTime === orphan.startTime &&
      now.spawnId === orphan.spawnId &&
      system.bootId() === bootId
    );
  };
  const sendAll = (orphans: readonly MarkedProcess[], name: NodeJS.Signals): void => {
    for (const orphan of orphans) {
      if (refused.has(orphan) || !isStill(orphan)) continue;
      try {
        sendSignal(system.kill, { pid: orphan.pid, wholeGroup: false }, name);
      } catch (error) {
        refused.set(orphan, toCoded(error));
      }
    }
  };
  const waitFor = async (orphans: readonly MarkedProcess[], timeoutMs: number): Promise<MarkedProcess[]> => {
    for (let waitedMs = 0; ; waitedMs += times.pollMs) {
      const left = orphans.filter((orphan) => !refused.has(orphan) && isStill(orphan));
      if (left.length === 0 || waitedMs >= timeoutMs) return left;
      await system.sleep(times.pollMs, signal);
    }
  };

  const orphans = planSweep(system.table(), scope);
  sendAll(orphans, "SIGTERM");
  const stubborn = await waitFor(orphans, times.graceMs);
  sendAll(stubborn, "SIGKILL");
  const survivors = new Set(await waitFor(stubborn, times.killWaitMs));
  return {
    supported: true,
    ended: orphans.filter((orphan) => !refused.has(orphan) && !survivors.has(orphan)),
    left: [
      ...[...refused].map(([process, reason]) => ({ process, reason })),
      ...[...survivors]
        .filter((orphan) => !refused.has(orphan))
        .map((process) => ({ process, reason: { code: "sweep.survived", args: { pid: process.pid } } })),
    ],
  };
}

/** `null` where there is no /proc. */
export function linuxSystem(): SweepSystem | null {
  if (!procAvailable) return null;
  return {
    table: () => {
      const rows: MarkedProcess[] = [];
      for (const pid of listPids()) {
        const stat = readProcessStat(pid);
        if (stat !== null) rows.push({ ...stat, spawnId: readEnvironmentVariable(pid, SPAWN_ID_VARIABLE) });
      }
      return rows;
    },
    look: (pid) => {
      const stat = readProcessStat(pid);
      return stat === null ? null : { ...stat, spawnId: readEnvironmentVariable(pid, SPAWN_ID_VARIABLE) };
    },
    bootId: () => readMachineIdentity().bootId,
    kill: (pid, name) => process.kill(pid, name),
    sleep: async (ms, signal) => {
      await delay(ms, undefined, { signal });
    },
  };
}
