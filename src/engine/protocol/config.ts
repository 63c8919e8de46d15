import * as z from "zod";
import { agentRules } from "./rules.ts";

/**
 * `config.json`: engine-owned, read by every client, changed only through RPC. It lives in the user's state folder, so a
 * workspace file can never set a command, an environment or a bound.
 */
export const CONFIG_VERSION = 1;

export const swarmId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");

export const swarmMode = z.enum(["observe", "recommend", "auto"]);

const seconds = (max: number) => z.number().min(0.1).max(max);

/** A swarm of long-lived worker processes on this machine. */
export const localSwarm = z
  .strictObject({
    id: swarmId.refine((id) => id !== "demo", "'demo' is the built-in demo swarm; choose another id"),
    label: z.string().min(1).max(80).optional(),
    /** Program to run, found on the login PATH or absolute. Never a shell line. */
    command: z.string().min(1).max(4096),
    args: z.array(z.string().max(32_768)).max(256).default([]),
    /** Absolute working directory; the home folder when absent. */
    cwd: z.string().min(1).max(4096).optional(),
    /** Set on top of the allow-listed login environment. */
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a name of an environment variable"), z.string())
      .default({}),
    minAgents: z.int().min(0).max(1000).default(0),
    maxAgents: z.int().min(1).max(1000).default(50),
    mode: swarmMode.default("recommend"),
    /** An agent that has not said `ready` by then is stopped and replaced. */
    startTimeoutSeconds: seconds(3600).default(30),
    /** An agent that has not ended this long after `drain` gets SIGTERM, and SIGKILL five seconds later. */
    drainTimeoutSeconds: seconds(86_400).default(30),
    /** Bytes of each output stream kept per agent. */
    spoolBytes: z
      .int()
      .min(4096)
      .max(1 << 30)
      .default(1 << 20),
  })
  .refine((s) => s.minAgents <= s.maxAgents, { path: ["minAgents"], message: "must not be above maxAgents" });
export type LocalSwarm = z.infer<typeof localSwarm>;

/** What may be changed about the demo swarm. Its command, load and time scale are part of the product. */
export const demoSwarm = z
  .strictObject({
    mode: swarmMode.default("recommend"),
    minAgents: z.int().min(1).max(50).default(1),
    maxAgents: z.int().min(1).max(50).default(16),
    /** Agents at the first start. */
    initialAgents: z.int().min(1).max(50).default(4),
    seed: z.int().min(0).default(1),
  })
  .refine((s) => s.minAgents <= s.maxAgents, { path: ["minAgents"], message: "must not be above maxAgents" })
  .refine((s) => s.initialAgents >= s.minAgents && s.initialAgents <= s.maxAgents, {
    path: ["initialAgents"],
    message: "must lie between minAgents and maxAgents",
  });

const values = {
  swarms: z
    .array(localSwarm)
    .max(100)
    .refine((list) => new Set(list.map((s) => s.id)).size === list.length, "two swarms have the same id"),
  demo: demoSwarm,
  /** Data only: matched against names and arguments, never run. */
  recognitionRules: agentRules,
  /** Keep growing and replacing agents although no operator is connected. */
  keepRunning: z.boolean(),
};

/** The configuration as the engine uses it. */
export const configValues = z.strictObject({
  swarms: values.swarms.default([]),
  demo: demoSwarm.prefault({}),
  recognitionRules: values.recognitionRules.default([]),
  keepRunning: values.keepRunning.default(false),
});
export type ConfigValues = z.infer<typeof configValues>;
export type ConfigKey = keyof ConfigValues;

/** Whole values by key: what a client may ask to change. */
export const configPatch = z.strictObject({
  swarms: values.swarms.optional(),
  demo: demoSwarm.optional(),
  recognitionRules: values.recognitionRules.optional(),
  keepRunning: values.keepRunning.optional(),
});
export type ConfigPatch = z.infer<typeof configPatch>;

export const configFile = z.strictObject({
  version: z.literal(CONFIG_VERSION),
  /** Counts accepted changes, so that a client can say which state its change was made against. */
  revision: z.int().min(0).default(0),
  values: configValues.prefault({}),
  /** Who set a key last: `editor settings`, `command line`, `file`. A key without entry has its default. */
  sources: z
    .partialRecord(z.enum(["swarms", "demo", "recognitionRules", "keepRunning"]), z.string().max(200))
    .default({}),
});
export type ConfigFile = z.infer<typeof configFile>;
