import * as z from "zod";
import { MODEL_NAMES } from "../forecast.ts";
import { MAX_HORIZON_STEPS } from "./forecast.ts";
import { coded, plainFlags } from "./parts.ts";
import { bucketAndAgg, bucketAndAggProblem, columnOrAgg, columnOrAggProblem, tableFlags } from "./table.ts";

/** A file alone: no engine is needed or asked. */
export const backtestFlags = z
  .strictObject({
    input: z
      .string("name a file with --input")
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .describe("A CSV file, or the answer of a Prometheus range query; - reads standard input"),
    ...tableFlags,
    horizon: z
      .int("use a whole number of steps")
      .min(1, "use at least 1 step")
      .max(MAX_HORIZON_STEPS, `use at most ${MAX_HORIZON_STEPS} steps`)
      .describe("How far ahead each forecast looks, in steps of the file; also the distance between two of them"),
    season: z
      .int("use a whole number of steps")
      .min(2, "use at least 2 steps")
      .max(1_000_000, "use at most 1000000 steps")
      .optional()
      .describe("Length of the season, in steps; looked for in the training part when left out"),
    confidence: z
      .number("use a number such as 0.95")
      .min(0.5, "use 0.5 to 0.999")
      .max(0.999, "use 0.5 to 0.999; no interval is certain")
      .default(0.95)
      .describe("Share of values that the interval should hold"),
    models: z
      .array(z.enum(MODEL_NAMES))
      .min(1, "name at least one model")
      .default([...MODEL_NAMES])
      .describe("Models to test and print; the simple rules run in any case, since the gate compares with them"),
    ...plainFlags,
  })
  .refine(bucketAndAgg, bucketAndAggProblem)
  .refine(columnOrAgg, columnOrAggProblem);

const modelScore = z.object({
  mae: z
    .number()
    .nullable()
    .describe("Mean absolute error, in the unit of the series; null: could not be fitted at every origin"),
  mase: z.number().nullable().describe("MAE ÷ the MAE of the one-step naive forecast on the training part"),
  wape: z.number().nullable().describe("Sum of absolute errors ÷ sum of absolute values"),
  accuracy: z.number().nullable().describe("100 · (1 − WAPE); null when all values are 0"),
  coverage: z.number().nullable().describe("Share of values inside the interval"),
  intervalScore: z.number().nullable().describe("Gneiting & Raftery 2007; lower is better"),
  fitMs: z.number().nullable().describe("Mean time of a fit"),
  predictMs: z.number().nullable().describe("Mean time of a forecast"),
});

export const backtestOutput = z.object({
  series: z.object({
    column: z.string(),
    steps: z.int().describe("Steps that were used: the newest, from the first measured one on"),
    missing: z.int().describe("Of them, not measured"),
    trainSteps: z.int().describe("Steps before the first origin"),
    origins: z.int().describe("Forecasts that are judged"),
    horizon: z.int(),
    confidence: z.number(),
    season: z.int().nullable().describe("Steps; null when none stands out"),
    stepSeconds: z.number().nullable().describe("null when the file has no times"),
  }),
  models: z.partialRecord(z.enum(MODEL_NAMES), modelScore),
  gate: z.object({
    ready: z.boolean().describe("The ensemble is better than every simple rule, and its intervals hold what they say"),
    reason: coded.extend({ message: z.string() }).nullable().describe("Why it is not ready"),
    baseline: z.enum(MODEL_NAMES).nullable().describe("The best simple rule on this series"),
  }),
});
export type BacktestOutput = z.infer<typeof backtestOutput>;
