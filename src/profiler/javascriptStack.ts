import { type Coded, CodedError } from "../engine/common/errors.ts";
import type { ProfileFrame } from "../engine/protocol/profiling.ts";
import { Inspector } from "./sources/inspector.ts";
import type { TargetIdentity } from "./sources/procTarget.ts";
import { frameOf } from "./sources/v8Profile.ts";
import { pause, within } from "./sources/waiting.ts";

/** An idle event loop runs no JavaScript; one that ticks at all does within this. */
const IDLE_MS = 1_500;
const MOST_FRAMES = 200;
/** What is found in all of them is where it stays; each holds it up for about a millisecond. */
const LOOKS = 3;
/** Between two looks. One that comes back from its calls has done so by then. */
const APART_MS = 40;
/** For a further look: one that hangs is found at once. */
const AGAIN_MS = 200;

interface Location {
  readonly scriptId?: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** Where it is now. */
  readonly location: Location;
  /** Where its function begins. */
  readonly functionLocation?: Location;
}

export interface JavascriptStack {
  readonly frames: readonly ProfileFrame[];
  /** The innermost call that every look found; `null`: there is none, or it was not seen again. */
  readonly loop: ProfileFrame | null;
  readonly idleMs: number | null;
  readonly leftOpen: Coded | null;
}

/**
 * Where the JavaScript of a process is now, also of one that hangs in a loop. It stands still for some milliseconds, and goes on in
 * any case: whoever loses the connection of a debugger runs on.
 * @throws as `Inspector.attach` and `Inspector.call`
 */
export async function javascriptStack(
  target: TargetIdentity,
  signal: AbortSignal,
  onInspector: (port: number | null) => void,
): Promise<JavascriptStack> {
  const inspector = await Inspector.attach(target, { signal });
  onInspector(inspector.port);
  let leftOpen: Coded | null = null;
  const looks: (readonly CallFrame[])[] = [];
  // A frame may name its script by number alone.
  const urls = new Map<string, string>();
  try {
    let paused = Promise.withResolvers<readonly CallFrame[]>();
    inspector.on("Debugger.paused", (params) => paused.resolve((params as { callFrames: CallFrame[] }).callFrames));
    inspector.on("Debugger.scriptParsed", (params) => {
      const { scriptId, url } = params as { readonly scriptId?: unknown; readonly url?: unknown };
      if (typeof scriptId === "string" && typeof url === "string") urls.set(scriptId, url);
    });
    await inspector.call("Debugger.enable", {}, signal);
    try {
      const late = () => new CodedError("profile.idle", { pid: target.pid });
      for (let look = 0; look < LOOKS; look++) {
        if (look > 0) await pause(APART_MS, signal);
        paused = Promise.withResolvers();
        await inspector.call("Debugger.pause", {}, signal);
        looks.push(await within(paused.promise, look === 0 ? IDLE_MS : AGAIN_MS, signal, late));
        await inspector.call("Debugger.resume", {}, signal);
      }
    } catch (error) {
      if (!(error instanceof CodedError && error.code === "profile.idle")) throw error;
    }
    // Also takes back a pause that has not come yet.
    await inspector.call("Debugger.disable", {}, signal).catch(() => undefined);
  } finally {
    leftOpen = await inspector.detach();
    onInspector(null);
  }
  const told = ({ functionName, url, location }: CallFrame): ProfileFrame =>
    frameOf({
      ...{ functionName, url: url || (urls.get(location.scriptId ?? "") ?? "") },
      lineNumber: location.lineNumber,
      columnNumber: location.columnNumber ?? -1,
    });
  const loop = looks.length === LOOKS ? commonCall(looks) : null;
  return {
    frames: (looks.at(-1) ?? []).slice(0, MOST_FRAMES).map(told),
    loop: loop === null ? null : told(loop),
    idleMs: looks.length === 0 ? IDLE_MS : null,
    leftOpen,
  };
}

/** The innermost call, as the last look has it, that all looks share with all that called it. */
export function commonCall(looks: readonly (readonly CallFrame[])[]): CallFrame | null {
  const last = looks.at(-1) ?? [];
  let shared = 0;
  const outward = (stack: readonly CallFrame[], depth: number): CallFrame | undefined =>
    stack[stack.length - 1 - depth];
  while (shared < last.length) {
    const key = functionKey(outward(last, shared));
    if (!looks.every((stack) => functionKey(outward(stack, shared)) === key)) break;
    shared++;
  }
  return shared === 0 ? null : (outward(last, shared - 1) ?? null);
}

function functionKey(frame: CallFrame | undefined): string | null {
  if (frame === undefined) return null;
  const { scriptId, lineNumber, columnNumber } = frame.functionLocation ?? frame.location;
  return [scriptId, lineNumber, columnNumber, frame.functionName].join(":");
}
