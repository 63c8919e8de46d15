import { CodedError } from "../../engine/common/errors.ts";
import { cpuprofile } from "../formats/cpuprofile.ts";
import type { Profile } from "../profile.ts";

/** The parts of V8's answers that are read; what else they have goes into the file as it is. */
export interface V8CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0 on; −1: not known. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface V8CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: V8CallFrame;
    readonly children?: readonly number[];
  }[];
  /** Microseconds of a clock of its own. */
  readonly startTime: number;
  readonly endTime: number;
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

export interface V8HeapNode {
  readonly callFrame: V8CallFrame;
  readonly selfSize: number;
  readonly id: number;
  readonly children: readonly V8HeapNode[];
}

/** Names that V8 gives to what is no function. */
export const COLLECTOR = "(garbage collector)";
export const PROGRAM = "(program)";

export function frameOf({ functionName, url, lineNumber, columnNumber }: V8CallFrame) {
  return {
    name: functionName === "" ? "(anonymous)" : functionName,
    file: url === "" ? null : url,
    line: Number.isInteger(lineNumber) && lineNumber >= 0 ? lineNumber + 1 : null,
    column: Number.isInteger(columnNumber) && columnNumber >= 0 ? columnNumber + 1 : null,
  };
}

/**
 * V8's CPU profile as the neutral one, read as its file is.
 * @throws CodedError `inspector.garbled` for an answer that is no profile: it is another process's word
 */
export function cpuProfileOf(raw: V8CpuProfile, name: string, startedAtMs: number): Profile {
  try {
    const [profile] = cpuprofile.read(new TextEncoder().encode(JSON.stringify(raw)), name).profiles;
    if (profile === undefined) throw new CodedError("profile.unknown", { file: name });
    return Object.freeze({ ...profile, startedAtMs });
  } catch (error) {
    throw new CodedError("inspector.garbled", { method: "Profiler.stop" }, { cause: error });
  }
}

/** Living bytes of each place that allocates. @throws CodedError `inspector.garbled` */
export function allocationSites(head: V8HeapNode): ReadonlyMap<string, { readonly frame: V8CallFrame; bytes: number }> {
  const sites = new Map<string, { readonly frame: V8CallFrame; bytes: number }>();
  try {
    const open: V8HeapNode[] = [head];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { callFrame: frame, selfSize, children } = node;
      open.push(...children);
      if (!(selfSize > 0)) continue;
      const key = `${frame.functionName}\u0000${frame.url}\u0000${frame.lineNumber}\u0000${frame.columnNumber}`;
      const site = sites.get(key) ?? { frame, bytes: 0 };
      sites.set(key, site);
      site.bytes += selfSize;
    }
  } catch (error) {
    throw new CodedError("inspector.garbled", { method: "HeapProfiler.getSamplingProfile" }, { cause: error });
  }
  return sites;
}
