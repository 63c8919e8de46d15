import * as z from "zod";
import { LOST_PARTS, PROFILE_FORMATS, WRITABLE_PROFILE_FORMATS } from "../profiles.ts";
import { coded, plainFlags } from "./parts.ts";

/** Files alone: no engine is needed or asked. */

const MOST_ROWS = 10_000;

const inputFlags = {
  input: z
    .string("name a file with --input")
    .min(1, "name a file")
    .max(4096, "use at most 4096 characters")
    .describe(`A profile (${PROFILE_FORMATS.join(", ")}), also compressed with gzip; - reads standard input`),
  profile: z
    .int("use a whole number")
    .min(1, "profiles count from 1 on")
    .default(1)
    .describe("Which one, where the file holds several"),
};

const source = z.object({
  file: z.string(),
  format: z.enum(PROFILE_FORMATS),
  profiles: z.int().describe("In the file"),
  profile: z.int().describe("Which of them, from 1 on"),
  name: z.string(),
  unit: z.enum(["microseconds", "bytes", "count"]).describe("Of all weights; times of samplers are time elapsed"),
  nodes: z.int().describe("Of the calling-context tree"),
  samples: z.int(),
});

const problems = z
  .array(coded.extend({ message: z.string() }))
  .readonly()
  .describe("What in the file was not as it should be and has been put right");

// profile-show ----------------------------------------------------------------------------------------------------

export const profileShowFlags = z.strictObject({
  ...inputFlags,
  top: z
    .int("use a whole number")
    .min(1, "use at least 1")
    .max(MOST_ROWS, `use at most ${MOST_ROWS}`)
    .default(20)
    .describe("Rows of each list"),
  ...plainFlags,
});

const weights = {
  self: z.number().describe("By itself, in the unit of the source"),
  total: z.number().describe("With all that it calls; a recursion counts once"),
  selfRatio: z.number().nullable().describe("Part of all that ran; null when nothing did"),
  totalRatio: z.number().nullable(),
};

export const profileShowOutput = z.object({
  source,
  all: z.number().describe("All samples in which something ran"),
  idle: z.number().describe("All samples in which nothing did"),
  counts: z.object({ functions: z.int(), files: z.int(), packages: z.int() }).describe("How many there are in all"),
  functions: z
    .array(
      z.object({
        name: z.string(),
        file: z.string().nullable(),
        line: z.number().nullable().describe("From 1 on"),
        column: z.number().nullable(),
        ...weights,
      }),
    )
    .readonly()
    .describe("The most expensive by themselves first"),
  files: z.array(z.object({ file: z.string().nullable(), ...weights })).readonly(),
  packages: z
    .array(
      z.object({
        kind: z
          .enum(["own", "npm", "python", "cargo", "go", "runtime", "native", "kernel"])
          .describe("own: in no package; runtime: of Node, Deno, Bun or Python itself; native: without a file"),
        name: z.string().nullable().describe("Of a package or a runtime"),
        ...weights,
      }),
    )
    .readonly(),
  problems,
});
export type ProfileShowOutput = z.infer<typeof profileShowOutput>;

// profile-convert -------------------------------------------------------------------------------------------------

export const profileConvertFlags = z.strictObject({
  ...inputFlags,
  to: z
    .enum(WRITABLE_PROFILE_FORMATS, `use one of ${WRITABLE_PROFILE_FORMATS.join(", ")}`)
    .optional()
    .describe("When left out, what the end of --out says, else speedscope"),
  out: z
    .string()
    .min(1, "name a file")
    .max(4096, "use at most 4096 characters")
    .optional()
    .describe("The new file, compressed when it ends with .gz; beside you and named after the input when left out"),
  force: z.boolean().default(false).describe("Replace an existing file"),
  ...plainFlags,
});

export const profileConvertOutput = z.object({
  source,
  format: z.enum(WRITABLE_PROFILE_FORMATS),
  path: z.string(),
  bytes: z.number(),
  lost: z
    .array(z.enum(LOST_PARTS))
    .readonly()
    .describe("What the format cannot hold: unit, order in time, files and lines"),
  problems,
});
export type ProfileConvertOutput = z.infer<typeof profileConvertOutput>;
