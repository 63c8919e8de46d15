import * as z from "zod";
import { IMPORT_METRICS } from "../imports.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";
import { bucketAndAgg, bucketAndAggProblem, columnOrAgg, columnOrAggProblem, tableFlags } from "./table.ts";

const conflict = (flag: string, message: string) => ({ path: [flag], message });

export const importFlags = z
  .strictObject({
    input: z
      .string()
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .optional()
      .describe(
        "CSV with a header and a column of times, or the answer of a Prometheus range query; - reads standard input",
      ),
    "swarm-id": anySwarmId.optional().describe("The swarm whose past it becomes"),
    demo: z.boolean().default(false).describe("The demo swarm"),
    column: z
      .array(z.string().min(1, "name a column").max(200, "use at most 200 characters"))
      .min(1, "name a column")
      .max(IMPORT_METRICS.length, `name at most ${IMPORT_METRICS.length} columns`)
      .optional()
      .describe("Columns of the file; may be left out when only one has numbers, or one is called value or demand"),
    metric: z
      .array(z.enum(IMPORT_METRICS))
      .min(1, "name a metric")
      .default(["demand"])
      .describe("What each column becomes, in the same order"),
    bucket: tableFlags.bucket,
    agg: tableFlags.agg,
    "shift-to-now": z
      .boolean()
      .default(false)
      .describe(
        "Move the times so that the file ends now: by whole weeks from 7 days on, else by whole days where it can",
      ),
    "dry-run": z.boolean().default(false).describe("Show what would be imported; needs no engine and writes nothing"),
    undo: z.boolean().default(false).describe("Take the newest import into this swarm back"),
    ...engineFlags,
  })
  .refine(
    (f) => f.undo || f.input !== undefined,
    conflict("input", "name a file with --input FILE, or take an import back with --undo"),
  )
  .refine(
    (f) => !f.undo || (f.input === undefined && !f["dry-run"]),
    conflict("undo", "--undo takes the newest import back; it goes with --swarm-id or --demo only"),
  )
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), conflict("demo", "name one swarm: --demo or --swarm-id ID"))
  .refine(
    (f) => f["dry-run"] || f.demo || f["swarm-id"] !== undefined,
    conflict("swarm-id", "name the swarm: --swarm-id ID or --demo"),
  )
  .refine(bucketAndAgg, bucketAndAggProblem)
  .refine(columnOrAgg, columnOrAggProblem);

const span = {
  metric: z.string(),
  from: z.string().describe("ISO 8601; UTC"),
  to: z.string().describe("Where the last step ends"),
  stepSeconds: z.number(),
};

export const importOutput = z.object({
  swarmId: z.string().nullable().describe("null: a dry run that named none"),
  file: z.string().describe("Name of the file, without its folder"),
  done: z.enum(["imported", "dryRun", "undone"]),
  runId: z.string().nullable().describe("Of the import; null for a dry run"),
  rows: z.int().nullable().describe("Read from the file; null for an undo"),
  isResampled: z.boolean().nullable().describe("The rows had no even step and were brought onto their median one"),
  shiftSeconds: z.number().describe("By how much the times were moved"),
  shiftUnit: z.enum(["none", "exact", "day", "week"]),
  series: z
    .array(
      z.object({
        ...span,
        column: z.string().nullable(),
        steps: z.int().nullable().describe("Steps imported"),
        missing: z.int().nullable().describe("Those of them without a value"),
        leftOut: z
          .object({ measured: z.int(), future: z.int(), tooOld: z.int() })
          .nullable()
          .describe("Steps not imported: measured here already, after now, older than history keeps"),
      }),
    )
    .readonly(),
  columns: z
    .array(
      z.object({
        name: z.string(),
        missing: z.int(),
        least: z.number().nullable(),
        greatest: z.number().nullable(),
        problem: coded.nullable(),
      }),
    )
    .readonly()
    .nullable()
    .describe("What was read; null for an undo"),
});
export type ImportOutput = z.infer<typeof importOutput>;
