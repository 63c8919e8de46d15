import * as z from "zod";
import { RESOURCES, resourceLimits } from "../allocators.ts";
import { LANES } from "../lanes.ts";
import { CONSTRAINTS, OBJECTIVES, STRATEGIES } from "../optimize.ts";
import { bottleneckOutput } from "./bottlenecks.ts";
import { swarmFigures } from "./decisions.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";

const allocationId = z.uuid("copy an id from `allocations`");
const oneSwarm = {
  "swarm-id": anySwarmId.optional().describe("Of this managed swarm"),
  demo: z.boolean().default(false).describe("Of the demo swarm"),
};

export const resourceAllocFlags = z.strictObject({
  resources: z
    .string()
    .min(1, "name a file")
    .describe(
      "JSON file of what swarms are to be given (README, Resources files); with --swarm-id, of that swarm alone",
    ),
  "swarm-id": anySwarmId.optional().describe('The file says what this swarm is given: {"agents": 5}'),
  "dry-run": z.boolean().default(false).describe("Show what it would do and change nothing"),
  ...engineFlags,
});

export const optimizePerformanceFlags = z
  .strictObject({
    ...oneSwarm,
    strategy: z
      .enum(STRATEGIES, `use one of ${STRATEGIES.join(", ")}`)
      .default("adaptive")
      .describe("What matters: adaptive goes by what holds the swarm back"),
    apply: z.boolean().default(false).describe("Carry it out, and wait until every step was seen"),
    ...engineFlags,
  })
  .refine((f) => f.demo !== (f["swarm-id"] !== undefined), {
    path: ["swarm-id"],
    message: "name one swarm: --swarm-id ID or --demo",
  });

export const allocationsFlags = z.strictObject({
  limit: z
    .int("use a whole number")
    .min(1, "use at least 1")
    .max(200, "use at most 200; older ones with --before")
    .default(20)
    .describe("How many, newest first"),
  before: allocationId.optional().describe("Only allocations older than this one"),
  ...engineFlags,
});

export const allocationUndoFlags = z
  .strictObject({
    "allocation-id": allocationId.optional().describe("Which allocation to take back"),
    last: z.boolean().default(false).describe("The newest that can be taken back"),
    ...engineFlags,
  })
  .refine((f) => f.last !== (f["allocation-id"] !== undefined), {
    path: ["allocation-id"],
    message: "name an allocation, or use --last",
  });

// Output ----------------------------------------------------------------------------------------------------------

const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("confirmed"), notes: z.array(coded).readonly() }),
  z.object({ kind: z.literal("unconfirmed"), reason: coded }),
  z.object({ kind: z.literal("refused"), reason: coded }),
]);
export const aims = z.partialRecord(z.enum(OBJECTIVES), z.number());

export const allocationRecord = z.object({
  id: z.string(),
  wallMs: z.number(),
  by: z.string(),
  steps: z
    .array(
      z.object({
        limits: resourceLimits,
        previous: z.nullable(resourceLimits).describe("What an undo goes back to; null: it has not been its turn"),
        state: z.union([
          z.object({ kind: z.enum(["waiting", "acting"]) }),
          outcome,
          z.object({ kind: z.literal("takenBack"), outcome }),
        ]),
      }),
    )
    .readonly(),
  state: z.discriminatedUnion("kind", [
    z.object({ kind: z.enum(["acting", "interrupted"]) }),
    z.object({ kind: z.literal("applied"), elapsedMs: z.number() }),
    z.object({
      kind: z.enum(["rolledBack", "partly"]),
      reason: coded,
      left: z.int().describe("Steps that could not be taken back"),
    }),
    z.object({ kind: z.literal("refused"), reason: coded }),
  ]),
  undoOf: z.string().nullable(),
  undoneBy: z.string().nullable(),
  expected: z
    .object({ swarmId: z.string(), now: aims.nullable(), chosen: aims })
    .optional()
    .describe("By the queueing model, in seconds, ratios and currency an hour; derived"),
  effects: z
    .array(
      z.object({
        swarmId: z.string(),
        impact: z.object({ windowMs: z.number(), before: swarmFigures, after: swarmFigures }),
      }),
    )
    .readonly()
    .optional()
    .describe("Measured"),
});
export type CliAllocation = z.infer<typeof allocationRecord>;

const preview = z.object({
  plan: z.array(resourceLimits).readonly(),
  changes: z.array(z.object({ from: resourceLimits, to: resourceLimits })).readonly(),
  steps: z.int(),
  refusal: coded.nullable(),
  notes: z.array(coded).readonly(),
});

export const resourceAllocOutput = z.object({
  preview,
  allocation: allocationRecord.nullable().describe("null: nothing was to be done, or only to be shown"),
});
export type ResourceAllocOutput = z.infer<typeof resourceAllocOutput>;

const objective = z.object({
  id: z.enum(OBJECTIVES),
  unit: z.enum(["s", "ratio", "perHour"]),
  better: z.enum(["lower", "higher"]),
  value: z.number().nullable(),
  reason: coded.nullable(),
});
const lane = z.enum(LANES);
const point = {
  allocation: z.object({
    agents: z
      .array(z.object({ kind: z.string(), lane, agents: z.int(), cpuWeight: z.number(), memoryBytes: z.number() }))
      .readonly(),
    lanes: z.array(z.object({ lane, capacity: z.int() })).readonly(),
  }),
  objectives: z.array(objective).readonly(),
  lanes: z
    .array(
      z.object({
        lane,
        agents: z.int(),
        utilisation: z.number().nullable(),
        waitMeanSec: z.number().nullable(),
        waitP95Sec: z.number().nullable(),
        serviceSec: z.number().nullable(),
      }),
    )
    .readonly(),
};

export const optimizePerformanceOutput = z.object({
  swarmId: z.string(),
  asked: z.enum(STRATEGIES),
  strategy: z.enum(STRATEGIES),
  why: coded,
  findings: bottleneckOutput.shape.findings,
  optimization: z.object({
    madeAtMs: z.number(),
    fromMs: z.number(),
    toMs: z.number(),
    currency: z.string().nullable(),
    weights: aims,
    solutions: z.int(),
    isKnee: z.boolean(),
    chosen: z.object(point),
    current: z
      .object({ ...point, violates: z.array(z.enum(CONSTRAINTS)).readonly() })
      .nullable()
      .describe("The allocation in force; null where it cannot be said"),
    confidenceRatio: z.number().describe("1: every seed chooses what comes to the same"),
    waitErrorRatio: z.number().nullable().describe("Of the model on measured waits, WAPE"),
    waitErrorReason: coded.nullable(),
    observations: z.int(),
    aimsLeftOut: z.array(z.object({ id: z.enum(OBJECTIVES), reason: coded })).readonly(),
    caveats: z.array(coded).readonly().describe("What the model does not see and may matter"),
  }),
  preview,
  allocation: allocationRecord.nullable().describe("null: it was only shown, or is so already"),
});
export type OptimizePerformanceOutput = z.infer<typeof optimizePerformanceOutput>;

const support = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("supported"), means: z.array(z.string()).readonly(), notes: z.array(coded).readonly() }),
  z.object({ kind: z.literal("unsupported"), reason: coded }),
]);

export const allocationsOutput = z.object({
  allocations: z.array(allocationRecord.extend({ undoRefusal: coded.nullable() })).readonly(),
  more: z.boolean(),
  support: z
    .array(z.object({ resource: z.enum(RESOURCES), support }))
    .readonly()
    .describe("What each resource can be limited by here"),
});
export type AllocationsOutput = z.infer<typeof allocationsOutput>;

export const allocationUndoOutput = allocationRecord;
