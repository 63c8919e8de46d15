import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { type Coded, isErrno } from "../../engine/common/errors.ts";
import { parseStat } from "../../engine/common/processIdentity.ts";
import type { StackPart, StackThread, ThreadState } from "../../engine/protocol/profiling.ts";
import { readLink, readProc } from "./procTarget.ts";
import { systemCallName, waitKind } from "./systemCalls.ts";

/** More of one process are counted only. */
export const MOST_THREADS = 256;
const MOST_KERNEL_FRAMES = 32;

/** By the state letter of its `stat` (proc(5)). */
const STATES: Readonly<Record<string, ThreadState>> = {
  ...{ R: "running", S: "sleeping", D: "uninterruptible", T: "stopped", t: "traced", I: "idle" },
  ...{ Z: "ended", X: "ended", x: "ended" },
};

/** One thread as it is seen without any right. */
export interface ThreadLook {
  readonly tid: number;
  readonly name: string;
  readonly state: ThreadState;
  /** The kernel's function in which it waits. `null`: it waits nowhere, or that is not for us. */
  readonly waitChannel: string | null;
}

/** The threads of a process, the main one first; none when it is gone. */
export function threadIds(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map(Number)
      .toSorted((a, b) => Number(b === pid) - Number(a === pid) || a - b);
  } catch {
    // Gone.
    return [];
  }
}

/** `null`: it has ended. */
export function lookAtThread(pid: number, tid: number): ThreadLook | null {
  const text = readProc(pid, `task/${tid}/stat`);
  const stat = text === null ? null : parseStat(tid, text);
  if (text === null || stat === null) return null;
  const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  const wait = readProc(pid, `task/${tid}/wchan`);
  return {
    ...{ tid, name, state: STATES[stat.state] ?? "unknown" },
    // "0" for a thread that waits nowhere, or for one whose place we may not know.
    waitChannel: wait === null || wait === "0" || wait === "" ? null : wait,
  };
}

/** What a thread had run until now, and stood in line for a processor, in ns, and when that was read. */
interface RunTime {
  readonly ran: number;
  readonly waited: number;
  readonly atNs: number;
}
/** By thread. */
export type RunTimes = ReadonlyMap<number, RunTime>;

export function readRunTimes(pid: number): RunTimes {
  const times = new Map<number, RunTime>();
  for (const tid of threadIds(pid).slice(0, MOST_THREADS)) {
    const [, ran, waited] = /^(\d+) (\d+) /.exec(readProc(pid, `task/${tid}/schedstat`) ?? "") ?? [];
    if (ran === undefined) continue;
    times.set(tid, { ran: Number(ran), waited: Number(waited), atNs: Number(process.hrtime.bigint()) });
  }
  return times;
}

/** What the kernel tells of the threads of a process, and what it does not. */
export interface ThreadsSeen {
  readonly threads: readonly StackThread[];
  readonly moreThreads: number;
  readonly untold: readonly { readonly part: StackPart; readonly reason: Coded }[];
  /** Of a debugger that holds it; `null`: none. */
  readonly tracerPid: number | null;
}

/** @param before read a moment ago: what was used since is told */
export function seeThreads(pid: number, before: RunTimes): ThreadsSeen {
  const after = readRunTimes(pid);
  const all = threadIds(pid);
  const refused = new Map<StackPart, Coded>();
  const names = callNames(pid);
  const threads = all.slice(0, MOST_THREADS).flatMap((tid): StackThread[] => {
    const look = lookAtThread(pid, tid);
    if (look === null) return [];
    const told = (file: string, part: StackPart): string => {
      const { text, reason } = readOrWhy(pid, `task/${tid}/${file}`);
      if (reason !== null) refused.set(part, reason);
      return text;
    };
    const systemCall = parseSystemCall(told("syscall", "systemCalls"), names);
    const kernelStack = parseKernelStack(told("stack", "kernelStacks"));
    const descriptor = waitKind(systemCall?.name ?? null, null) === "data" ? systemCall?.firstArgument : undefined;
    return [
      {
        ...{ ...look, ...ratiosBetween(before.get(tid), after.get(tid)), kernelStack },
        systemCall: systemCall === null ? null : { name: systemCall.name, number: systemCall.number },
        waitsOn: descriptor === undefined ? null : readLink(`/proc/${pid}/fd/${descriptor}`),
      },
    ];
  });
  // Whoever may not know is told "0", as of one that waits nowhere: only where all do, it is that.
  const sleeping = threads.filter(({ state }) => state === "sleeping" || state === "uninterruptible");
  if (sleeping.length > 0 && sleeping.every(({ waitChannel }) => waitChannel === null))
    refused.set("waitChannels", refused.get("systemCalls") ?? { code: "stacks.kernel", args: {} });
  const [, tracer = "0"] = /^TracerPid:\s*(\d+)$/m.exec(readProc(pid, "status") ?? "") ?? [];
  return {
    threads,
    moreThreads: Math.max(0, all.length - MOST_THREADS),
    untold: Array.from(refused, ([part, reason]) => ({ part, reason })),
    tracerPid: tracer === "0" ? null : Number(tracer),
  };
}

/** Of one processor, 0..1; the kernel adds up at its ticks, so it may seem a little more. `null`: not told. */
function ratiosBetween(
  was: RunTime | undefined,
  is: RunTime | undefined,
): Pick<StackThread, "cpuRatio" | "cpuWaitRatio"> {
  if (was === undefined || is === undefined || is.atNs <= was.atNs) return { cpuRatio: null, cpuWaitRatio: null };
  const ratio = (ns: number, most: number): number => Math.min(most, Math.max(0, ns / (is.atNs - was.atNs)));
  const cpuRatio = ratio(is.ran - was.ran, 1);
  // Counted once it has got a processor, so a wait that began before may seem longer than this moment.
  return { cpuRatio, cpuWaitRatio: ratio(is.waited - was.waited, 1 - cpuRatio) };
}

/** In which call a thread waits that a signal would break off; `null`: in none, or that is not told. */
export function breakableCall(pid: number, tid: number): string | null {
  const look = lookAtThread(pid, tid);
  if (look?.state !== "sleeping") return null;
  const call = parseSystemCall(readProc(pid, `task/${tid}/syscall`) ?? "", callNames(pid))?.name ?? null;
  return waitKind(call, look.waitChannel) === "data" ? (call ?? look.waitChannel) : null;
}

interface SystemCall {
  readonly name: string | null;
  readonly number: number;
  readonly firstArgument: number;
}

/**
 * `202 0x7f… 0x80 …` of `/proc/PID/task/TID/syscall`; `running`, and −1 for one that is stopped outside of a call.
 * @param architecture whose numbers they are; `null`: it is not known, so none has a name
 */
export function parseSystemCall(text: string, architecture: string | null): SystemCall | null {
  const [, digits, first] = /^(\d+) (0x[0-9a-f]+) /.exec(text) ?? [];
  if (digits === undefined || first === undefined) return null;
  const number = Number(digits);
  // A descriptor is an int: the upper half of the register is no part of it.
  const firstArgument = Number(BigInt.asUintN(32, BigInt(first)));
  return { name: architecture === null ? null : systemCallName(number, architecture), number, firstArgument };
}

/** `[<0>] futex_wait_queue+0x60/0x90` for each call, the innermost first. */
export function parseKernelStack(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line) => /^\[<[0-9a-f]+>\] ([^\s+]+)/.exec(line)?.[1] ?? [])
    .slice(0, MOST_KERNEL_FRAMES);
}

/** Programs of 32 bits have other numbers than the machine. */
function callNames(pid: number): string | null {
  const head = new Uint8Array(5);
  try {
    const file = openSync(`/proc/${pid}/exe`, "r");
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // Gone, or not for us.
    return null;
  }
  return head[4] === 2 ? process.arch : null;
}

function readOrWhy(pid: number, name: string): { readonly text: string; readonly reason: Coded | null } {
  try {
    return { text: readFileSync(`/proc/${pid}/${name}`, "latin1"), reason: null };
  } catch (error) {
    if (isErrno(error, "EACCES") || isErrno(error, "EPERM"))
      return { text: "", reason: { code: "stacks.permission", args: { pid } } };
    // A thread that has ended meanwhile is no reason; a kernel that was built without it has no such file of any.
    const isThere = readProc(pid, `${name.slice(0, name.lastIndexOf("/"))}/stat`) !== null;
    return { text: "", reason: isThere ? { code: "stacks.kernel", args: {} } : null };
  }
}
