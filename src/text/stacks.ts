import type { StackPart, StackThread, ThreadState } from "../engine/protocol/profiling.ts";
import { printable } from "./printable.ts";

/** Words for what is told of threads, in the terminal and in the editor. */

export const THREAD_STATE_TEXTS: Readonly<Record<ThreadState, string>> = {
  running: "runs",
  sleeping: "waits",
  uninterruptible: "waits for a device",
  stopped: "stopped",
  traced: "held by a debugger",
  idle: "idle",
  ended: "ended",
  unknown: "unknown",
};

export const STACK_PART_TEXTS: Readonly<Record<StackPart, string>> = {
  javascript: "JavaScript",
  waitChannels: "Wait channels",
  systemCalls: "System calls",
  kernelStacks: "Kernel stacks",
};

/** `read (0) of pipe:[77]`; empty where it is in none, or that is not told. */
export function systemCallText({ systemCall, waitsOn }: StackThread): string {
  if (systemCall === null) return "";
  const { name, number } = systemCall;
  return `${name === null ? number : `${name} (${number})`}${waitsOn === null ? "" : ` of ${printable(waitsOn)}`}`;
}

/** Where it is in the kernel: the whole stack, the innermost function first, else the one in which it waits. */
export function threadPlaceText({ kernelStack, waitChannel }: StackThread): string {
  return printable(kernelStack.length > 0 ? kernelStack.join(" < ") : (waitChannel ?? ""));
}
