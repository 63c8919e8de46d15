import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { platform, uptime } from "node:os";
import { shortHash } from "./shortHash.ts";

/**
 * What makes a pid mean something, read from `/proc` on Linux. Elsewhere there is no cheap, synchronous way to ask:
 * every reader answers `null` (unknown), callers fall back to what they recorded themselves, and nothing that would
 * need the answer is signalled.
 */
export const procAvailable = platform() === "linux";

/** The few fields of `/proc/PID/stat` that identity and grouping need. */
export interface ProcessStat {
  readonly pid: number;
  /** R, S, D, Z (ended, not reaped), T… */
  readonly state: string;
  readonly parentPid: number;
  readonly processGroup: number;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

/** One process now; `null` when it is gone or cannot be read. */
export function readProcessStat(pid: number): ProcessStat | null {
  if (!procAvailable || !Number.isInteger(pid) || pid < 1) return null;
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // Gone between two looks, which is the ordinary end of a process.
    return null;
  }
}

/** The name of a process (field 2) may hold blanks and parentheses, so the fields are counted from the last `)`. */
export function parseStat(pid: number, text: string): ProcessStat | null {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ", 20);
  const [state, parentPid, processGroup, session] = fields;
  const startTime = fields[19];
  if (end < 0 || state === undefined || startTime === undefined) return null;
  return {
    pid,
    state,
    parentPid: Number(parentPid),
    processGroup: Number(processGroup),
    session: Number(session),
    startTime: Number(startTime),
  };
}

/** Start time as the protocol counts it; `null` = unknown. */
export function readStartTime(pid: number): number | null {
  return readProcessStat(pid)?.startTime ?? null;
}

/** One variable of the environment a process was started with; `null` when it has none or may not be read. */
export function readEnvironmentVariable(pid: number, name: string): string | null {
  if (!procAvailable) return null;
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // Gone, or somebody else's process: not ours in either case.
    return null;
  }
  const start = environment.startsWith(`${name}=`) ? 0 : environment.indexOf(`\0${name}=`) + 1;
  if (start === 0 && !environment.startsWith(`${name}=`)) return null;
  const end = environment.indexOf("\0", start);
  return environment.slice(start + name.length + 1, end < 0 ? undefined : end);
}

/** Every pid we can see; empty where there is no `/proc`. */
export function listPids(): number[] {
  if (!procAvailable) return [];
  const pids: number[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && pid > 0) pids.push(pid);
  }
  return pids;
}

/**
 * The boot and the PID namespace that pids are valid in. Without `/proc` the boot is named by its time, rounded to a
 * minute because it is computed from two clocks; a set wall clock changes it, which errs towards "another boot".
 * @param procRoot where the proc file system is, or a recorded copy of one; empty strings where that does not tell
 */
export function readMachineIdentity(procRoot = "/proc"): { readonly bootId: string; readonly pidNamespace: string } {
  if (procRoot === "/proc" && !procAvailable) {
    const bootMinute = Math.round((Date.now() / 1000 - uptime()) / 60);
    return { bootId: shortHash(`boot ${bootMinute}`), pidNamespace: "" };
  }
  return {
    bootId: orEmpty(() => readFileSync(`${procRoot}/sys/kernel/random/boot_id`, "utf8").trim()),
    pidNamespace: orEmpty(() => /\[(\d+)\]/.exec(readlinkSync(`${procRoot}/self/ns/pid`))?.[1] ?? ""),
  };
}

/** A kernel without namespaces, or a recorded table: pids then mean what they say. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** Exactly this process, alive. Without `/proc` a pid of our own child is as near as one can get. */
export function isAlive(pid: number, startTime: number): boolean {
  if (procAvailable) {
    const stat = readProcessStat(pid);
    return stat !== null && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: gone. (EPERM cannot be: it is our own child.)
    return false;
  }
}
