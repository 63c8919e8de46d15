import { readEnvironmentVariable, readProcessStat } from "../../engine/common/processIdentity.ts";
import { type Coded, CodedError, toCoded } from "../../engine/common/errors.ts";
import {
  catchesSigusr1,
  checkIdentity,
  isNode,
  isThere,
  listeningPorts,
  readProc,
  type SocketRow,
  type TargetIdentity,
  readLink,
  tcpSockets,
} from "./procTarget.ts";
import { breakableCall } from "./threads.ts";
import { pause } from "./waiting.ts";

/** Node's own; it takes no other when this one is taken. */
const DEFAULT_PORT = 9_229;
/** Ports that debuggers and process managers give out from there on. */
const LAST_USUAL_PORT = 9_329;
const POLL_MS = 10;

const OPENS = /^--inspect(?:-brk|-wait)?(?:=|$)/;
const PORT_FLAG = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(.*)$/;
/** As the kernel writes 127.0.0.1 and ::1 on a little-endian machine. */
const LOOPBACK = new Set(["0100007F", "00000000000000000000000001000000"]);
const ANY = new Set(["00000000", "00000000000000000000000000000000"]);

export function isLoopback({ address }: SocketRow): boolean {
  return LOOPBACK.has(address);
}

/**
 * Whether an inspector can be opened in a process, without touching it: it runs Node, would not die of the signal, is not
 * stopped, is not being debugged, would listen on loopback only, and on a port that is free and can be reached from here.
 * @throws CodedError `profile.*`, `inspector.*`: the first reason against it
 */
export function checkInspectable(target: TargetIdentity): void {
  const { pid } = target;
  checkIdentity(target);
  if (readLink(`/proc/${pid}/exe`) === null) throw new CodedError("profile.permission", { pid });
  if (!isNode(pid)) throw new CodedError("inspector.notNode", { pid });
  if (readLink(`/proc/${pid}/ns/net`) !== readLink("/proc/self/ns/net"))
    throw new CodedError("inspector.otherNetwork", { pid });
  const open = inspectorSocket(pid);
  if (open !== null) throw new CodedError("inspector.inUse", { pid, port: open.port });
  if (!catchesSigusr1(pid)) throw new CodedError("inspector.noSignal", { pid });
  // The signal would wait, and open an inspector for nobody once the process goes on.
  if (readProcessStat(pid)?.state === "T" || readProcessStat(pid)?.state === "t")
    throw new CodedError("inspector.stopped", { pid });
  const { port, host } = configured(pid);
  if (host !== null && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/.test(host))
    throw new CodedError("inspector.notLoopback", { pid });
  const isTaken = tcpSockets(pid).some(
    (socket) => socket.listens && socket.port === port && (LOOPBACK.has(socket.address) || ANY.has(socket.address)),
  );
  if (port !== 0 && isTaken) throw new CodedError("inspector.portTaken", { pid, port });
}

/**
 * Waits until the signal does no harm at this moment: the process waits for no device, and in no call that the signal would break
 * off. Who writes to a disk does that again and again, for a moment each time; one that stays there is left alone.
 * @throws CodedError `inspector.device`, `inspector.inCall` after `patienceMs`; `aborted`
 */
export async function untilInterruptible(
  { pid }: TargetIdentity,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (const began = performance.now(); ; await pause(1, signal)) {
    const reason = uninterruptible(pid);
    if (reason === null) return;
    if (performance.now() - began > patienceMs) throw reason;
  }
}

function uninterruptible(pid: number): CodedError | null {
  // The signal would wait with it, and open one for nobody once the device has answered.
  if (readProcessStat(pid)?.state === "D") return new CodedError("inspector.device", { pid });
  // Node sets its handler without SA_RESTART and does not try a read again: `readSync` would throw EINTR there.
  const call = breakableCall(pid, pid);
  return call === null ? null : new CodedError("inspector.inCall", { pid, call });
}

/** The first reason against opening an inspector; `null`: there is none, or only one of this very moment. */
export function inspectorRefusal(target: TargetIdentity): Coded | null {
  try {
    checkInspectable(target);
    return null;
  } catch (error) {
    return toCoded(error);
  }
}

/** An inspector that is open in a process: by its flags, or on one of the usual ports. `null`: none. */
export function inspectorSocket(pid: number): SocketRow | null {
  const flags = flagsOf(pid);
  const { port } = configured(pid);
  const listening = listeningPorts(pid);
  const usual = listening.find(
    (socket) => socket.port === port || (socket.port >= DEFAULT_PORT && socket.port <= LAST_USUAL_PORT),
  );
  // By a flag that leaves the port to the system, or gave it up: any that listens may be it.
  return usual ?? (flags.some((flag) => OPENS.test(flag)) ? (listening[0] ?? null) : null);
}

/** Waits until a process listens where it did not before. @throws CodedError `inspector.notOpened`, `profile.ended` */
export async function newSocket(
  target: TargetIdentity,
  before: readonly SocketRow[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<SocketRow> {
  const { pid } = target;
  const began = performance.now();
  const known = new Set(before.map(({ inode }) => inode));
  const { port } = configured(pid);
  for (;;) {
    if (!isThere(target)) throw new CodedError("profile.ended", { pid });
    const fresh = listeningPorts(pid).filter(({ inode }) => !known.has(inode));
    // A server of its own may have begun to listen in the same moment.
    const found = fresh.find((socket) => socket.port === port) ?? (port === 0 ? fresh[0] : undefined);
    if (found !== undefined) return found;
    if (performance.now() - began > deadlineMs)
      throw new CodedError("inspector.notOpened", { pid, ms: Math.round(deadlineMs) });
    await pause(POLL_MS, signal);
  }
}

/** The port on which an inspector would listen, and the address if one is named. */
function configured(pid: number): { readonly port: number; readonly host: string | null } {
  let port = DEFAULT_PORT;
  let host: string | null = null;
  for (const flag of flagsOf(pid)) {
    const [, value] = PORT_FLAG.exec(flag) ?? [];
    const [, named, digits] = /^(?:(.*):)?(\d+)$/.exec(value ?? "") ?? [];
    if (digits !== undefined) port = Number(digits);
    if (named !== undefined) host = named;
    else if (value !== undefined && value !== "" && digits === undefined) host = value;
  }
  return { port, host };
}

/** What follows the program's name up to the first that is no flag, and what the environment adds. */
function flagsOf(pid: number): readonly string[] {
  const args = (readProc(pid, "cmdline") ?? "").split("\0").slice(1);
  const end = args.findIndex((arg) => !arg.startsWith("-"));
  const options = readEnvironmentVariable(pid, "NODE_OPTIONS") ?? "";
  return [...options.split(/\s+/), ...args.slice(0, end < 0 ? undefined : end)];
}
