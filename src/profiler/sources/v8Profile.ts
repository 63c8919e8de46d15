import { CodedError } from "../../engine/common/errors.ts";
import { cpuprofile } from "../formats/cpuprofile.ts";
import { frameKey, type Profile } from "../profile.ts";

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
    /** Samples by the line of the innermost function, from 1 on. */
    readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
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
const SILENT: ReadonlySet<string> = new Set(["(idle)", "(root)"]);

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

/**
 * Least share of the samples in which something ran whose function is not the one that V8 names. Where optimised code with functions
 * inlined in it is the topmost, V8 as in Node 24 names the outer function but notes the line of the inner one (`SymbolizeTickSample`
 * in its symbolizer.cc): a line before the function's first can be none of its own. Lines are counted by function and not by
 * sample, so a sample cannot be given back to its owner; that it was not counted right can be told.
 * @returns 0 to 1; `null` where no lines are told, or nothing ran
 */
export function misnamedRatioOf({ nodes, samples = [] }: V8CpuProfile): number | null {
  if (!nodes.some(({ positionTicks }) => Array.isArray(positionTicks))) return null;
  const silent = new Set(nodes.filter(({ callFrame }) => SILENT.has(callFrame.functionName)).map(({ id }) => id));
  const ran = samples.reduce((sum, id) => (silent.has(id) ? sum : sum + 1), 0);
  if (ran === 0) return null;
  let misnamed = 0;
  for (const { callFrame, positionTicks = [] } of nodes)
    for (const { line, ticks } of positionTicks) if (line <= callFrame.lineNumber && ticks > 0) misnamed += ticks;
  return Math.min(1, misnamed / ran);
}

/** A place that allocates. */
export interface Site {
  readonly frame: V8CallFrame;
  readonly bytes: number;
  /** What called it where it allocated most, the nearest first. */
  readonly callers: readonly V8CallFrame[];
}

/** Each under a key of its own. */
export type Sites = ReadonlyMap<string, Site>;

const MOST_CALLERS = 6;

/** A call in the tree, with what called it. */
interface Call {
  readonly frame: V8CallFrame;
  readonly above: Call | null;
}

/**
 * Bytes of each place that allocates. What V8 itself allocates (the store behind an array that grows, the result of a parse) counts
 * for the innermost function that has a file, because that is where somebody can look.
 * @throws CodedError `inspector.garbled`
 */
export function allocationSites(head: V8HeapNode): Sites {
  const sites = new Map<string, { at: Call; bytes: number; mostBytes: number }>();
  try {
    const open: { readonly node: V8HeapNode; readonly above: Call | null }[] = [{ node: head, above: null }];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      const { node, above } = one;
      const { callFrame: frame, selfSize, children } = node;
      const call: Call = { frame, above };
      for (const child of children) open.push({ node: child, above: call });
      if (!(selfSize > 0)) continue;
      let at: Call = call;
      while (at.frame.url === "" && at.above !== null) at = at.above;
      // Nobody's file all the way up: then it is V8's own.
      if (at.frame.url === "") at = call;
      const key = frameKey(frameOf(at.frame));
      const site = sites.get(key) ?? { at, bytes: 0, mostBytes: 0 };
      sites.set(key, site);
      site.bytes += selfSize;
      if (selfSize > site.mostBytes) Object.assign(site, { at, mostBytes: selfSize });
    }
  } catch (error) {
    throw new CodedError("inspector.garbled", { method: "HeapProfiler.getSamplingProfile" }, { cause: error });
  }
  return new Map([...sites].map(([key, { at, bytes }]) => [key, { frame: at.frame, bytes, callers: callersOf(at) }]));
}

function callersOf({ above }: Call): V8CallFrame[] {
  const callers: V8CallFrame[] = [];
  for (let call = above; call !== null && callers.length < MOST_CALLERS; call = call.above)
    if (!SILENT.has(call.frame.functionName)) callers.push(call.frame);
  return callers;
}
