import * as z from "zod";
import {
  BOTTLENECK_COMPONENTS,
  BOTTLENECK_KINDS,
  EVIDENCE_METRICS,
  EVIDENCE_SPANS,
  SEVERITIES,
} from "../bottlenecks.ts";
import { anySwarmId, coded, engineFlags, sourceTag } from "./parts.ts";

export const bottleneckFlags = z
  .strictObject({
    component: z
      .enum([...BOTTLENECK_COMPONENTS, "all"], `use one of ${BOTTLENECK_COMPONENTS.join(", ")}, all`)
      .default("all")
      .describe("Where to look"),
    "swarm-id": anySwarmId.optional().describe("Of this managed swarm alone; lanes are shared by all"),
    demo: z.boolean().default(false).describe("Of the demo swarm alone"),
    ...engineFlags,
  })
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), {
    path: ["demo"],
    message: "name one swarm: --demo or --swarm-id ID",
  });

const finding = z.object({
  component: z.enum(BOTTLENECK_COMPONENTS),
  kind: z.enum(BOTTLENECK_KINDS),
  subject: z.string().nullable().describe("Lane, breaker, provider or swarm; null for the machine and the engine"),
  severity: z.enum(SEVERITIES),
  reason: coded.nullable().describe("Why it is unknown"),
  evidence: z
    .array(
      z.object({
        metric: z.enum(EVIDENCE_METRICS),
        value: z.number().nullable(),
        unit: z.enum(["ratio", "count", "bytesPerSecond"]),
        source: sourceTag,
        span: z.enum(EVIDENCE_SPANS),
        windowMs: z.number().nullable(),
      }),
    )
    .readonly()
    .describe("The first is the one that is judged"),
  thresholds: z
    .object({ minor: z.number(), major: z.number(), critical: z.number() })
    .nullable()
    .describe("From each of these on it is that severe"),
  suggestion: coded.nullable(),
});

export const bottleneckOutput = z.object({
  swarmId: z.string().nullable(),
  madeAtMs: z.number(),
  windowMs: z.number(),
  findings: z.array(finding).readonly().describe("The worst first; what is not known last"),
});
export type BottleneckOutput = z.infer<typeof bottleneckOutput>;
