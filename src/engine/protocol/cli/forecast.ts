import * as z from "zod";
import { MODEL_NAMES, PREDICTED_METRICS } from "../forecast.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";
import { bucketAndAgg, bucketAndAggProblem, columnOrAgg, columnOrAggProblem, tableFlags } from "./table.ts";

/** Half of the steps of history that the models take: a longer horizon could not be back-tested even once. */
export const MAX_HORIZON_STEPS = 2_000;

const inFileMode = (flags: { readonly input?: string | undefined }): boolean => flags.input !== undefined;
const conflict = (flag: string, message: string) => ({ path: [flag], message });

/**
 * Either of a managed swarm's demand, by the engine, or of a column of a file, without one. Flags of the one are refused
 * with the other.
 */
export const forecastFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("A managed swarm; may be left out when there is only one"),
    demo: z.boolean().default(false).describe("The demo swarm"),
    "time-horizon": z
      .number("use a number of seconds")
      .min(1, "use at least 1 second")
      .max(31_536_000, "use at most 31536000 seconds (one year)")
      .optional()
      .describe("How far ahead, in seconds; as far as the engine looks when left out"),
    input: z
      .string()
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .optional()
      .describe(
        "Forecast a CSV file, or the answer of a Prometheus range query, without an engine; - reads standard input",
      ),
    ...tableFlags,
    horizon: z
      .int("use a whole number of steps")
      .min(1, "use at least 1 step")
      .max(MAX_HORIZON_STEPS, `use at most ${MAX_HORIZON_STEPS} steps`)
      .optional()
      .describe("How far ahead, in steps of the file"),
    model: z
      .enum(MODEL_NAMES)
      .optional()
      .describe(
        "Whose forecast of the file to print; when left out the ensemble's, or the best simple rule's if not ready",
      ),
    season: z
      .int("use a whole number of steps")
      .min(2, "use at least 2 steps")
      .max(1_000_000, "use at most 1000000 steps")
      .optional()
      .describe("Length of the season, in steps of the file; looked for when left out"),
    confidence: z
      .number("use a number such as 0.95")
      .min(0.5, "use 0.5 to 0.999")
      .max(0.999, "use 0.5 to 0.999; no interval is certain")
      .optional()
      .describe("Share of values that the interval should hold; 0.95 when left out"),
    ...engineFlags,
  })
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), conflict("demo", "name one swarm: --demo or --swarm-id ID"))
  .refine(
    (f) => !inFileMode(f) || (!f.demo && f["swarm-id"] === undefined),
    conflict("input", "--input forecasts a file, --demo and --swarm-id a swarm; use one of them"),
  )
  .refine(
    (f) => !inFileMode(f) || f["time-horizon"] === undefined,
    conflict("time-horizon", "a file has steps, not seconds; use --horizon STEPS with --input"),
  )
  .refine(
    (f) => !inFileMode(f) || f.horizon !== undefined,
    conflict("horizon", "--input needs --horizon STEPS: how far ahead"),
  )
  .refine(
    (f) => inFileMode(f) || f.horizon === undefined,
    conflict("horizon", "--horizon counts steps of a file; use --time-horizon SECONDS, or add --input FILE"),
  )
  .refine((f) => inFileMode(f) || f.column === undefined, conflict("column", "--column goes with --input FILE only"))
  .refine((f) => inFileMode(f) || f.bucket === undefined, conflict("bucket", "--bucket goes with --input FILE only"))
  .refine(bucketAndAgg, bucketAndAggProblem)
  .refine(columnOrAgg, columnOrAggProblem)
  .refine((f) => inFileMode(f) || f.model === undefined, conflict("model", "--model goes with --input FILE only"))
  .refine((f) => inFileMode(f) || f.season === undefined, conflict("season", "--season goes with --input FILE only"));

const wordedReason = coded.extend({ message: z.string().describe("The same in words, for people") });

const score = z.object({
  model: z.string(),
  mae: z.number().nullable().describe("Mean absolute error on held-out values, in the unit of the series"),
  mase: z.number().nullable(),
  wape: z.number().nullable(),
  accuracy: z.number().nullable().describe("100 · (1 − WAPE)"),
  coverage: z.number().nullable().describe("Share of held-out values inside the interval"),
  intervalScore: z.number().nullable(),
  fitMs: z.number().nullable(),
  predictMs: z.number().nullable(),
});

const point = z.object({
  t: z.union([z.string(), z.int()]).describe("Time of the value, ISO 8601; steps ahead when times are not known"),
  mean: z.number(),
  lo: z.number(),
  hi: z.number(),
});

const prediction = z.object({
  unit: z.enum(["agents", "cores", "bytes", "bytesPerSecond"]),
  ready: z.boolean(),
  reason: wordedReason.nullable(),
  model: z.string(),
  coverage: z.number().nullable().describe("Share of held-out values inside the interval of that model"),
  points: z.array(point).readonly(),
  byModel: z
    .array(z.object({ model: z.string(), reason: wordedReason.nullable(), points: z.array(point).readonly() }))
    .readonly(),
});

const scalingPlan = z.object({
  ready: z.boolean(),
  reason: wordedReason.nullable(),
  steps: z
    .array(
      z.object({
        t: z.string().describe("From then on, ISO 8601"),
        agents: z.int(),
        demandMean: z.number(),
        demandHi: z.number(),
        bound: z.enum(["min", "max"]).nullable().describe("The bound of the swarm that kept it from fewer or more"),
      }),
    )
    .readonly(),
});

/** The first five keys are all that a forecast of a file has; the others come with a forecast by the engine. */
export const forecastOutput = z.object({
  ready: z.boolean().describe("Better than every baseline on this series, with intervals that hold what they say"),
  reason: wordedReason.exactOptional().describe("Why it is not ready; absent when it is"),
  model: z.string().describe("'none' when nothing can be said"),
  stepSeconds: z.number().nullable().describe("null when the file has no times"),
  points: z.array(point).readonly(),
  swarmId: z.string().exactOptional(),
  confidence: z.number().exactOptional(),
  seasonSteps: z.int().nullable().exactOptional(),
  madeAtMs: z.number().exactOptional(),
  historyEndMs: z.number().exactOptional(),
  historySteps: z.int().exactOptional(),
  scores: z.array(score).readonly().exactOptional().describe("All models of the back-test, best first"),
  predictions: z
    .record(z.enum(PREDICTED_METRICS), prediction)
    .exactOptional()
    .describe("With --time-horizon or --confidence: one forecast for each metric"),
  scalingPlan: scalingPlan.exactOptional().describe("Sizes that would meet the demand as forecast"),
  backTested: z.number().nullable().exactOptional().describe("What the interval of the demand held in its tests"),
});
export type ForecastOutput = z.infer<typeof forecastOutput>;
