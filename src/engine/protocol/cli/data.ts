import * as z from "zod";
import { coded, engineFlags } from "./parts.ts";
import { engineHealth, hostSample } from "./rows.ts";

// backup ----------------------------------------------------------------------------------------------------------

const path = z.string().min(1, "name a file").max(4096, "use at most 4096 characters");

export const backupFlags = z.strictObject({
  output: path.optional().describe("The new file; in the state folder when left out. An existing file is refused"),
  ...engineFlags,
});
export const backupOutput = z.object({ path: z.string(), bytes: z.number(), elapsedMs: z.number() });
export type BackupOutput = z.infer<typeof backupOutput>;

// diagnostics -----------------------------------------------------------------------------------------------------

export const diagnosticsFlags = z
  .strictObject({
    output: path.optional().describe("Write it to this new file, readable by its owner only"),
    force: z.boolean().default(false).describe("With --output: replace an existing file"),
    ...engineFlags,
  })
  .refine((flags) => !flags.force || flags.output !== undefined, {
    path: ["force"],
    message: "--force goes with --output FILE only",
  });

export const diagnosticsOutput = z.object({
  wallMs: z.number(),
  engine: engineHealth,
  runtime: z.object({
    node: z.string(),
    platform: z.string(),
    arch: z.string(),
    sqlite: z.string(),
    uptimeSeconds: z.number(),
  }),
  host: hostSample.nullable(),
  facts: z
    .object({
      osName: z.string(),
      osVersion: z.string(),
      kernel: z.string(),
      cpuModel: z.string(),
      cpuCount: z.int(),
      memoryTotalBytes: z.number(),
      sandbox: z.string(),
    })
    .nullable(),
  swarms: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(["managed", "observed", "orchestrated"]),
        agents: z.int(),
        target: z.int().nullable(),
        mode: z.string().nullable(),
        activity: z.string().nullable(),
        problem: coded.nullable(),
      }),
    )
    .readonly(),
  store: z.object({
    schemaVersion: z.int(),
    bytes: z.number(),
    maxBytes: z.number(),
    series: z.int(),
    maxSeries: z.int(),
    oldestSampleMs: z.number().nullable(),
    newestSampleMs: z.number().nullable(),
    check: z.enum(["ok", "rebuilt"]),
    problem: coded.nullable(),
    droppedTicks: z.int(),
  }),
  doors: z.object({
    http: z.object({
      state: z.enum(["off", "open", "failed"]),
      port: z.int().nullable(),
      sinceMs: z.number().nullable(),
      answered: z.int().nullable(),
      refused: z.int().nullable(),
      problem: coded.nullable(),
    }),
    otlp: z.object({
      state: z.enum(["off", "on"]),
      intervalMs: z.number().nullable(),
      taken: z.int().nullable(),
      failed: z.int().nullable(),
      breaker: z.string().nullable(),
      lastPushMs: z.number().nullable(),
      problem: coded.nullable(),
    }),
  }),
  log: z
    .array(
      z.object({
        wallMs: z.number(),
        level: z.enum(["debug", "info", "warn", "error"]),
        code: z.string(),
        args: coded.shape.args,
      }),
    )
    .readonly(),
});
export type DiagnosticsOutput = z.infer<typeof diagnosticsOutput>;
