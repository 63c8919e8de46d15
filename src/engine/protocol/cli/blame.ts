import * as z from "zod";
import { BLAME_KINDS, BLAME_MEASURES } from "../blame.ts";
import { WRITABLE_PROFILE_FORMATS } from "../profiles.ts";
import { anySwarmId, engineFlags, sourceTag } from "./parts.ts";

const when = z.string().min(1, "name a time").max(40, "use at most 40 characters");

export const blameFlags = z
  .strictObject({
    "swarm-id": anySwarmId.optional().describe("Of this swarm; of all, and of the allocator itself, when left out"),
    demo: z.boolean().default(false).describe("Of the demo swarm"),
    by: z
      .enum(BLAME_MEASURES, `use one of ${BLAME_MEASURES.join(", ")}`)
      .default("cpu")
      .describe("cpu: CPU seconds; memory: mean of resident bytes; io: bytes read and written"),
    last: when.optional().describe("How far back from now: 15m, 1h (when no time is named), 7d; at most 31 days"),
    from: when.optional().describe("How long ago (90s, 15m, 6h, 7d), a time in ISO 8601, or epoch ms"),
    to: when.optional().describe("The same, or now"),
    least: z
      .number("use a number")
      .min(0, "use at least 0")
      .max(100, "use at most 100")
      .default(1)
      .describe("Show what has at least this share, in per cent; --json and --out have all"),
    out: z
      .string()
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .optional()
      .describe("Write it as a profile, for flame graphs; compressed when it ends with .gz"),
    "to-format": z
      .enum(WRITABLE_PROFILE_FORMATS, `use one of ${WRITABLE_PROFILE_FORMATS.join(", ")}`)
      .optional()
      .describe("Of that file; when left out, what the end of its name says, else speedscope"),
    force: z.boolean().default(false).describe("Replace an existing file"),
    ...engineFlags,
  })
  .refine((f) => !(f.demo && f["swarm-id"] !== undefined), {
    path: ["demo"],
    message: "name one swarm: --demo or --swarm-id ID",
  })
  .refine((f) => f.last === undefined || (f.from === undefined && f.to === undefined), {
    path: ["last"],
    message: "name either --last or --from and --to",
  })
  .refine((f) => f.out !== undefined || f["to-format"] === undefined, {
    path: ["to-format"],
    message: "name the file with --out",
  });

export const blameOutput = z.object({
  by: z.enum(BLAME_MEASURES),
  unit: z.enum(["seconds", "bytes"]).describe("Of every value"),
  swarmId: z.string().nullable(),
  swarmLabel: z.string().nullable(),
  fromMs: z.number().describe("Whole minutes that are over"),
  toMs: z.number(),
  total: z.number(),
  nodes: z
    .array(
      z.object({
        parent: z.int().nullable().describe("Index of the node above; a node comes after it"),
        kind: z.enum(BLAME_KINDS),
        name: z.string(),
        value: z.number().describe("With all below it, which never sums up to more"),
        source: sourceTag,
        pid: z.int().optional(),
        startTime: z.number().optional(),
        parentPid: z.int().optional(),
        file: z.string().optional(),
        line: z.int().optional(),
        column: z.int().optional(),
        count: z.int().optional().describe("Of others: how many are together"),
      }),
    )
    .readonly(),
  processes: z.int(),
  rangeMinutes: z.number(),
  measuredMinutes: z.number().describe("In which anything was accounted"),
  measuredMs: z.number().describe("How long was looked: what a mean of memory is over"),
  oldestMs: z.number().nullable().describe("Where accounts begin"),
  unknownMinutes: z.number().describe("Of single processes, in which the figure is not known: in no sum"),
  unknownProcesses: z.int(),
  folded: z.int().describe("How many nodes were put together as others"),
  profiles: z.int().describe("That tell functions"),
  file: z
    .object({
      path: z.string(),
      format: z.enum(WRITABLE_PROFILE_FORMATS),
      bytes: z.number(),
    })
    .nullable()
    .describe("What was written; null without --out"),
});
export type BlameOutput = z.infer<typeof blameOutput>;
