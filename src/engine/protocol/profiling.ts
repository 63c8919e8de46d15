import type { Coded, SourceTag } from "./model.ts";
import type { IoReport } from "./profilingIo.ts";
import type { ProfiledTasks } from "./profilingTasks.ts";

export type { DiskLoad, IoReport, LinkLoad } from "./profilingIo.ts";
export type { BatchPath, LaneTasks, PathLink, ProfiledTasks, TaskSpread, WaitCause } from "./profilingTasks.ts";

/** Profiles of running processes: what is asked for, and what comes back. */

export const PROFILE_COMPONENTS = ["cpu", "memory", "io", "application"] as const;
export type ProfileComponent = (typeof PROFILE_COMPONENTS)[number];

export const DEFAULT_PROFILE_MS = 60_000;
export const PROFILE_MS = { least: 500, most: 600_000 } as const;

/**
 * `inspector`: V8's own sampling, asked for over the inspector · `perf`: the kernel's sampling of native stacks ·
 * `scheduler`: states of its threads, looked at again and again.
 */
export const CPU_METHODS = ["inspector", "perf", "scheduler"] as const;
export type CpuMethod = (typeof CPU_METHODS)[number];

/** A process as it was agreed to. */
export interface ProfiledProcess {
  readonly pid: number;
  readonly startTime: number;
  readonly command: string;
}

/** What would be profiled, and what that needs. Changes nothing. */
export interface ProfilePreview extends ProfiledProcess {
  readonly agentId: string | null;
  readonly swarmId: string | null;
  /** An inspector can be opened in it, with consent. */
  readonly isNode: boolean;
  /** Why none can be opened; `null` when it can. */
  readonly inspectorRefusal: Coded | null;
  readonly openWork: readonly Coded[];
}

export interface ProfileFrame {
  readonly name: string;
  readonly file: string | null;
  /** From 1 on. */
  readonly line: number | null;
  readonly column: number | null;
}

/** What something used by itself, and with all that it called; shares of the samples in which something ran. */
export interface Shares {
  readonly selfRatio: number;
  readonly totalRatio: number;
}

/** A function outside Node's own code, and what it waited for in Node's calls that block. */
export interface BlockingCaller extends ProfileFrame {
  /** Share of the samples in which something ran, one that waits in such a call included. */
  readonly ratio: number;
  /** `fsyncSync`, what took the most first. */
  readonly operations: readonly string[];
}

/** Where time goes, by function. How often one was called is not told by sampling. */
export interface HotSpot extends ProfileFrame, Shares {
  /** In which it was on top. */
  readonly samples: number;
}

export interface HotScript extends Shares {
  /** `null`: of no file, V8's and the system's own. */
  readonly file: string | null;
}

export const PACKAGE_KINDS = ["own", "npm", "python", "cargo", "go", "runtime", "native", "kernel"] as const;
/** `own`: of no package; `runtime`: of Node, Deno, Bun or Python itself; `native`: has no file; `kernel`: of the system. */
export type PackageKind = (typeof PACKAGE_KINDS)[number];

export interface HotPackage extends Shares {
  readonly kind: PackageKind;
  /** Of a package, with its scope, or of a runtime. */
  readonly name: string | null;
}

export const ARTEFACT_KINDS = ["cpuprofile", "heapprofile", "heapsnapshot", "folded"] as const;
export type ArtefactKind = (typeof ARTEFACT_KINDS)[number];

/** A file of ours, readable by its owner only. */
export interface ProfileArtefact {
  readonly kind: ArtefactKind;
  readonly path: string;
  readonly bytes: number;
}

export interface CpuReport {
  readonly method: CpuMethod;
  /** Why not by the one that tells more; `null` when it is that. */
  readonly methodReason: Coded | null;
  /** `derived` where it was looked at from outside. */
  readonly source: SourceTag;
  readonly samples: number;
  readonly intervalMs: number;
  /** Of the samples in which something ran, by self time, the most first. Ratios are of these. */
  readonly hotspots: readonly HotSpot[];
  /** The same by file and by package; a recursion counts once in each. */
  readonly scripts: readonly HotScript[];
  readonly packages: readonly HotPackage[];
  /** How many there are of each, of which the first ones are told. */
  readonly counts: { readonly functions: number; readonly scripts: number; readonly packages: number };
  /** Share of the samples in which something ran, program and collector included. */
  readonly busyRatio: number | null;
  /** Share of the busy time in which the garbage collector ran; `null` where that is not told. */
  readonly collectorRatio: number | null;
  /** Least share of the samples in which something ran that are named after the caller of an inlined function; `null`: not told. */
  readonly misnamedRatio: number | null;
  /** Functions that waited for files or child processes in calls that block, the most first; `null`: not told. */
  readonly blockingCallers: readonly BlockingCaller[] | null;
  /** What a flame graph is drawn from; `null` where it could not be written, or nothing ran. */
  readonly flamegraph: ProfileArtefact | null;
}

/** Bytes at one moment; `null` where they are not told. */
export interface MemorySnapshot {
  /** From the start of the profile. */
  readonly atMs: number;
  readonly rssBytes: number | null;
  /** Proportional share, of the whole process. */
  readonly pssBytes: number | null;
  readonly swapBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly heapTotalBytes: number | null;
  readonly externalBytes: number | null;
  /** Heap and what it holds outside, right after a full collection; `null` where none was made. */
  readonly retainedBytes: number | null;
}

export const GROWTH_PATTERNS = ["steady", "sawtooth", "step", "leak", "unknown"] as const;
export type GrowthPattern = (typeof GROWTH_PATTERNS)[number];

/** `retained`: what is left after full collections, free of garbage. */
export const GROWTH_SERIES = ["rss", "heapUsed", "retained"] as const;
export type GrowthSeries = (typeof GROWTH_SERIES)[number];

/** How a series of bytes grew. Derived. */
export interface Growth {
  readonly series: GrowthSeries;
  /** `unknown` with a slope: it rises, and whether that is a leak cannot be told. */
  readonly pattern: GrowthPattern;
  /** Theil–Sen; of a sawtooth, and of a leak below one, over its low points. */
  readonly bytesPerSecond: number | null;
  /** Of the slope, 95%. */
  readonly lowBytesPerSecond: number | null;
  readonly highBytesPerSecond: number | null;
  /** That the series has a trend at all, by Mann–Kendall, 0..1. */
  readonly confidence: number | null;
  readonly points: number;
  /** Falls by more than noise, such as collections make. Of a rise without any, a part may still be garbage. */
  readonly falls: number;
}

/** A place that allocates, and whose living bytes grew from look to look. Sampled, so derived. */
export interface LeakSuspect extends ProfileFrame {
  readonly bytes: number;
  readonly grownBytes: number;
  readonly bytesPerSecond: number;
  /** Looks in which it had grown, of all after the first. */
  readonly grownLooks: number;
  readonly looks: number;
  /** What called it where it allocated most, the nearest first, a few of them. */
  readonly callers: readonly ProfileFrame[];
}

/** A place that allocates. Sampled, so derived. */
export interface AllocationSite extends ProfileFrame {
  /** While everything was sampled; `null`: it allocated nothing then. */
  readonly allocatedBytesPerSecond: number | null;
  /** Alive at the end, of what was allocated since the sampling of living ones began. */
  readonly livingBytes: number;
  /** Of what is alive, from look to look; `null`: too few looks. */
  readonly grownBytesPerSecond: number | null;
  /** Allocated and not kept; `null` where one of the two is not known. */
  readonly freedBytesPerSecond: number | null;
}

/** What is allocated and what becomes of it. V8 samples either everything or the living: everything first, for a while. */
export interface AllocationReport {
  readonly sampledMs: number;
  /** That it rests on; of few of them it is a rough figure. */
  readonly samples: number;
  readonly allocatedBytesPerSecond: number;
  /** The most allocated first. */
  readonly sites: readonly AllocationSite[];
}

/** Full collections that the profile itself asked for: the process stands still for each. Upper bounds: with their answers. */
export interface ForcedCollections {
  readonly count: number;
  readonly totalMs: number;
  readonly mostMs: number;
}

/** One look at all processes of a swarm, one after the other. */
export interface SwarmMemoryRound {
  /** Of its first process, from the start of the profile. */
  readonly atMs: number;
  readonly processes: number;
  /** Of a very large swarm. */
  readonly leftOut: number;
  /** Sum; memory that processes share is in it as often as they are. */
  readonly rssBytes: number;
  /** Sum of proportional shares; `null` where not all tell it. */
  readonly pssBytes: number | null;
}

/** Memory of all agents of the swarm with their helpers and tools. */
export interface SwarmMemoryReport {
  readonly swarmId: string;
  readonly source: SourceTag;
  readonly rounds: readonly SwarmMemoryRound[];
  /** Over which one round is spread. */
  readonly roundMs: number;
  /** What reading costs the engine, mean. */
  readonly cpuMsPerRound: number;
  readonly agentCount: number;
  /** In the last round, the largest first. */
  readonly agents: readonly {
    readonly agentId: string;
    readonly processes: number;
    readonly rssBytes: number;
    readonly pssBytes: number | null;
  }[];
}

export interface MemoryReport {
  readonly snapshots: readonly MemorySnapshot[];
  readonly growth: readonly Growth[];
  /** Only where what is retained grew all the while, and the place with it. */
  readonly leaks: readonly LeakSuspect[];
  /** Why no leak can be told; `null` when one could be, were there any. */
  readonly leaksReason: Coded | null;
  readonly allocation: AllocationReport | null;
  readonly collections: ForcedCollections | null;
  /** `null`: no agent of a swarm, or too short for one round. */
  readonly swarm: SwarmMemoryReport | null;
  readonly heapProfile: ProfileArtefact | null;
}

/** What the runtime says of itself, measured in the process, and what the tasks of its swarm did. */
export interface ApplicationReport {
  /** How late a timer of the event loop came, ms. `null`: it never ran while it was looked at. */
  readonly loopDelayMeanMs: number | null;
  readonly loopDelayP50Ms: number | null;
  readonly loopDelayP99Ms: number | null;
  readonly loopDelayMaxMs: number | null;
  /** Share of the time in which the event loop had something to do. */
  readonly loopBusyRatio: number | null;
  readonly uptimeSeconds: number | null;
  readonly nodeVersion: string | null;
  /** Open handles and requests that keep it alive, by kind, the most first. */
  readonly resources: readonly { readonly name: string; readonly count: number }[];
  /** Why nothing is told of the runtime; `null` when it is. */
  readonly runtimeReason: Coded | null;
  /** `null`: no agent of a swarm that was given tasks. */
  readonly tasks: ProfiledTasks | null;
}

export const ADVICE_TYPES = ["cpu", "memory", "io", "application"] as const;
export type AdviceType = (typeof ADVICE_TYPES)[number];

export interface ProfileAdvice {
  readonly type: AdviceType;
  /** A function with its place, a disk, or the process. */
  readonly target: string;
  readonly suggestion: Coded;
  readonly evidence: Coded;
}

/** Answer of `profile`. A component that was not asked for, or could not be had, is `null`; `missing` says why of the latter. */
export interface ProfileReport {
  readonly process: ProfiledProcess;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** It ended by itself while it was profiled: what was seen until then is told. */
  readonly ended: boolean;
  /** An inspector was opened in it. */
  readonly inspected: boolean;
  /** What could not be put back as it was; `null` when all was. */
  readonly leftOpen: Coded | null;
  readonly cpu: CpuReport | null;
  readonly memory: MemoryReport | null;
  readonly io: IoReport | null;
  readonly application: ApplicationReport | null;
  readonly missing: readonly { readonly component: ProfileComponent; readonly reason: Coded }[];
  readonly recommendations: readonly ProfileAdvice[];
  readonly artefacts: readonly ProfileArtefact[];
}

export const THREAD_STATES = [
  "running",
  "sleeping",
  "uninterruptible",
  "stopped",
  "traced",
  "idle",
  "ended",
  "unknown",
] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** A thread as the kernel tells it, at one moment. Measured. */
export interface StackThread {
  readonly tid: number;
  readonly name: string;
  readonly state: ThreadState;
  /** Of one processor, in the moment before. `null`: not told. */
  readonly cpuRatio: number | null;
  /** Share of that moment in which it could have run, and stood in line for a processor. */
  readonly cpuWaitRatio: number | null;
  /** The kernel's function in which it waits. */
  readonly waitChannel: string | null;
  /** In which it is; the name is `null` for one that is not known here. */
  readonly systemCall: { readonly name: string | null; readonly number: number } | null;
  /** The file, pipe or socket that the system call is about. */
  readonly waitsOn: string | null;
  /** Functions of the kernel, the innermost first. */
  readonly kernelStack: readonly string[];
}

export const STACK_PARTS = ["javascript", "waitChannels", "systemCalls", "kernelStacks"] as const;
export type StackPart = (typeof STACK_PARTS)[number];

/** Answer of `stacks`: where a process is at this moment: its JavaScript, the innermost call first, and its threads. */
export interface StackReport {
  readonly process: ProfiledProcess;
  /** What it does, as far as can be told from what follows. Derived. */
  readonly verdict: Coded;
  readonly frames: readonly ProfileFrame[];
  /** No JavaScript ran when it was looked at, and none began within this time. */
  readonly idleMs: number | null;
  /** The main one first. */
  readonly threads: readonly StackThread[];
  /** That are not told, as they are too many. */
  readonly moreThreads: number;
  /** What could not be had, and why. */
  readonly untold: readonly { readonly part: StackPart; readonly reason: Coded }[];
  readonly leftOpen: Coded | null;
}
