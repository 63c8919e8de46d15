import * as z from "zod";
import { CORRELATION_PAIRS, DEFAULT_PATTERN_WINDOW_MS, MAX_PATTERN_WINDOW_MS } from "../patterns.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";

const DAY_MS = 86_400_000;
export const DEFAULT_PATTERN_DAYS = DEFAULT_PATTERN_WINDOW_MS / DAY_MS;
const MAX_DAYS = MAX_PATTERN_WINDOW_MS / DAY_MS;

const inFileMode = (flags: { readonly input?: string | undefined }): boolean => flags.input !== undefined;
const conflict = (flag: string, message: string) => ({ path: [flag], message });

/** Either of a swarm's stored history, by the engine, or of a column of a file, without one. */
export const patternsFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("Of this swarm; may be left out when there is only one"),
    demo: z.boolean().default(false).describe("Of the demo swarm"),
    days: z
      .int("use a whole number of days")
      .min(1, "use at least 1 day")
      .max(MAX_DAYS, `use at most ${MAX_DAYS} days`)
      .optional()
      .describe(`How far back, in days of the swarm's own time; ${DEFAULT_PATTERN_DAYS} when left out, of a file all`),
    metric: z
      .string()
      .min(1, "name a metric")
      .max(60, "use at most 60 characters")
      .optional()
      .describe("Tell this series in detail; demand, or the first that was measured, when left out"),
    input: z
      .string()
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .optional()
      .describe("Of a CSV file with a column of times instead, without an engine; - reads standard input"),
    column: z
      .string()
      .min(1, "name a column")
      .max(200, "use at most 200 characters")
      .optional()
      .describe("The column of the file; may be left out when only one has numbers"),
    ...engineFlags,
  })
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), conflict("demo", "name one swarm: --demo or --swarm-id ID"))
  .refine(
    (f) => !inFileMode(f) || (!f.demo && f["swarm-id"] === undefined),
    conflict("input", "--input is of a file, --demo and --swarm-id of a swarm; use one of them"),
  )
  .refine((f) => !inFileMode(f) || f.metric === undefined, conflict("metric", "a file has columns; use --column"))
  .refine((f) => inFileMode(f) || f.column === undefined, conflict("column", "--column goes with --input FILE only"));

const basis = z.object({
  fromMs: z.number().describe("Where the first measured step begins"),
  toMs: z.number(),
  steps: z.int(),
  missing: z.int().describe("Of these steps, without a value"),
  stepMs: z.number(),
});

/** As `Pattern` of the protocol. */
function pattern<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("known"), basis, ...shape }),
    z.object({
      kind: z.literal("tooLittle"),
      neededMs: z.number().describe("History that is needed, in own time"),
      haveMs: z.number(),
    }),
    z.object({ kind: z.literal("undefined"), reason: coded }),
  ]);
}

const binRange = z.object({
  from: z.int(),
  to: z.int().describe("Not included; from above to passes the end of the cycle"),
});
const profile = pattern({
  medians: z.array(z.number().nullable()).readonly(),
  counts: z.array(z.int()).readonly().describe("In how many cycles each bin was measured"),
  strength: z.number().describe("0..1: 1 − Var(remainder) ÷ Var(seasonal + remainder)"),
  peak: binRange.nullable(),
  quiet: binRange.nullable(),
});
const extrema = z.array(z.object({ atMs: z.number(), value: z.number(), prominence: z.number() })).readonly();

const seriesKey = z.object({
  scope: z.enum(["machine", "swarm", "lane", "agent", "file"]),
  key: z.string(),
  metric: z.string().describe("Name of the series; of a file, of its column"),
});

const series = seriesKey.extend({
  temporal: z.object({
    period: pattern({ periodMs: z.number(), correlation: z.number() }),
    hourly: profile.describe("12 bins of 5 minutes"),
    daily: profile.describe("24 hours"),
    weekly: profile.describe("168 hours from Monday 00:00"),
    monthly: profile.describe("31 days"),
    quarterly: profile.describe("14 weeks"),
    heatMap: pattern({
      medians: z.array(z.number().nullable()).readonly().describe("By weekday from Monday on, 24 hours each"),
      counts: z.array(z.int()).readonly().describe("In how many weeks each cell was measured"),
    }),
  }),
  load: pattern({
    baseline: z.number().describe("10th percentile"),
    median: z.number(),
    high: z.number().describe("95th percentile"),
    greatest: z.number(),
    peaks: extrema,
    valleys: extrema,
    spikes: z
      .array(
        z.object({
          fromMs: z.number(),
          toMs: z.number(),
          direction: z.enum(["up", "down"]),
          value: z.number(),
          expected: z.number(),
          score: z.number().describe("Distance in robust standard deviations"),
        }),
      )
      .readonly()
      .describe("The furthest off"),
    spikeCount: z.int().describe("All there are"),
  }),
  growth: pattern({
    slopePerDay: z.number().describe("Theil–Sen"),
    lowPerDay: z.number().describe("Interval of 95%"),
    highPerDay: z.number(),
    relativePerDay: z.number().nullable(),
    pValue: z.number().describe("Mann–Kendall"),
    trend: z.enum(["rising", "falling", "none"]),
    days: z.int(),
  }),
  volatility: pattern({ remainderCv: z.number(), changeCv: z.number(), mean: z.number() }),
  predictability: pattern({ score: z.number().describe("0..1"), errorRms: z.number() }),
});

export const patternsOutput = z.object({
  swarmId: z.string().nullable().describe("null for a file"),
  madeAtMs: z.number(),
  windowMs: z.number().describe("In own time"),
  timeScale: z.number(),
  hours: z
    .enum(["local", "own", "file"])
    .describe("Whose hours and weekdays: of the engine's zone, squeezed, as written"),
  series: z.array(series).readonly(),
  correlations: z
    .array(
      z.object({
        pair: z.enum(CORRELATION_PAIRS),
        first: seriesKey,
        second: seriesKey,
        correlation: pattern({
          lagMs: z.number().describe("Above 0: the second follows the first; in own time"),
          pearson: z.number(),
          spearman: z.number(),
          pValue: z.number(),
          effectiveSteps: z.number(),
          significant: z.boolean(),
        }),
      }),
    )
    .readonly(),
});
export type PatternsOutput = z.infer<typeof patternsOutput>;
