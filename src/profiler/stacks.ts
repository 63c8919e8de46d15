import type { ProfileFrame, StackReport } from "../engine/protocol/profiling.ts";
import { CodedError } from "../engine/common/errors.ts";
import { Inspector } from "./sources/inspector.ts";
import type { TargetIdentity } from "./sources/procTarget.ts";
import { frameOf } from "./sources/v8Profile.ts";
import { within } from "./sources/waiting.ts";

/** An idle event loop runs no JavaScript; one that ticks at all does within this. */
const IDLE_MS = 1_500;
const MOST_FRAMES = 200;

interface Paused {
  readonly callFrames: readonly {
    readonly functionName: string;
    readonly url: string;
    readonly location: { readonly scriptId?: string; readonly lineNumber: number; readonly columnNumber?: number };
  }[];
}

/**
 * Where the JavaScript of a process is now, also of one that hangs in a loop. It stands still for some milliseconds, and goes on in
 * any case: whoever loses the connection of a debugger runs on.
 * @throws as `Inspector.attach` and `Inspector.call`
 */
export async function currentStack(
  target: TargetIdentity,
  command: string,
  signal: AbortSignal,
  onInspector: (port: number | null) => void = () => undefined,
): Promise<StackReport> {
  const inspector = await Inspector.attach(target, { signal });
  onInspector(inspector.port);
  let leftOpen: StackReport["leftOpen"] = null;
  let frames: readonly ProfileFrame[] | null = null;
  try {
    const paused = new Promise<Paused>((resolve) => {
      inspector.on("Debugger.paused", (params) => resolve(params as Paused));
    });
    // A frame may name its script by number alone.
    const urls = new Map<string, string>();
    inspector.on("Debugger.scriptParsed", (params) => {
      const { scriptId, url } = params as { readonly scriptId?: unknown; readonly url?: unknown };
      if (typeof scriptId === "string" && typeof url === "string") urls.set(scriptId, url);
    });
    await inspector.call("Debugger.enable", {}, signal);
    await inspector.call("Debugger.pause", {}, signal);
    try {
      const late = () => new CodedError("profile.idle", { pid: target.pid });
      const { callFrames } = await within(paused, IDLE_MS, signal, late);
      frames = callFrames.slice(0, MOST_FRAMES).map(({ functionName, url, location }) =>
        frameOf({
          ...{ functionName, url: url || (urls.get(location.scriptId ?? "") ?? "") },
          lineNumber: location.lineNumber,
          columnNumber: location.columnNumber ?? -1,
        }),
      );
      await inspector.call("Debugger.resume", {}, signal);
    } catch (error) {
      if (!(error instanceof CodedError && error.code === "profile.idle")) throw error;
    }
    // Also takes back a pause that has not come yet.
    await inspector.call("Debugger.disable", {}, signal).catch(() => undefined);
  } finally {
    leftOpen = await inspector.detach();
    onInspector(null);
  }
  const { pid, startTime } = target;
  return {
    process: { pid, startTime, command },
    frames: frames ?? [],
    idleMs: frames === null ? IDLE_MS : null,
    leftOpen,
  };
}
