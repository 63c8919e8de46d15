import type { Coded } from "../engine/protocol/model.ts";
import type { ProfileFrame, StackThread } from "../engine/protocol/profiling.ts";
import { type WaitKind, waitKind } from "./sources/systemCalls.ts";

/** Of one processor: from here on a thread is told as one that runs. */
const BUSY_RATIO = 0.5;
/** Below this it is told as one that waits. */
const ACTIVE_RATIO = 0.1;

/** What was seen of a process, from which its state is derived. */
export interface HangFacts {
  /** The main one first. */
  readonly threads: readonly StackThread[];
  readonly tracerPid: number | null;
  /** Innermost first; none where no JavaScript ran, or nothing of it is told. */
  readonly frames: readonly ProfileFrame[];
  /** The innermost call that every look at its JavaScript found; `null`: it came back from all, or was not looked at again. */
  readonly loop: ProfileFrame | null;
  /** JavaScript was looked at, and none ran. */
  readonly isIdle: boolean;
  /** It was asked for an inspector and opened none. */
  readonly isDeaf: boolean;
}

/** What a process does, with its evidence. Derived from one moment: it says what is seen, and no more than that. */
export function verdictOf(facts: HangFacts): Coded {
  const [main] = facts.threads;
  if (main === undefined) return javascriptAlone(facts);
  if (main.state === "stopped") return { code: "hang.stopped", args: {} };
  if (main.state === "traced") return { code: "hang.traced", args: { tracer: facts.tracerPid } };
  if (main.state === "uninterruptible")
    return { code: isForking(main) ? "hang.fork" : "hang.device", args: placeOf(main) };
  const load = { ratio: main.cpuRatio, waited: main.cpuWaitRatio };
  const isBusy = runs(main);
  const [top] = facts.frames;
  if (top !== undefined) {
    if (!isBusy) return { code: "hang.briefly", args: { ...load, name: top.name, place: lineOf(top) } };
    const { loop } = facts;
    if (loop !== null) return { code: "hang.loop", args: { ...load, name: loop.name, place: lineOf(loop) } };
    return { code: "hang.javascript", args: { ...load, name: top.name, place: lineOf(top) } };
  }
  if (isBusy) return { code: facts.isIdle || facts.isDeaf ? "hang.native" : "hang.runs", args: load };
  const others = facts.threads.slice(1);
  const [busiest] = others.filter(runs).toSorted((a, b) => (b.cpuRatio ?? 0) - (a.cpuRatio ?? 0));
  if (busiest !== undefined) {
    const { name, tid, cpuRatio: ratio, cpuWaitRatio: waited } = busiest;
    return { code: "hang.thread", args: { name, tid, ratio, waited, main: callOf(main) } };
  }
  const held = others.find((thread) => thread.state === "uninterruptible" && !isForking(thread));
  if (held !== undefined)
    return { code: "hang.threadDevice", args: { ...placeOf(held), name: held.name, tid: held.tid } };
  if (main.state === "running" || (main.cpuRatio ?? 0) >= ACTIVE_RATIO) return { code: "hang.active", args: load };
  return waitVerdict(main, facts.isDeaf);
}

const WAITS: Readonly<Record<WaitKind, string>> = {
  events: "hang.idle",
  lock: "hang.lock",
  child: "hang.child",
  sleep: "hang.sleep",
  data: "hang.data",
};

function waitVerdict(main: StackThread, isDeaf: boolean): Coded {
  const kind = waitKind(main.systemCall?.name ?? null, main.waitChannel);
  if (kind === null) return { code: "hang.unknown", args: { call: callOf(main) } };
  // An event loop that is idle would have opened it.
  return { code: kind === "events" && isDeaf ? "hang.deaf" : WAITS[kind], args: placeOf(main) };
}

/**
 * On a crowded machine one that never waits for anything gets little: what it stood in line for counts too, as long as it wants to run
 * now. Of one that waits, it was perhaps a moment's work that had to wait for long.
 */
function runs({ state, cpuRatio, cpuWaitRatio }: StackThread): boolean {
  if (cpuRatio === null) return state === "running";
  return cpuRatio + (state === "running" ? (cpuWaitRatio ?? 0) : 0) >= BUSY_RATIO;
}

/** It shares its memory with the child until that has become another program, and takes no signal meanwhile. */
function isForking({ systemCall, waitChannel }: StackThread): boolean {
  return /^(?:vfork|clone3?)$/.test(systemCall?.name ?? "") || waitChannel === "kernel_clone";
}

function javascriptAlone({ frames: [top] }: HangFacts): Coded {
  if (top === undefined) return { code: "hang.unknown", args: {} };
  return { code: "hang.javascript", args: { ratio: null, waited: null, name: top.name, place: lineOf(top) } };
}

function placeOf(thread: StackThread): Coded["args"] {
  return { call: callOf(thread), file: thread.waitsOn };
}

/** The system call, else the kernel's function; `null`: neither is told. */
function callOf({ systemCall, waitChannel }: StackThread): string | null {
  const call = systemCall === null ? null : (systemCall.name ?? `system call ${systemCall.number}`);
  if (call === null || waitChannel === null) return call ?? waitChannel;
  return `${call}, ${waitChannel}`;
}

function lineOf({ file, line }: ProfileFrame): string | null {
  return file === null ? null : line === null ? file : `${file}:${line}`;
}
