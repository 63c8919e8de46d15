import * as z from "zod";
import { TOOL_GRADES, TOOL_ROLES } from "../orchestrators.ts";
import { resourceAllocOutput } from "./allocations.ts";
import { bottleneckOutput } from "./bottlenecks.ts";
import { metricsOutput } from "./metrics.ts";
import { performanceReportOutput } from "./performanceReport.ts";
import { swarmMode } from "../config.ts";
import { anySwarmId, coded, engineFlags, outcome, sourceTag, timeout, topology } from "./parts.ts";

/** What orchestrators say, and what is done with their swarms. */

export const claimedAnswer = z.object({
  role: z.enum(TOOL_ROLES),
  tools: z.array(z.string()).readonly(),
  grade: z.enum(TOOL_GRADES),
  atMs: z.number(),
  figures: z
    .array(
      z.object({
        path: z.string(),
        value: z.union([z.number(), z.string(), z.boolean()]),
        verified: z.literal(true).exactOptional(),
      }),
    )
    .readonly()
    .describe(
      "As they were told (claimed); path is where it stands in the answer; verified: it agrees with what was measured here",
    ),
  left: z.int().describe("Figures beyond those"),
  reason: coded.nullable().describe("Why there are none"),
});

export const claimedOutput = z.object({
  swarmId: z.string(),
  /** As configured here. */
  mode: swarmMode,
  answers: z.array(claimedAnswer).readonly().describe("Of an orchestrator: everything in them is claimed"),
});
export type ClaimedOutput = z.infer<typeof claimedOutput>;

const claimed = z
  .array(claimedAnswer)
  .readonly()
  .exactOptional()
  .describe("Only of a swarm of an orchestrator: what it says (claimed), where the engine has nothing of its own");

/** Outputs with what an orchestrator says of its swarm. */
export const metricsWithClaims = metricsOutput.extend({ claimed });
export type MetricsWithClaims = z.infer<typeof metricsWithClaims>;
export const bottlenecksWithClaims = bottleneckOutput.extend({ claimed });
export type BottlenecksWithClaims = z.infer<typeof bottlenecksWithClaims>;
export const reportWithClaims = performanceReportOutput.extend({ claimed });

export const predictiveScaleFlags = z.strictObject({
  "swarm-id": anySwarmId.describe("A swarm as `status` names it"),
  apply: z.boolean().default(false).describe("Carry it out; else it is only shown"),
  timeout,
  ...engineFlags,
});

export const predictiveScaleOutput = z.object({
  swarmId: z.string(),
  from: z.int(),
  to: z.int().nullable().describe("null: none could be planned"),
  reason: coded,
  source: sourceTag.describe("Of the load that it rests on"),
  outcome: outcome.nullable(),
  topology: topology.nullable().describe("Only after a size that was confirmed"),
});
export type PredictiveScaleOutput = z.infer<typeof predictiveScaleOutput>;

export const allocatedOutput = z.object({
  swarmId: z.string(),
  gathered: z.array(claimedAnswer).readonly(),
  agents: z.int().nullable(),
  reasons: z.array(coded).readonly().describe("Why not as asked for, and what cannot be set"),
  outcome,
  kept: z
    .object({ tool: z.string().nullable(), kept: z.boolean(), reason: coded.nullable() })
    .nullable()
    .describe("Whether the orchestrator took a note of it"),
  allocationId: z.string().nullable(),
});
export type AllocatedOutput = z.infer<typeof allocatedOutput>;

export const resourceAllocWithSwarm = resourceAllocOutput.extend({
  allocated: allocatedOutput.exactOptional().describe("Only with --swarm-id; the preview is empty then"),
});
export type ResourceAllocWithSwarm = z.infer<typeof resourceAllocWithSwarm>;
