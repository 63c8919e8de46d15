import * as z from "zod";
import { CAPACITY_ASKED, CAPACITY_RESOURCES, MAX_HORIZON_DAYS } from "../capacity.ts";
import { anySwarmId, coded, duration, engineFlags, sourceTag } from "./parts.ts";

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };
const SIZE = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*(MB|GB|TB)\s*$/i;
const PERCENT = /^\s*([+-]?\d{1,5}(?:\.\d{1,6})?)\s*%?\s*$/;
const { least: LEAST_PERCENT, most: MOST_PERCENT } = CAPACITY_ASKED.growthPercent;

const size = z
  .string()
  .regex(SIZE, "use a size such as 64GB")
  .transform((text) => {
    const [, value, unit = ""] = SIZE.exec(text) ?? [];
    return Number(value) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  })
  .refine((bytes) => bytes > 0, "use more than 0");

const growth = z
  .string()
  .refine((text) => text.trim() === "auto" || PERCENT.test(text), "use auto or a number of per cent, such as 20")
  .transform((text) => (text.trim() === "auto" ? ("auto" as const) : Number(PERCENT.exec(text)?.[1])))
  .refine((value) => value === "auto" || (value >= LEAST_PERCENT && value <= MOST_PERCENT), {
    message: `use ${LEAST_PERCENT} to ${MOST_PERCENT} per cent`,
  });

export const capacityFlags = z
  .strictObject({
    horizon: duration
      .refine((ms) => ms >= DAY_MS && ms <= MAX_HORIZON_DAYS * DAY_MS, `use 1d to ${MAX_HORIZON_DAYS}d`)
      .default(30 * DAY_MS)
      .describe("How far ahead: 30d when left out"),
    growth: growth
      .default("auto")
      .describe("auto: as learned from the history; or per cent of today's level in 30 days, such as 20 or -5"),
    agents: z
      .int("use a whole number of agents")
      .min(1, "use 1 to 100000")
      .max(100_000, "use 1 to 100000")
      .optional()
      .describe("As if there were so many agents of each kind"),
    memory: size.optional().describe("As if the machine had so much memory, such as 64GB"),
    cpus: z
      .number("use a number of cores")
      .min(0.1, "use at least 0.1")
      .max(10_000, "use at most 10000")
      .optional()
      .describe("As if the machine had so many cores"),
    "swarm-id": anySwarmId.optional().describe("Of this managed swarm; of all when left out"),
    demo: z.boolean().default(false).describe("Of the demo swarm"),
    ...engineFlags,
  })
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), {
    path: ["demo"],
    message: "name one swarm: --demo or --swarm-id ID",
  });

const spread = z.object({ p50: z.number(), p95: z.number() }).nullable();
const days = z.number().nullable().describe("Days from now; null: not at this growth");

const whatIf = z.object({
  agents: z.int(),
  needsBytes: spread,
  needsCores: spread,
  hasBytes: z.number().nullable(),
  hasCores: z.number().nullable(),
  fits: z.boolean().nullable().describe("By the 95th percentile; null while it cannot be said"),
  short: z.enum(["memory", "cpu"]).nullable(),
  costPerHour: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("known"), amount: z.number(), currency: z.string() }),
    z.object({ kind: z.literal("unknown"), reason: coded }),
  ]),
});

export const capacityOutput = z.object({
  swarmId: z.string().nullable(),
  madeAtMs: z.number(),
  horizonDays: z.number(),
  growth: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("auto") }),
    z.object({ kind: z.literal("percent"), percent: z.number() }),
  ]),
  basis: z.enum(["growth", "footprints"]).describe("footprints: only what fits now is known, for reason"),
  reason: coded.nullable(),
  machine: z.object({ memoryBytes: z.number().nullable(), cpuCores: z.number().nullable(), isAssumed: z.boolean() }),
  kinds: z
    .array(
      z.object({
        swarmId: z.string(),
        live: z.int(),
        seen: z.int().describe("Agents that the figures rest on"),
        rssBytes: spread,
        cpuCores: spread,
        fit: z.object({
          memory: spread,
          cpu: spread,
          disk: z.null().describe("What an agent takes of the disk is not learned"),
          agents: z.int().nullable().describe("More agents than now, by the 95th percentile"),
          by: z.enum(["memory", "cpu"]).nullable(),
        }),
        whatIf: whatIf.nullable(),
      }),
    )
    .readonly(),
  rows: z
    .array(
      z.object({
        resource: z.enum(CAPACITY_RESOURCES),
        swarmId: z.string().nullable(),
        unit: z.enum(["bytes", "cores", "agents"]),
        capacity: z.number().nullable(),
        used: z.number().nullable(),
        usedBy: z.enum(["p95", "now"]).nullable(),
        source: sourceTag,
        growth: z
          .object({ perDay: z.number(), lowPerDay: z.number(), highPerDay: z.number(), rises: z.boolean() })
          .nullable(),
        runsOut: z.object({ inDays: days, soonestInDays: days, latestInDays: days }).nullable(),
        reason: coded.nullable(),
      }),
    )
    .readonly(),
  first: z
    .object({ resource: z.enum(CAPACITY_RESOURCES), swarmId: z.string().nullable(), inDays: z.number() })
    .nullable()
    .describe("What runs out first within the horizon"),
});
export type CapacityOutput = z.infer<typeof capacityOutput>;
