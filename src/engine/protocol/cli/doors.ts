import * as z from "zod";
import { agentCapacity } from "../agentCapacity.ts";
import { METRIC_FORMATS } from "../doors.ts";
import { coded, engineFlags } from "./parts.ts";

// doors -----------------------------------------------------------------------------------------------------------

const push = z.object({
  atMs: z.number().describe("When it ended, epoch ms"),
  tookMs: z.number(),
  bytes: z.number(),
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("taken") }),
    z.object({ kind: z.literal("partial"), rejected: z.int() }),
    z.object({ kind: z.literal("failed"), reason: coded }),
  ]),
});

export const doorsFlags = z.strictObject(engineFlags);
export const doorsOutput = z.object({
  wallMs: z.number(),
  http: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("off") }),
    z.object({
      kind: z.literal("open"),
      address: z.string(),
      port: z.int(),
      sinceMs: z.number(),
      tokenFile: z.string().describe("Where the bearer token lies"),
      answered: z.int(),
      refused: z.int(),
      lastAnswerMs: z.number().nullable(),
    }),
    z.object({ kind: z.literal("failed"), sinceMs: z.number(), reason: coded, retryAtMs: z.number() }),
  ]),
  otlp: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("off") }),
    z.object({
      kind: z.literal("on"),
      endpoint: z.string(),
      sinceMs: z.number(),
      intervalMs: z.number(),
      taken: z.int(),
      failed: z.int().describe("Requests, retries included"),
      skipped: z.int().describe("A newer state was there first, or the breaker was open"),
      breaker: z.enum(["closed", "open", "halfOpen"]),
      last: push.nullable(),
    }),
  ]),
});
export type DoorsOutput = z.infer<typeof doorsOutput>;

// metrics-export --------------------------------------------------------------------------------------------------

export const metricsExportFlags = z.strictObject({
  format: z.enum(METRIC_FORMATS).default("prometheus").describe("How the figures are written"),
  ...engineFlags,
});
export const metricsExportOutput = z.object({
  format: z.enum(METRIC_FORMATS),
  contentType: z.string(),
  text: z.string(),
});

// agent-capacity --------------------------------------------------------------------------------------------------

export const agentCapacityFlags = z.strictObject(engineFlags);
export const agentCapacityOutput = agentCapacity;
