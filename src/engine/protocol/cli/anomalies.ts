import * as z from "zod";
import { plainFlags } from "./parts.ts";
import { bucketAndAgg, bucketAndAggProblem, columnOrAgg, columnOrAggProblem, tableFlags } from "./table.ts";

export const anomaliesFlags = z
  .strictObject({
    input: z
      .string("name a file with --input")
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .describe("A CSV file, or the answer of a Prometheus range query; - reads standard input"),
    ...tableFlags,
    ...plainFlags,
  })
  .refine(bucketAndAgg, bucketAndAggProblem)
  .refine(columnOrAgg, columnOrAggProblem);

export const anomalyRow = z.object({
  t: z
    .union([z.string(), z.int()])
    .describe("Time of the row, ISO 8601; its number, from 1 on, in a file without times"),
  value: z.number().nullable().describe("null where nothing was measured"),
  score: z
    .number()
    .min(0)
    .max(1)
    .describe("How unusual the row is by those before it; 0 where nothing was measured and for the first 24"),
  flag: z.boolean().describe("Unusual by the threshold that follows from the rows before it"),
});
export type AnomalyRow = z.infer<typeof anomalyRow>;

/** One row of output for each of the file, in order of time. */
export const anomaliesOutput = z.array(anomalyRow).readonly();
export type AnomaliesOutput = z.infer<typeof anomaliesOutput>;
