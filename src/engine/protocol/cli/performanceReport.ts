import * as z from "zod";
import { resourceLimits } from "../allocators.ts";
import { ANOMALY_METRICS } from "../anomalies.ts";
import { BOTTLENECK_COMPONENTS, BOTTLENECK_KINDS, SEVERITIES } from "../bottlenecks.ts";
import { swarmMode } from "../config.ts";
import { DEFAULT_REPORT_TIMEFRAME, REPORT_LOAD_METRICS, REPORT_TIMEFRAMES } from "../performanceReport.ts";
import { aims } from "./allocations.ts";
import { bottleneckOutput } from "./bottlenecks.ts";
import { capacityOutput } from "./capacity.ts";
import { decisionImpact, decisionStates } from "./decisions.ts";
import { kpisOutput } from "./kpis.ts";
import { anySwarmId, coded, engineFlags, oneSwarm, oneSwarmProblem, sourceTag } from "./parts.ts";
import { judgedPolicy } from "./policy.ts";
import { scalingInputs } from "./rows.ts";

const FORMATS = ["summary", "detailed", "json"] as const;
/** Ends of a file's name, each of which says what is written. */
const FILE = /\.(?:html|md|json)$/i;

export const performanceReportFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("Of this managed swarm"),
    demo: z.boolean().default(false).describe("Of the demo swarm"),
    timeframe: z
      .enum(REPORT_TIMEFRAMES, `use one of ${REPORT_TIMEFRAMES.join(", ")}`)
      .default(DEFAULT_REPORT_TIMEFRAME)
      .describe("How far back, in real time"),
    format: z
      .enum(FORMATS, `use one of ${FORMATS.join(", ")}`)
      .optional()
      .describe("summary when left out, detailed for a file; json is the detailed report as --json prints it"),
    out: z
      .string()
      .max(4096, "use at most 4096 characters")
      .regex(FILE, "name a file that ends with .html, .md or .json")
      .optional()
      .describe("Write it to this new file, readable by its owner only: .html, .md or .json"),
    force: z.boolean().default(false).describe("With --out: replace an existing file"),
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem)
  .refine((flags) => !flags.force || flags.out !== undefined, {
    path: ["force"],
    message: "--force goes with --out FILE only",
  });

function told<T extends z.core.$ZodType>(value: T) {
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("known"), value }),
    z.object({ kind: z.literal("unknown"), reason: coded }),
  ]);
}

const values = z.array(z.number().nullable()).readonly();

const load = z.object({
  fromMs: z.number(),
  bucketMs: z.number(),
  spreadStepMs: z.number().describe("p50 and p95 are of means over so long"),
  series: z
    .array(
      z.object({
        metric: z.enum(REPORT_LOAD_METRICS),
        unit: z.enum(["number", "agents", "cores", "bytes"]),
        source: sourceTag,
        mean: values,
        max: values,
        steps: z.int().describe("Means that were measured; below 30 their percentiles are not told"),
        p50: z.number().nullable(),
        p95: z.number().nullable(),
        greatest: z.number().nullable().describe("Of all samples"),
        imported: z
          .array(z.object({ fromMs: z.number(), toMs: z.number(), stepMs: z.number() }))
          .readonly()
          .describe("Parts of it that were not measured here"),
      }),
    )
    .readonly(),
});

const tasks = z.object({
  done: z.number().nullable(),
  failed: z.number().nullable(),
  shed: z
    .object({ count: z.int(), sinceMs: z.number() })
    .nullable()
    .describe("Of all swarms, since the engine started"),
});

const decisions = z.object({
  total: z.int(),
  byState: z.partialRecord(decisionStates, z.int()),
  undone: z.int(),
  effect: z
    .object({
      measured: z.int(),
      shorter: z.int(),
      longer: z.int(),
      medianBeforeMs: z.number(),
      medianAfterMs: z.number(),
    })
    .nullable()
    .describe("95th percentile of the tasks' waiting before and after"),
  newest: z
    .array(
      z.object({
        id: z.string(),
        wallMs: z.number(),
        origin: z.enum(["scaler", "operator", "undo", "agent"]),
        by: z.string().nullable(),
        from: z.int(),
        to: z.int(),
        reason: coded,
        undoneBy: z.string().nullable(),
        state: decisionStates,
        impact: decisionImpact.nullable(),
      }),
    )
    .readonly(),
});

const allocationState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("acting") }),
  z.object({ kind: z.literal("applied"), elapsedMs: z.number() }),
  z.object({ kind: z.enum(["rolledBack", "partly"]), reason: coded, left: z.int() }),
  z.object({ kind: z.literal("refused"), reason: coded }),
  z.object({ kind: z.literal("interrupted") }),
]);

const allocations = z.object({
  total: z.int(),
  newest: z
    .array(
      z.object({
        id: z.string(),
        wallMs: z.number(),
        by: z.string(),
        undoneBy: z.string().nullable(),
        changes: z.array(z.object({ from: z.nullable(resourceLimits), to: resourceLimits })).readonly(),
        expected: z
          .object({ now: aims.nullable(), chosen: aims })
          .nullable()
          .describe("By the queueing model; derived"),
        impact: decisionImpact.nullable().describe("Measured"),
        state: allocationState,
      }),
    )
    .readonly(),
});

const anomalies = z.object({
  total: z.int(),
  newest: z
    .array(
      z.object({
        metric: z.enum(ANOMALY_METRICS),
        sinceMs: z.number(),
        toMs: z.number().nullable(),
        end: z.enum(["ended", "goesOn", "noted"]).describe("noted: only that it began is kept"),
        value: z.number(),
        usualLow: z.number(),
        usualHigh: z.number(),
      }),
    )
    .readonly(),
});

const breakers = z.object({
  outages: z
    .array(z.object({ fromMs: z.number(), toMs: z.number(), heldBack: z.int(), failed: z.int() }))
    .readonly()
    .describe("Times in which the swarm's own breaker was open, newest first"),
  outageCount: z.int(),
  outageMs: z.number(),
  recoveries: z.int(),
  longestRecoveryMs: z.number().nullable(),
  now: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        of: z.enum(["swarm", "lane"]),
        state: z.enum(["closed", "open", "halfOpen", "forcedOpen", "metricsOnly"]),
        opens: z.int().describe("Since the engine started"),
      }),
    )
    .readonly(),
});

const first = capacityOutput.shape.first;

const evidence = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("decision"), decisionId: z.string(), from: z.int(), to: z.int(), reason: coded }),
  z.object({
    kind: z.literal("bottleneck"),
    component: z.enum(BOTTLENECK_COMPONENTS),
    of: z.enum(BOTTLENECK_KINDS),
    subject: z.string().nullable(),
    severity: z.enum(SEVERITIES),
    evidence: bottleneckOutput.shape.findings.unwrap().element.shape.evidence.unwrap().element.nullable(),
  }),
  z.object({ kind: z.literal("shadow"), shadow: scalingInputs.shape.shadow.unwrap() }),
  z.object({ kind: z.literal("policies"), inUse: z.string(), better: z.string(), spanMs: z.number() }),
  z.object({ kind: z.literal("capacity"), first: first.unwrap() }),
]);

const gain = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("load"),
    fromRatio: z.number(),
    toRatio: z.number(),
    inMs: z.number().nullable().describe("At the peak that is forecast; null: now"),
  }),
  z.object({ kind: z.literal("agents"), fewer: z.int(), toRatio: z.number() }),
  z.object({
    kind: z.literal("waiting"),
    avoidedSeconds: z.number(),
    agentHours: z.number().describe("More, or (negative) fewer"),
    spanMs: z.number(),
  }),
  z.object({ kind: z.literal("cost"), fromAgentHours: z.number(), toAgentHours: z.number() }),
]);

export const performanceReportOutput = z.object({
  swarmId: z.string(),
  swarmLabel: z.string(),
  madeAtMs: z.number(),
  timeframe: z.enum(REPORT_TIMEFRAMES),
  fromMs: z.number(),
  toMs: z.number(),
  timeScale: z.number(),
  mode: swarmMode,
  detailed: z.boolean().describe("Longer lists, and a finer picture"),
  currency: z.string().nullable(),
  kpis: told(kpisOutput.pick({ coverageRatio: true, kpis: true })),
  load: told(load),
  tasks: told(tasks),
  cost: told(z.number()).describe("Of the window, in currency"),
  decisions: told(decisions),
  allocations: told(allocations),
  anomalies: told(anomalies),
  breakers: told(breakers),
  bottlenecks: told(bottleneckOutput.pick({ windowMs: true, findings: true })),
  capacity: told(
    capacityOutput
      .pick({ horizonDays: true, basis: true, reason: true, first: true, rows: true })
      .extend({ fits: z.number().nullable().describe("Agents more that fit now") }),
  ),
  policies: told(
    z.object({
      fromMs: z.number(),
      toMs: z.number(),
      inUse: z.string(),
      policies: z.array(judgedPolicy).readonly().describe("Simulated"),
    }),
  ),
  recommendations: told(
    z
      .array(
        z.object({
          action: coded,
          evidence,
          gain: told(gain).describe("Derived from what was measured, or why it is not known"),
        }),
      )
      .readonly()
      .describe("The most pressing first"),
  ),
});
export type PerformanceReportOutput = z.infer<typeof performanceReportOutput>;
