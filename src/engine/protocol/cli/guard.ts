import * as z from "zod";
import { demoFaults, faultTolerancePolicy, lane } from "../faultTolerance.ts";
import { coded, engineFlags } from "./parts.ts";
import { taskRow } from "./tasks.ts";

const laneName = z.enum(lane.options);

// lanes -----------------------------------------------------------------------------------------------------------

const laneRow = z.object({
  lane: laneName,
  gate: z
    .enum(["open", "paused", "draining"])
    .describe("paused: nothing starts; draining: nothing new comes in, what waits is worked off"),
  capacity: z.int(),
  limit: z.number().describe("In force now: the capacity, or less while the adaptive limit is on"),
  queueLimit: z.int(),
  adaptive: z.boolean(),
  inUse: z.int(),
  queued: z.int(),
  shed: z.int().describe("Refused for want of room, since the engine started"),
  waitP50Ms: z.number().nullable(),
  waitP95Ms: z.number().nullable(),
  utilisation: z.number().describe("In use ÷ limit"),
  breakerId: z.string(),
  running: z.array(taskRow).readonly().describe("The first of them"),
  waiting: z.array(taskRow).readonly().describe("The first of them, in the order they will start"),
});
export type CliLane = z.infer<typeof laneRow>;

export const lanesFlags = z.strictObject(engineFlags);
export const lanesOutput = z.object({ wallMs: z.number(), lanes: z.array(laneRow).readonly() });
export type LanesOutput = z.infer<typeof lanesOutput>;

export const laneActionFlags = z.strictObject({ lane: laneName.describe("The lane"), ...engineFlags });

export const laneResizeFlags = z
  .strictObject({
    lane: laneName.describe("The lane"),
    capacity: z
      .int("use a whole number of tasks")
      .min(1, "use at least 1 task; `lane-pause` lets nothing start")
      .max(10_000, "use at most 10000")
      .optional()
      .describe("Tasks of the lane that run at once"),
    queue: z
      .int("use a whole number of tasks")
      .min(0, "use 0 or more tasks")
      .max(1_000_000, "use at most 1000000")
      .optional()
      .describe("Tasks that may wait; more are shed"),
    ...engineFlags,
  })
  .refine((flags) => flags.capacity !== undefined || flags.queue !== undefined, {
    path: ["capacity"],
    message: "say what to change: --capacity N, --queue N or both",
  });

/** The lane as it was read after the change. */
export const laneOutput = z.object({ wallMs: z.number(), ...laneRow.shape });
export type LaneOutput = z.infer<typeof laneOutput>;

// breakers --------------------------------------------------------------------------------------------------------

const breakerState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed") }),
  z.object({ kind: z.literal("open"), sinceMs: z.number(), untilMs: z.number(), reason: coded }),
  z.object({
    kind: z.literal("halfOpen"),
    sinceMs: z.number(),
    inUse: z.int(),
    successes: z.int(),
    needed: z.int(),
  }),
  z.object({ kind: z.literal("forcedOpen"), sinceMs: z.number(), by: z.string() }),
  z.object({ kind: z.literal("metricsOnly"), sinceMs: z.number(), by: z.string() }),
]);

const breakerRow = z.object({
  id: z.string(),
  label: z.string(),
  of: z.enum(["swarm", "lane"]),
  state: breakerState,
  revision: z.int().describe("Counts its changes of state"),
  calls: z.int(),
  failures: z.int(),
  slow: z.int(),
  failureRate: z.number().nullable().describe("null below the minimum of calls"),
  slowRate: z.number().nullable(),
  consecutiveFailures: z.int(),
  failureThreshold: z.number().describe("In force now: the setting's, or the adapted one"),
  recoveryMs: z.number(),
  adaptive: z.boolean(),
  opens: z.int().describe("Since the engine started"),
});
export type CliBreaker = z.infer<typeof breakerRow>;

export const breakersFlags = z.strictObject(engineFlags);
export const breakersOutput = z.object({ wallMs: z.number(), breakers: z.array(breakerRow).readonly() });
export type BreakersOutput = z.infer<typeof breakersOutput>;

export const breakerActionFlags = z.strictObject({
  "breaker-id": z
    .string()
    .min(1, "name a breaker")
    .max(200, "use at most 200 characters")
    .describe("A breaker as `breakers` names it: swarm:ID or lane:NAME"),
  revision: z
    .int("use a whole number")
    .min(0, "use 0 or more")
    .optional()
    .describe("Only if it has not changed since: the revision that `breakers --json` showed"),
  ...engineFlags,
});
export const breakerOutput = breakerRow;

// fault-inject ----------------------------------------------------------------------------------------------------

const share = z.number().min(0, "use 0 to 1").max(1, "use 0 to 1").optional();

export const faultInjectFlags = z
  .strictObject({
    errors: share.describe("Share of its tasks that fail"),
    latency: z
      .number()
      .min(0, "use 0 or more")
      .max(600_000, "use at most 600000 ms")
      .optional()
      .describe("Added to each task, in ms"),
    hang: share.describe("Share of its tasks that never end by themselves"),
    crash: share.describe("Share of its tasks that take their agent down"),
    off: z.boolean().default(false).describe("End all faults"),
    ...engineFlags,
  })
  .refine(({ off, errors, latency, hang, crash }) => {
    const named = [errors, latency, hang, crash].some((each) => each !== undefined);
    return off !== named;
  }, "name the faults (--errors, --latency, --hang, --crash), or end them with --off");

export const faultInjectOutput = z.object({
  swarmId: z.string(),
  faults: z.nullable(demoFaults).describe("In force now; null when there are none"),
});
export type FaultInjectOutput = z.infer<typeof faultInjectOutput>;

// fault-tolerance -------------------------------------------------------------------------------------------------

export const strategy = z.enum(["circuit-breaker", "bulkhead"]);
export type Strategy = z.infer<typeof strategy>;

export const faultToleranceFlags = z
  .strictObject({
    strategy: strategy.optional().describe("circuit-breaker: when to refuse · bulkhead: room of the lanes"),
    config: z
      .string()
      .min(1, "name a file")
      .optional()
      .describe("JSON with the fields to change; - reads standard input"),
    ...engineFlags,
  })
  .refine((flags) => flags.config === undefined || flags.strategy !== undefined, {
    path: ["strategy"],
    message: "say which one the file is for: --strategy circuit-breaker or --strategy bulkhead",
  });

export const faultToleranceOutput = z.object({
  strategy: strategy.nullable().describe("What was asked about; null for both"),
  revision: z.int().describe("Of the configuration"),
  changed: z.array(z.string()).readonly().describe("Fields that the file changed, such as critical.capacity"),
  policy: faultTolerancePolicy.describe("All that is in force"),
});
export type FaultToleranceOutput = z.infer<typeof faultToleranceOutput>;
