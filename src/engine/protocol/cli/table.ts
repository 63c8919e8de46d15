import * as z from "zod";
import { duration } from "./parts.ts";

const MOST_BUCKET_MS = 31 * 86_400_000;

const COUNT = { kind: "count" } as const;
const AGGREGATION = /^(?:count|(sum|mean|p95):(.+))$/s;

/** Length of a bucket: `60s` becomes 60000. */
export const bucket = duration.refine((ms) => ms <= MOST_BUCKET_MS, "a --bucket has 31d at most");

/** `count`, `sum:COL`, `mean:COL`, `p95:COL`. */
export const aggregation = z
  .string()
  .max(300, "use at most 300 characters")
  .regex(AGGREGATION, "use count, sum:COL, mean:COL or p95:COL")
  .transform((text) => {
    const [, kind, column = ""] = AGGREGATION.exec(text) ?? [];
    return kind === undefined ? COUNT : { kind: kind as "sum" | "mean" | "p95", column };
  });

/** How a file is read, for every verb that reads one: into a strict object, together with `tableRules` on it. */
export const tableFlags = {
  column: z
    .string()
    .min(1, "name a column")
    .max(200, "use at most 200 characters")
    .optional()
    .describe("The column of the file; may be left out when only one has numbers"),
  bucket: bucket.optional().describe("The rows are events: make them a series of steps this long (500ms, 10s, 1m, 1h)"),
  agg: aggregation
    .optional()
    .describe("With --bucket, what becomes of the events of a step: count, sum:COL, mean:COL or p95:COL"),
};

type BucketFlags = { readonly bucket?: number | undefined; readonly agg?: unknown };

/** One without the other says nothing; and `--agg` names the column itself. */
export const bucketAndAgg = (flags: BucketFlags): boolean => (flags.bucket === undefined) === (flags.agg === undefined);
export const bucketAndAggProblem = { path: ["agg"], message: "--bucket DURATION and --agg go together" };
export const columnOrAgg = (flags: BucketFlags & { readonly column?: unknown }): boolean =>
  flags.agg === undefined || flags.column === undefined;
export const columnOrAggProblem = {
  path: ["column"],
  message: "with --agg the column is named there (sum:COL), not by --column",
};
