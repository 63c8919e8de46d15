import { type Coded, CodedError } from "../engine/common/errors.ts";
import type { StackReport } from "../engine/protocol/profiling.ts";
import { verdictOf } from "./hang.ts";
import { type JavascriptStack, javascriptStack } from "./javascriptStack.ts";
import { inspectorRefusal } from "./sources/inspectorPort.ts";
import { checkIdentity, type TargetIdentity } from "./sources/procTarget.ts";
import { readRunTimes, seeThreads } from "./sources/threads.ts";
import { pause } from "./sources/waiting.ts";

/** Between two looks at what its threads have used. The kernel adds up at its ticks, of 1 to 10 ms. */
const APART_MS = 100;

export interface StacksAsked {
  readonly target: TargetIdentity;
  readonly command: string;
  /** To open an inspector. */
  readonly consent: boolean;
}

/**
 * Where a process is now: its threads as the kernel tells them, and the JavaScript of one that runs Node. What stands in the way of
 * the one takes nothing from the other.
 * @throws CodedError `profile.noProcess`, `profile.changed`, `profile.ended`, `aborted`
 */
export async function dumpStacks(
  { target, command, consent }: StacksAsked,
  signal: AbortSignal,
  onInspector: (port: number | null) => void = () => undefined,
): Promise<StackReport> {
  const { pid, startTime } = target;
  checkIdentity(target);
  // 1. The threads first: an inspector has some of its own.
  const before = readRunTimes(pid);
  await pause(APART_MS, signal);
  const seen = seeThreads(pid, before);
  checkIdentity(target);
  // 2. Its JavaScript, where that can be asked for.
  const asked = await askJavascript(target, consent, signal, onInspector);
  const { stack, reason } = asked;
  const verdict = verdictOf({
    ...{ threads: seen.threads, tracerPid: seen.tracerPid },
    ...{ frames: stack?.frames ?? [], loop: stack?.loop ?? null, isIdle: stack !== null && stack.idleMs !== null },
    isDeaf: reason?.code === "inspector.notOpened",
  });
  return {
    process: { pid, startTime, command },
    ...{ verdict, frames: stack?.frames ?? [], idleMs: stack?.idleMs ?? null },
    ...{ threads: seen.threads, moreThreads: seen.moreThreads },
    untold: [...(reason === null ? [] : [{ part: "javascript" as const, reason }]), ...seen.untold],
    leftOpen: stack?.leftOpen ?? null,
  };
}

/** What ends the whole, and not the JavaScript part alone. */
const FATAL: ReadonlySet<string> = new Set(["aborted", "profile.ended", "profile.changed", "profile.noProcess"]);

async function askJavascript(
  target: TargetIdentity,
  consent: boolean,
  signal: AbortSignal,
  onInspector: (port: number | null) => void,
): Promise<{ readonly stack: JavascriptStack | null; readonly reason: Coded | null }> {
  const { pid } = target;
  const refusal = inspectorRefusal(target);
  if (refusal !== null) return { stack: null, reason: refusal };
  if (!consent) return { stack: null, reason: { code: "stacks.consent", args: { pid } } };
  try {
    return { stack: await javascriptStack(target, signal, onInspector), reason: null };
  } catch (error) {
    if (!(error instanceof CodedError) || FATAL.has(error.code)) throw error;
    return { stack: null, reason: error.toJSON() };
  }
}
