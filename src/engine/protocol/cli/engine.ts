import * as z from "zod";
import { engineFlags, plainFlags, timeout } from "./parts.ts";

export const engineStopFlags = z.strictObject({ timeout, ...plainFlags });

export const engineStopOutput = z.object({
  wasRunning: z.boolean(),
  ended: z.int().describe("Managed agents that were ended"),
  outcome: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("confirmed"), elapsedMs: z.number() }),
      z.object({ kind: z.literal("unconfirmed"), elapsedMs: z.number(), alivePids: z.array(z.int()).readonly() }),
    ])
    .nullable()
    .describe("Whether the engine and its keeper were seen gone; null when none ran"),
});
export type EngineStopOutput = z.infer<typeof engineStopOutput>;

// engine-restart --------------------------------------------------------------------------------------------------

export const engineRestartFlags = z.strictObject({ timeout, ...engineFlags });

export const engineRestartOutput = z.object({
  before: z.int().describe("Process id of the engine that was told to make room"),
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("confirmed"), pid: z.int(), elapsedMs: z.number() }),
    z.object({ kind: z.literal("unconfirmed"), elapsedMs: z.number() }),
  ]),
});
export type EngineRestartOutput = z.infer<typeof engineRestartOutput>;

// mcp -------------------------------------------------------------------------------------------------------------

export const mcpFlags = z.strictObject(engineFlags);
export const mcpOutput = z.object({ ended: z.literal(true).describe("Printed after the last message") });
export type McpOutput = z.infer<typeof mcpOutput>;

export const helpFlags = z.strictObject(plainFlags);
export const helpOutput = z.object({
  verbs: z.array(z.object({ name: z.string(), summary: z.string(), flags: z.array(z.string()).readonly() })).readonly(),
});
export type HelpOutput = z.infer<typeof helpOutput>;

export const versionFlags = z.strictObject(plainFlags);
export const versionOutput = z.object({ version: z.string(), protocol: z.int() });
export type VersionOutput = z.infer<typeof versionOutput>;
