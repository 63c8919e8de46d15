import * as z from "zod";
import { demoFaults, faultTolerancePolicy, lane } from "../faultTolerance.ts";
import { BREAKER_ACTIONS, LANE_ACTIONS } from "../tasks.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";
import { taskRow } from "./tasks.ts";

// lanes, lane -----------------------------------------------------------------------------------------------------

const laneRow = z.object({
  lane: z.enum(lane.options),
  gate: z.enum(["open", "paused", "draining"]),
  capacity: z.int(),
  limit: z.int(),
  queueLimit: z.int(),
  adaptive: z.boolean(),
  inUse: z.int(),
  queued: z.int(),
  shed: z.int(),
  waitP50Ms: z.number().nullable(),
  waitP95Ms: z.number().nullable(),
  utilisation: z.number(),
  breakerId: z.string(),
  running: z.array(taskRow).readonly(),
  waiting: z.array(taskRow).readonly(),
  leases: z
    .array(
      z.object({
        id: z.string(),
        lane: z.enum(lane.options),
        units: z.int(),
        memoryBytes: z.number().nullable(),
        swarmId: z.string().nullable(),
        holder: z.object({ pid: z.int(), startTime: z.number().nullable() }),
        by: z.string(),
        sinceMs: z.number(),
        untilMs: z.number(),
      }),
    )
    .readonly()
    .optional()
    .describe("Of its places, those leased to agents outside; an older engine does not tell"),
});
export type CliLane = z.infer<typeof laneRow>;

export const lanesFlags = z.strictObject(engineFlags);
export const lanesOutput = z.object({
  wallMs: z.number(),
  lanes: z.array(laneRow).readonly(),
  faults: z.nullable(demoFaults).describe("Injected into the demo swarm"),
});

export const laneFlags = z
  .strictObject({
    lane: z.enum(lane.options).describe("Which lane"),
    action: z.enum(LANE_ACTIONS).optional().describe("pause: nothing starts · drain: nothing new comes in · resume"),
    capacity: z.int("use a whole number").min(1, "use at least 1").optional().describe("Tasks that run at once"),
    queue: z
      .int("use a whole number")
      .min(0, "use 0 or more")
      .optional()
      .describe("Tasks that may wait; more are shed"),
    ...engineFlags,
  })
  .refine((f) => f.action !== undefined || f.capacity !== undefined || f.queue !== undefined, {
    path: ["action"],
    message: "say what to do: --action, --capacity or --queue",
  });
export const laneOutput = laneRow;

// lease-release ---------------------------------------------------------------------------------------------------

export const leaseReleaseFlags = z.strictObject({
  "lease-id": z.uuid("use the id that `lanes` shows").describe("As `lanes` lists it"),
  ...engineFlags,
});
export const leaseReleaseOutput = z.object({
  leaseId: z.string(),
  ended: z.enum(["released", "expired", "holderGone", "takenBack"]),
  now: z.boolean().describe("Whether this ended it"),
});

// breakers, breaker -----------------------------------------------------------------------------------------------

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
  revision: z.int(),
  calls: z.int(),
  failures: z.int(),
  slow: z.int(),
  failureRate: z.number().nullable(),
  slowRate: z.number().nullable(),
  consecutiveFailures: z.int(),
  failureThreshold: z.int().describe("In force now"),
  recoveryMs: z.number().describe("In force now"),
  adaptive: z.boolean(),
  opens: z.int(),
});
export type CliBreaker = z.infer<typeof breakerRow>;

export const breakersFlags = z.strictObject(engineFlags);
export const breakersOutput = z.object({ wallMs: z.number(), breakers: z.array(breakerRow).readonly() });

export const breakerFlags = z.strictObject({
  "breaker-id": z
    .string()
    .min(1, "name a breaker")
    .max(200, "use at most 200 characters")
    .describe("As `breakers` names it"),
  action: z
    .enum(BREAKER_ACTIONS)
    .describe("forceOpen: nothing goes through · metricsOnly: everything does · reset: closed, counts forgotten"),
  revision: z.int().min(0).optional().describe("Refused when it has changed since this revision"),
  ...engineFlags,
});
export const breakerOutput = breakerRow;

// fault-tolerance, fault-inject -----------------------------------------------------------------------------------

export const faultToleranceFlags = z.strictObject({
  strategy: z
    .enum(["circuit-breaker", "bulkhead"])
    .optional()
    .describe("Which part the file is about; without it the file holds breaker, lanes, retry and taskTimeoutSeconds"),
  config: z
    .string()
    .min(1, "name a file")
    .optional()
    .describe("JSON; fields that it does not name keep what is in force; - reads standard input"),
  "swarm-id": anySwarmId.optional().describe("Show the breaker before this swarm as well"),
  ...engineFlags,
});
export const faultToleranceOutput = z.object({
  revision: z.int(),
  changed: z.boolean(),
  policy: faultTolerancePolicy,
  breaker: z
    .object({ id: z.string(), state: z.string(), failures: z.int().describe("In a row") })
    .exactOptional()
    .describe("Of the swarm that was named"),
});
export type FaultToleranceOutput = z.infer<typeof faultToleranceOutput>;

const ratio = (what: string) =>
  z.number().min(0, "use 0 to 1").max(1, "use 0 to 1").default(0).describe(`Share of the demo's tasks that ${what}`);
export const faultInjectFlags = z
  .strictObject({
    errors: ratio("fail"),
    hang: ratio("never end by themselves"),
    crash: ratio("take their agent down"),
    latency: z
      .number()
      .min(0, "use 0 or more")
      .max(600_000, "use at most 600000")
      .default(0)
      .describe("Milliseconds added to each"),
    cpu: z
      .number()
      .min(0, "use 0 or more")
      .max(60_000, "use at most 60000")
      .default(0)
      .describe("Milliseconds of CPU added to each, in plantedHotLoop"),
    leak: z
      .int("use a whole number of bytes")
      .min(0, "use 0 or more")
      .max(1 << 30, `use at most ${1 << 30}`)
      .default(0)
      .describe("Bytes that each leaks, in plantedLeak"),
    disk: z
      .number()
      .min(0, "use 0 or more")
      .max(60_000, "use at most 60000")
      .default(0)
      .describe("Milliseconds for which each writes and waits for the disk, in plantedDiskLoop"),
    off: z.boolean().default(false).describe("End all injected faults"),
    ...engineFlags,
  })
  .refine((f) => f.off !== [f.errors, f.hang, f.crash, f.latency, f.cpu, f.leak, f.disk].some((n) => n > 0), {
    path: ["off"],
    message:
      "say what should go wrong (--errors, --hang, --crash, --latency, --cpu, --leak, --disk), or --off to end it",
  });
export const faultInjectOutput = z.object({ faults: z.nullable(demoFaults) });
