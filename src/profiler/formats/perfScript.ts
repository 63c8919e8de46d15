import { type Coded, CodedError } from "../../engine/common/errors.ts";
import { type Frame, kernelFile, type Profile, ProfileBuilder, type WeightUnit } from "../profile.ts";
import { functionName, shown, textOf } from "./content.ts";
import type { ProfileFormat, ReadProfiles } from "./format.ts";
import { lines } from "./lines.ts";

/**
 * The text of `perf script` (tools/perf/Documentation/perf-script.txt): a line for each sample with program, pid, time,
 * period and event, then its stack from the top to the root, then an empty line. Each event becomes a profile; the
 * program is the root of its stacks. Periods of the clocks are nanoseconds, those of all other events a count.
 */
export const perfScript: ProfileFormat = {
  id: "perf-script",
  endings: [".perf", ".perf.txt"],
  canRead: ({ text }) => looksLikePerf(text),
  read,
  writer: null,
};

/** `node 4711/4712 [003] 1234.567890:     250000 cpu-clock:u:` */
const HEADER =
  /^\s*(\S.*?)\s+(-?\d+)(?:\/(-?\d+))?\s+(?:\[\d+\]\s+)?(?:[.a-zA-Z]{3,8}\s+)?(\d+\.\d+):\s+(?:(\d+)\s+)?(\S+?):(?:\s|$)/;
/** Longer ones are looked at so far: what counts stands at the begin, and expressions with blanks are slow on more. */
const HEADER_CHARACTERS = 400;
const ADDRESS = /^([0-9a-f]+)(?:\s+|$)/;
const DELETED = " (deleted))";
const OFFSET = /\+0x[0-9a-f]+$/;
const CLOCK = /^(?:cpu-clock|task-clock)(?::[a-zA-Z]*)?$/;
const KERNEL = /^\[(?:kernel\.kallsyms|kernel\.vmlinux|guest\.kernel\.kallsyms|kernel)\]/;
const KERNEL_MODULE = /^\[([A-Za-z0-9_-]+)\]$|\/([^/]+)\.ko(?:\.(?:gz|xz|zst))?$/;
/** Parts of a process that perf names as it names modules of the kernel. */
const NO_MODULE = new Set(["vdso", "vsyscall", "stack", "heap", "unknown"]);
/** `LazyCompile:*run /app/worker.js:10:5`, of `node --perf-basic-prof`. */
const JIT_NAME = /^(?:LazyCompile|Function|JS|Script|Eval|InterpretedFunction):[*~^+]?(.*) (\S+?):(\d+)(?::(\d+))?$/;
const JIT_FILE = /perf-\d+\.map$/;

function looksLikePerf(text: string): boolean {
  for (const line of lines(text)) {
    if (line.text.trim() === "" || line.text.startsWith("#")) continue;
    return headerOf(line.text) !== null;
  }
  return false;
}

function headerOf(line: string): RegExpExecArray | null {
  return HEADER.exec(line.slice(0, HEADER_CHARACTERS));
}

/** What was sampled by one event, while it is read. */
interface Event {
  readonly name: string;
  readonly unit: WeightUnit;
  readonly builder: ProfileBuilder;
  readonly samples: { readonly atUs: number; readonly node: number; readonly weight: number }[];
}

interface Sample {
  readonly event: Event;
  readonly atUs: number;
  readonly weight: number;
  /** What its stack stands on. */
  readonly root: string;
  /** From the top on. */
  readonly stack: Frame[];
}

/** How samples become a profile; without it, as in a file of somebody else's. */
export interface PerfReading {
  /** What each sample counts, in microseconds, whatever its event: all are one profile then. `null`: its period, or one. */
  readonly weightUs: number | null;
  readonly rootOf: (program: string, tid: number) => string;
}

const AS_FILE: PerfReading = { weightUs: null, rootOf: (program) => program };

function read(content: Uint8Array, file: string): ReadProfiles {
  return readPerfScript(textOf(content), file, AS_FILE);
}

/** @throws CodedError `profile.perfLine` */
export function readPerfScript(script: string, file: string, reading: PerfReading): ReadProfiles {
  const events = new Map<string, Event>();
  let open: Sample | null = null;
  let skipped = 0;
  let firstSkipped = 0;
  let number = 0;
  for (const { text } of lines(script)) {
    number++;
    if (text.trim() === "") {
      if (open !== null) close(open);
      open = null;
    } else if (text.startsWith("#")) continue;
    else if (open === null) open = begin(text, events, file, number, reading);
    else {
      const frame = frameOf(text);
      if (frame !== null) open.stack.push(frame);
      else if (headerOf(text) !== null) {
        // Without call chains there is no empty line in between.
        close(open);
        open = begin(text, events, file, number, reading);
      } else if (skipped++ === 0) firstSkipped = number;
    }
  }
  if (open !== null) close(open);
  const problems: Coded[] =
    skipped === 0 ? [] : [{ code: "profile.skippedLines", args: { file, count: skipped, line: firstSkipped } }];
  return { profiles: Array.from(events.values(), (event) => profileOf(event)), problems };
}

/** @throws CodedError `profile.perfLine` */
function begin(
  text: string,
  events: Map<string, Event>,
  file: string,
  line: number,
  { weightUs, rootOf }: PerfReading,
): Sample {
  const [, program, first, second, seconds, period, name] = headerOf(text) ?? [];
  if (program === undefined || name === undefined)
    throw new CodedError("profile.perfLine", { file, line, value: shown(text.trim()) });
  const clock = weightUs !== null || (period !== undefined && CLOCK.test(name));
  const unit = clock ? "microseconds" : "count";
  const key = weightUs === null ? `${name} ${unit}` : "";
  let event = events.get(key);
  if (event === undefined) {
    const title = events.size === 0 ? file : `${file} ${name}`;
    event = { name, unit, builder: new ProfileBuilder(title, unit, true), samples: [] };
    events.set(key, event);
  }
  const weight = weightUs ?? Number(period ?? 1) / (clock ? 1_000 : 1);
  return { event, atUs: Number(seconds) * 1e6, weight, root: rootOf(program, Number(second ?? first)), stack: [] };
}

function close({ event, atUs, weight, root, stack }: Sample): void {
  const { builder } = event;
  let node = builder.node(-1, builder.frame({ name: root, file: null, line: null, column: null }));
  for (let n = stack.length - 1; n >= 0; n--) node = builder.node(node, builder.frame(stack[n] as Frame));
  event.samples.push({ atUs, node, weight });
}

/** In order of time, which those of several processors need not be in, and from the first one on. */
function profileOf({ builder, samples }: Event): Profile {
  const ordered = samples.toSorted((a, b) => a.atUs - b.atUs);
  const start = ordered[0]?.atUs ?? 0;
  for (const { node, weight, atUs } of ordered) builder.sample(node, weight, atUs - start);
  return builder.build();
}

/** `    7f3c00001000 main+0x10 (/usr/bin/app)`: the symbol may hold blanks and brackets, or be left out. */
function frameOf(text: string): Frame | null {
  const trimmed = text.trim();
  const line = trimmed.endsWith(DELETED) ? `${trimmed.slice(0, -DELETED.length)})` : trimmed;
  const bracket = line.endsWith(")") ? line.lastIndexOf(" (") : -1;
  const [before, address] = (bracket < 0 ? null : ADDRESS.exec(line.slice(0, bracket))) ?? [];
  if (before === undefined || address === undefined || !/^\s/.test(text)) return null;
  const object = line.slice(bracket + 2, -1);
  const symbol = line.slice(before.length, bracket).trimEnd();
  const name = symbol === "" ? `0x${address}` : symbol.replace(OFFSET, "");
  if (JIT_FILE.test(object)) {
    const [, called, path, line, column] = JIT_NAME.exec(name) ?? [];
    if (called !== undefined && path !== undefined)
      return {
        ...{ name: functionName(called), file: path, line: Number(line) },
        column: column === undefined ? null : Number(column),
      };
  }
  return { name: functionName(name), file: fileOf(object), line: null, column: null };
}

function fileOf(object: string): string | null {
  if (KERNEL.test(object)) return kernelFile(null);
  const [, inBrackets, ofPath] = KERNEL_MODULE.exec(object) ?? [];
  const module = inBrackets ?? ofPath;
  if (module !== undefined && !NO_MODULE.has(module)) return kernelFile(module);
  // `[unknown]`, and what was inlined into the function that is next.
  return object === "[unknown]" || object === "unknown" || object === "inlined" || object === "" ? null : object;
}
