import * as z from "zod";
import { KPI_IDS, TIMEFRAMES } from "../kpis.ts";
import { anySwarmId, coded, engineFlags, oneSwarm, oneSwarmProblem } from "./parts.ts";

export const kpisFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("Of this managed swarm"),
    demo: z.boolean().default(false).describe("Of the demo swarm"),
    timeframe: z
      .enum(TIMEFRAMES, `use one of ${TIMEFRAMES.join(", ")}`)
      .default("24h")
      .describe("How far back, in real time"),
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

const unknown = z.object({ kind: z.literal("unknown"), reason: coded });

const kpi = z.object({
  id: z.enum(KPI_IDS),
  unit: z.enum(["ratio", "percent", "ms", "tasksPerCost"]),
  better: z.enum(["higher", "lower"]),
  target: z
    .object({ op: z.enum(["above", "below"]), value: z.number() })
    .nullable()
    .describe("null: there is none"),
  met: z.boolean().nullable().describe("null without a target or a figure"),
  figure: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("known"), value: z.number(), source: z.enum(["measured", "derived", "claimed"]) }),
    unknown,
  ]),
  observations: z.number(),
  neededObservations: z.int().describe("Below it the figure is unknown"),
  denominator: z.object({
    value: z.number().nullable(),
    unit: z.enum(["agentSeconds", "byteSeconds", "seconds", "steps", "decisions", "tasks", "faults", "calls", "cost"]),
  }),
  trend: z
    .discriminatedUnion("kind", [
      z.object({
        kind: z.literal("known"),
        earlier: z.number(),
        later: z.number(),
        direction: z.enum(["better", "worse", "steady"]),
      }),
      unknown,
    ])
    .describe("The second half of the window beside the first"),
});

export const kpisOutput = z.object({
  swarmId: z.string(),
  madeAtMs: z.number(),
  timeframe: z.enum(TIMEFRAMES),
  fromMs: z.number(),
  toMs: z.number(),
  coverageRatio: z.number().describe("Share of the window in which the swarm was measured"),
  currency: z.string().nullable().describe("null: no prices are configured"),
  kpis: z.array(kpi).readonly(),
});
export type KpisOutput = z.infer<typeof kpisOutput>;
