import * as z from "zod";
import { LANES } from "../lanes.ts";
import {
  ADVICE_TYPES,
  ARTEFACT_KINDS,
  CPU_METHODS,
  DEFAULT_PROFILE_MS,
  GROWTH_PATTERNS,
  GROWTH_SERIES,
  PACKAGE_KINDS,
  PROFILE_COMPONENTS,
  PROFILE_MS,
  type ProfileComponent,
  STACK_PARTS,
  THREAD_STATES,
} from "../profiling.ts";
import { WAIT_CAUSES } from "../profilingTasks.ts";
import { io } from "./profileIo.ts";
import { anySwarmId, coded, engineFlags, sourceTag } from "./parts.ts";

const pid = z
  .int("use a whole number")
  .min(2, "use a process id above 1")
  .max(2 ** 31 - 1, "use a process id");
const yes = z.boolean().default(false).describe("Open an inspector in the process without asking first");

/** `all`, or some of them with commas. */
const components = z
  .string()
  .default("all")
  .transform((text) => (text === "all" ? [...PROFILE_COMPONENTS] : [...new Set(text.split(","))]))
  .refine((names) => names.every((name) => (PROFILE_COMPONENTS as readonly string[]).includes(name)), {
    message: `use all, or some of ${PROFILE_COMPONENTS.join(",")}`,
  })
  .transform((names) => names as ProfileComponent[])
  .describe("What to profile: all, or some of cpu,memory,io,application");

export const profilePerformanceFlags = z
  .strictObject({
    pid: pid.optional().describe("A process"),
    "agent-id": z
      .string()
      .min(1, "name an agent")
      .max(200, "use at most 200 characters")
      .optional()
      .describe("An agent"),
    "swarm-id": anySwarmId.optional().describe("The agent of this swarm that uses the most CPU"),
    engine: z.boolean().default(false).describe("The engine itself, from within: no port is opened"),
    duration: z
      .int("use a whole number of milliseconds")
      .min(PROFILE_MS.least, `use at least ${PROFILE_MS.least} ms`)
      .max(PROFILE_MS.most, `use at most ${PROFILE_MS.most} ms`)
      .default(DEFAULT_PROFILE_MS)
      .describe("How long, in ms"),
    components,
    "heap-snapshot": z.boolean().default(false).describe("Also a whole heap snapshot; the process stands still for it"),
    yes,
    ...engineFlags,
  })
  .refine(
    (f) => [f.pid, f["agent-id"], f["swarm-id"], f.engine || undefined].filter((one) => one !== undefined).length === 1,
    { path: ["pid"], message: "name one process: --pid PID, --agent-id ID, --swarm-id ID or --engine" },
  )
  .refine((f) => !(f.engine && f["heap-snapshot"]), {
    path: ["heap-snapshot"],
    message: "leave it out with --engine: the engine would stand still for it, and every agent with it",
  });

export const stacksFlags = z
  .strictObject({
    pid: pid.describe("A process; of one that runs Node its JavaScript is told too"),
    yes,
    "no-inspector": z.boolean().default(false).describe("Open none: only what the kernel tells of its threads"),
    "no-threads": z.boolean().default(false).describe("Leave out the list of its threads"),
    ...engineFlags,
  })
  .refine((flags) => !(flags.yes && flags["no-inspector"]), {
    path: ["no-inspector"],
    message: "give one of --yes and --no-inspector",
  });

const process = z.object({ pid: z.int(), startTime: z.number(), command: z.string() });
const frame = {
  name: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable().describe("From 1 on"),
  column: z.int().nullable(),
};
const shares = { selfRatio: z.number(), totalRatio: z.number() };
const artefact = z.object({ kind: z.enum(ARTEFACT_KINDS), path: z.string(), bytes: z.int() });

const cpu = z.object({
  method: z.enum(CPU_METHODS),
  methodReason: coded.nullable().describe("Why not by the one that tells more"),
  source: sourceTag,
  samples: z.int(),
  intervalMs: z.number(),
  hotspots: z
    .array(z.object({ ...frame, ...shares, samples: z.int().describe("In which it was on top") }))
    .readonly()
    .describe("Shares of the time in which something ran, by self time"),
  scripts: z.array(z.object({ file: z.string().nullable(), ...shares })).readonly(),
  packages: z.array(z.object({ kind: z.enum(PACKAGE_KINDS), name: z.string().nullable(), ...shares })).readonly(),
  counts: z.object({ functions: z.int(), scripts: z.int(), packages: z.int() }),
  busyRatio: z.number().nullable(),
  collectorRatio: z.number().nullable().describe("Of the time in which something ran"),
  misnamedRatio: z
    .number()
    .nullable()
    .describe("At least this share of what ran is named after the caller of an inlined function"),
  blockingCallers: z
    .array(z.object({ ...frame, ratio: z.number(), operations: z.array(z.string()).readonly() }))
    .readonly()
    .nullable()
    .describe("Functions that waited for files or child processes in Node's calls that block"),
  flamegraph: artefact.nullable(),
});

const memory = z.object({
  snapshots: z
    .array(
      z.object({
        atMs: z.number(),
        rssBytes: z.number().nullable(),
        pssBytes: z.number().nullable(),
        swapBytes: z.number().nullable(),
        heapUsedBytes: z.number().nullable(),
        heapTotalBytes: z.number().nullable(),
        externalBytes: z.number().nullable(),
        retainedBytes: z.number().nullable().describe("Heap and what it holds outside, after a full collection"),
      }),
    )
    .readonly(),
  growth: z
    .array(
      z.object({
        series: z.enum(GROWTH_SERIES),
        pattern: z.enum(GROWTH_PATTERNS),
        bytesPerSecond: z.number().nullable(),
        lowBytesPerSecond: z.number().nullable(),
        highBytesPerSecond: z.number().nullable(),
        confidence: z.number().nullable().describe("That there is a trend at all, 0..1"),
        points: z.int(),
        falls: z.int().describe("Falls such as collections make; of a rise without any, a part may still be garbage"),
      }),
    )
    .readonly(),
  leaks: z
    .array(
      z.object({
        ...frame,
        bytes: z.number(),
        grownBytes: z.number(),
        bytesPerSecond: z.number(),
        grownLooks: z.int(),
        looks: z.int(),
        callers: z.array(z.object(frame)).readonly().describe("The nearest first"),
      }),
    )
    .readonly()
    .describe("Places that allocate, and whose living bytes grew all the while, as did all that is retained"),
  leaksReason: coded.nullable().describe("Why no leak can be told"),
  allocation: z
    .object({
      sampledMs: z.number(),
      samples: z.int().describe("That it rests on; of few of them it is a rough figure"),
      allocatedBytesPerSecond: z.number(),
      sites: z
        .array(
          z.object({
            ...frame,
            allocatedBytesPerSecond: z.number().nullable(),
            livingBytes: z.number(),
            grownBytesPerSecond: z.number().nullable(),
            freedBytesPerSecond: z.number().nullable(),
          }),
        )
        .readonly(),
    })
    .nullable()
    .describe("Sampled, so derived"),
  collections: z
    .object({ count: z.int(), totalMs: z.number(), mostMs: z.number() })
    .nullable()
    .describe("Full collections that the profile asked for"),
  swarm: z
    .object({
      swarmId: z.string(),
      source: sourceTag,
      rounds: z
        .array(
          z.object({
            atMs: z.number(),
            processes: z.int(),
            leftOut: z.int(),
            rssBytes: z.number(),
            pssBytes: z.number().nullable(),
          }),
        )
        .readonly(),
      roundMs: z.number(),
      cpuMsPerRound: z.number().describe("What reading costs the engine"),
      agentCount: z.int(),
      agents: z
        .array(
          z.object({
            agentId: z.string(),
            processes: z.int(),
            rssBytes: z.number(),
            pssBytes: z.number().nullable(),
          }),
        )
        .readonly(),
    })
    .nullable()
    .describe("Of all processes of the swarm that the profiled agent belongs to"),
  heapProfile: artefact.nullable(),
});

const spread = z.object({
  count: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable().describe("null below 20"),
  p99Ms: z.number().nullable().describe("null below 100"),
  mostMs: z.number().nullable(),
});
const tasks = z.object({
  swarmId: z.string(),
  source: sourceTag,
  lanes: z
    .array(
      z.object({
        lane: z.enum(LANES),
        wait: spread,
        run: spread,
        done: z.int(),
        failed: z.int(),
        again: z.int().describe("Runs whose tasks wait again"),
      }),
    )
    .readonly(),
  running: z.int(),
  whole: z.boolean().describe("false: the oldest runs of this time are left out"),
  batches: z.int().describe("Submissions of two tasks or more that were over in this time"),
  path: z
    .object({
      tasks: z.int(),
      submittedAtMs: z.number(),
      makespanMs: z.number(),
      waitMs: z.number(),
      runMs: z.number(),
      agents: z.int(),
      busyMs: z.number(),
      linkCount: z.int(),
      links: z
        .array(
          z.object({
            taskId: z.string(),
            label: z.string(),
            lane: z.enum(LANES),
            agentId: z.string(),
            waitMs: z.number(),
            runMs: z.number(),
            waitedFor: z.enum(WAIT_CAUSES),
            inBatch: z.boolean(),
          }),
        )
        .readonly(),
    })
    .nullable()
    .describe("Critical path of the batch that took longest: its waits and runs add up to the makespan"),
});

const application = z.object({
  loopDelayMeanMs: z.number().nullable(),
  loopDelayP50Ms: z.number().nullable(),
  loopDelayP99Ms: z.number().nullable(),
  loopDelayMaxMs: z.number().nullable(),
  loopBusyRatio: z.number().nullable(),
  uptimeSeconds: z.number().nullable(),
  nodeVersion: z.string().nullable(),
  resources: z.array(z.object({ name: z.string(), count: z.int() })).readonly(),
  runtimeReason: coded.nullable().describe("Why nothing is told of the runtime"),
  tasks: tasks.nullable().describe("Of the swarm that the profiled agent belongs to"),
});

export const profilePerformanceOutput = z.object({
  process,
  startedAtMs: z.number(),
  durationMs: z.number(),
  ended: z.boolean().describe("The process ended by itself meanwhile"),
  inspected: z.boolean().describe("An inspector was opened in it"),
  leftOpen: coded.nullable().describe("What could not be put back as it was"),
  cpu: cpu.nullable(),
  memory: memory.nullable(),
  io: io.nullable(),
  application: application.nullable(),
  missing: z
    .array(z.object({ component: z.enum(PROFILE_COMPONENTS), reason: coded }))
    .readonly()
    .describe("What was asked for and could not be had"),
  recommendations: z
    .array(z.object({ type: z.enum(ADVICE_TYPES), target: z.string(), suggestion: coded, evidence: coded }))
    .readonly(),
  artefacts: z.array(artefact).readonly().describe("Files, readable by their owner only; the newest 50 are kept"),
});
export type ProfilePerformanceOutput = z.infer<typeof profilePerformanceOutput>;

export const stacksOutput = z.object({
  process,
  verdict: coded.describe("What it does, derived from the rest"),
  frames: z.array(z.object(frame)).readonly().describe("Of its JavaScript, the innermost call first"),
  idleMs: z.number().nullable().describe("No JavaScript ran, and none began within this time"),
  threads: z
    .array(
      z.object({
        tid: z.int(),
        name: z.string(),
        state: z.enum(THREAD_STATES),
        cpuRatio: z.number().nullable().describe("Of one processor, in the moment before"),
        cpuWaitRatio: z.number().nullable().describe("It could have run, and stood in line for a processor"),
        waitChannel: z.string().nullable().describe("The kernel's function in which it waits"),
        systemCall: z.object({ name: z.string().nullable(), number: z.int() }).nullable(),
        waitsOn: z.string().nullable().describe("The file, pipe or socket of the system call"),
        kernelStack: z.array(z.string()).readonly().describe("The innermost function first"),
      }),
    )
    .readonly()
    .describe("The main one first"),
  moreThreads: z.int().describe("Not told, as they are too many, or by --no-threads"),
  untold: z
    .array(z.object({ part: z.enum(STACK_PARTS), reason: coded }))
    .readonly()
    .describe("What could not be had, and why"),
  leftOpen: coded.nullable(),
});
export type StacksOutput = z.infer<typeof stacksOutput>;
