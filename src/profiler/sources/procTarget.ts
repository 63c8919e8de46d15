import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { CodedError } from "../../engine/common/errors.ts";
import { readMachineIdentity, readProcessStat } from "../../engine/common/processIdentity.ts";

/** One process, and no later one with its pid: start time and boot are part of what it is. */
export interface TargetIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly bootId: string;
}

/** @throws CodedError `profile.noProcess`, `profile.linuxOnly` */
export function identify(pid: number): TargetIdentity {
  if (process.platform !== "linux") throw new CodedError("profile.linuxOnly");
  const stat = readProcessStat(pid);
  if (stat === null || stat.state === "Z" || stat.state === "X") throw new CodedError("profile.noProcess", { pid });
  return { pid, startTime: stat.startTime, bootId: readMachineIdentity().bootId };
}

/** @throws CodedError `profile.noProcess`, and `profile.changed` when the pid means another process by now */
export function checkIdentity({ pid, startTime, bootId }: TargetIdentity): void {
  const now = identify(pid);
  if (now.startTime !== startTime || now.bootId !== bootId) throw new CodedError("profile.changed", { pid });
}

export function isThere(target: TargetIdentity): boolean {
  const stat = readProcessStat(target.pid);
  return stat !== null && stat.startTime === target.startTime && stat.state !== "Z" && stat.state !== "X";
}

/** A file below `/proc/PID`; `null` when it cannot be read, which every caller takes as "not told". */
export function readProc(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    // Gone, or not for us.
    return null;
  }
}

export function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // Gone, or not for us.
    return null;
  }
}

/** Its command line in one text; its short name where it has none. */
export function commandOf(pid: number): string {
  const line = (readProc(pid, "cmdline") ?? "").split("\0").join(" ").trim();
  return line === "" ? (readProc(pid, "comm") ?? "").trim() : line;
}

const SIGUSR1_BIT = 1n << 9n;
const RUNTIME_NAME = /^\.?(?:node|nodejs|electron)(?:[-.\d].*)?$/i;
const RUNTIME_LIBRARY = /\/libnode\.so/;

/** Whether it runs Node, by its program's name or the runtime's library in its memory. */
export function isNode(pid: number): boolean {
  const exe = readLink(`/proc/${pid}/exe`);
  if (exe === null) return false;
  // A program that was replaced while it runs is followed by " (deleted)".
  return (
    RUNTIME_NAME.test(basename(exe.replace(/ \(deleted\)$/, ""))) || RUNTIME_LIBRARY.test(readProc(pid, "maps") ?? "")
  );
}

/**
 * Whether SIGUSR1 is caught by this process and by no means ends it: without the bit the signal's default would kill it.
 * A blocked one would come at an unknown time, so it counts as not caught.
 */
export function catchesSigusr1(pid: number): boolean {
  const status = readProc(pid, "status");
  if (status === null) return false;
  const bits = (name: string): bigint => {
    const [, hex] = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status) ?? [];
    return hex === undefined ? 0n : BigInt(`0x${hex}`);
  };
  const isBlocked = (bits("SigBlk") & SIGUSR1_BIT) !== 0n;
  return (bits("SigCgt") & SIGUSR1_BIT) !== 0n && (bits("SigIgn") & SIGUSR1_BIT) === 0n && !isBlocked;
}

export interface SocketRow {
  readonly address: string;
  readonly port: number;
  readonly listens: boolean;
  readonly inode: string;
}

const LISTEN = "0A";
const ESTABLISHED = "01";

/** TCP sockets of the network namespace of a process that listen or are connected, its own and others'. */
export function tcpSockets(pid: number): readonly SocketRow[] {
  return ["net/tcp", "net/tcp6"].flatMap((name) =>
    (readProc(pid, name) ?? "")
      .split("\n")
      .slice(1)
      .flatMap((line): SocketRow[] => {
        const fields = line.trim().split(/\s+/);
        const [, local = "", , state, , , , , , inode = ""] = fields;
        const [address = "", port = ""] = local.split(":");
        if (state !== LISTEN && state !== ESTABLISHED) return [];
        return [{ address, port: Number.parseInt(port, 16), listens: state === LISTEN, inode }];
      }),
  );
}

/** The inodes of the sockets that a process holds open. @throws CodedError `profile.permission` */
export function socketInodes(pid: number): ReadonlySet<string> {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    if (readProcessStat(pid) === null) throw new CodedError("profile.noProcess", { pid }, { cause: error });
    throw new CodedError("profile.permission", { pid }, { cause: error });
  }
  const inodes = new Set<string>();
  for (const name of names) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`) ?? "") ?? [];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

/** Ports on which a process itself listens, each with its address as the kernel writes it. @throws as `socketInodes` */
export function listeningPorts(pid: number): readonly SocketRow[] {
  const own = socketInodes(pid);
  return tcpSockets(pid).filter(({ listens, inode }) => listens && own.has(inode));
}
