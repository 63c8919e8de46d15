import * as z from "zod";
import { configFile, configValues, swarmId, swarmMode } from "./config.ts";
import { metricComponent } from "./params.ts";

/**
 * The contract of the command line: the flags of every verb and the one JSON value that `--json` prints. Keys of the
 * flag objects are the flags as typed. `VERB --schema` prints both as JSON Schema.
 *
 * Fields may be added to an output; none is renamed, removed or given another meaning. `null` means unknown.
 */

/** Exit codes of `swarm-allocator`, and 130 after Ctrl-C. */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** Not enough measured yet to answer. */
  notReady: 3,
  /** Asked for, not seen by the deadline; the engine goes on trying. */
  unconfirmed: 4,
  noEngine: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

// Parts -----------------------------------------------------------------------------------------------------------

const coded = z.object({
  code: z.string(),
  args: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** What stands on stdout instead of the output when a verb fails with `--json`. */
export const cliError = z.object({
  error: coded.extend({ message: z.string().describe("The same in words, for people") }),
});
export type CliError = z.infer<typeof cliError>;

const sourceTag = z.enum(["measured", "derived", "claimed", "unknown"]);

const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("confirmed"), live: z.int(), elapsedMs: z.number() }),
  z.object({ kind: z.literal("unconfirmed"), live: z.int(), elapsedMs: z.number(), reason: coded }),
]);
/** How an action ended. A refusal is an error, not an outcome. */
export type CliOutcome = z.infer<typeof outcome>;

const usage = z.object({
  cpuCores: z.number().nullable(),
  rssBytes: z.number().nullable(),
  readBytes: z.number().nullable(),
  writeBytes: z.number().nullable(),
  processCount: z.int(),
});

// Flags -----------------------------------------------------------------------------------------------------------

const plainFlags = {
  json: z.boolean().default(false).describe("Print one JSON value instead of text"),
  help: z.boolean().default(false).describe("Show the help of this verb"),
  schema: z.boolean().default(false).describe("Print the JSON Schema of the flags and of the output"),
};

const engineFlags = {
  ...plainFlags,
  "no-start": z.boolean().default(false).describe("Do not start an engine when none runs; exit 5 instead"),
};

const DEFAULT_TIMEOUT_MS = 60_000;
const timeout = z
  .int("use a whole number of milliseconds")
  .min(100, "use at least 100 ms")
  .max(3_600_000, "use at most 3600000 ms (one hour)")
  .default(DEFAULT_TIMEOUT_MS)
  .describe("How long to wait for the confirmation, in ms");

const anySwarmId = z.string().min(1, "name a swarm").max(200, "use at most 200 characters");

/** The swarm is named by exactly one of `--demo` and `--swarm-id`. */
function oneSwarm(flags: { readonly demo: boolean; readonly "swarm-id"?: string | undefined }): boolean {
  return flags.demo !== (flags["swarm-id"] !== undefined);
}
const oneSwarmProblem = { path: ["swarm-id"], message: "name one swarm: either --demo or --swarm-id ID" };

// status ----------------------------------------------------------------------------------------------------------

export const statusFlags = z.strictObject(engineFlags);

const processRow = z.object({
  pid: z.int(),
  startTime: z.number(),
  name: z.string(),
  cpuCores: z.number().nullable(),
  rssBytes: z.number().nullable(),
});

const agentRow = z.object({
  id: z.string(),
  pid: z.int(),
  startTime: z.number(),
  startedAtMs: z.number(),
  name: z.string(),
  command: z.string(),
  state: z.enum(["starting", "idle", "working", "draining", "stopping", "unconfirmed", "unresponsive"]),
  stateSource: sourceTag,
  stateSinceMs: z.number(),
  usage,
  helpers: z.array(processRow).readonly(),
  tools: z.array(processRow).readonly(),
  problem: coded.nullable(),
  tasksDone: z.number().nullable(),
});

const activity = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("stopped") }),
  z.object({ kind: z.literal("steady") }),
  z.object({ kind: z.literal("scaling"), from: z.int(), to: z.int(), sinceMs: z.number() }),
  z.object({ kind: z.literal("unconfirmed"), target: z.int(), live: z.int(), reason: coded }),
  z.object({ kind: z.literal("held"), reason: coded }),
]);

const scalingInputs = z.object({
  live: z.int(),
  target: z.int(),
  minAgents: z.int(),
  maxAgents: z.int(),
  demand: z.number().nullable(),
  demandSource: sourceTag,
  currentRatio: z.number().nullable(),
  predictedRatio: z.number().nullable(),
  predictedInMs: z.number().nullable(),
  combinedRatio: z.number().nullable(),
  forecastModel: z.string().nullable(),
  forecastReason: coded.nullable(),
  scaleUpAbove: z.number(),
  scaleDownBelow: z.number(),
});

const scalingStatus = z.object({
  from: z.int(),
  to: z.int().describe("Equal to from: leave it, with the reason why"),
  reason: coded,
  inputs: scalingInputs,
  recommendationId: z.string().nullable(),
});

const swarmStatus = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["observed", "managed"]),
  mode: z.nullable(swarmMode).describe("null for an observed swarm, as are all figures of sizing"),
  target: z.int().nullable(),
  live: z.int().describe("Agents seen alive"),
  minAgents: z.int().nullable(),
  maxAgents: z.int().nullable(),
  activity: activity.nullable(),
  demand: z.number().nullable(),
  demandSource: sourceTag,
  scaling: scalingStatus.nullable().describe("What the scaler thinks now; null while it does not look"),
  held: z.boolean().describe("Put on hold by an operator"),
  utilisation: z.number().nullable(),
  waitingTasks: z.number().nullable(),
  tasksDone: z.number().nullable(),
  timeScale: z.number().nullable(),
  support: z.array(processRow).readonly().describe("Processes that serve the swarm and are none of its agents"),
  provider: z.string().nullable(),
  demo: z.boolean(),
  agentKind: z.string().nullable(),
  directory: z.string().nullable(),
  problem: coded.nullable(),
  usage,
  agents: z.array(agentRow).readonly(),
});
export type SwarmStatus = z.infer<typeof swarmStatus>;

const pressure = z.object({ someRatio10s: z.number(), fullRatio10s: z.number() });

const hostStatus = z.object({
  cpuCount: z.int(),
  cpuBusyRatio: z.number().nullable(),
  perCoreBusyRatio: z.array(z.number()).readonly().nullable(),
  cpuCapacityCores: z.number(),
  memoryTotalBytes: z.number(),
  memoryCapacityBytes: z.number(),
  memoryUsedBytes: z.number(),
  memoryAvailableBytes: z.number(),
  swapTotalBytes: z.number(),
  swapUsedBytes: z.number(),
  pressure: z.object({ cpu: pressure, memory: pressure, io: pressure }).nullable(),
  diskReadBytesPerSecond: z.number().nullable(),
  diskWriteBytesPerSecond: z.number().nullable(),
  networkReceiveBytesPerSecond: z.number().nullable(),
  networkTransmitBytesPerSecond: z.number().nullable(),
  loadAverage: z.tuple([z.number(), z.number(), z.number()]).readonly().nullable().describe("1, 5 and 15 minutes"),
});

export const statusOutput = z.object({
  wallMs: z.number().describe("When this was measured, epoch ms"),
  engine: z.object({
    pid: z.int(),
    version: z.string(),
    buildId: z.string(),
    epoch: z.int(),
    startedAtMs: z.number(),
    cpuRatio: z.number().nullable(),
    rssBytes: z.number(),
    keeperPid: z.int(),
    keeperRssBytes: z.number().nullable(),
    tickMs: z.number().nullable(),
    tickIntervalMs: z.number(),
    lateTicks: z.int(),
    restarts: z.int(),
    clients: z.int(),
    notices: z.array(coded).readonly(),
  }),
  host: hostStatus.nullable(),
  swarms: z.array(swarmStatus).readonly(),
});
export type StatusOutput = z.infer<typeof statusOutput>;

// swarm-start, swarm-stop, swarm-scale ----------------------------------------------------------------------------

export const swarmStartFlags = z
  .strictObject({
    demo: z.boolean().default(false).describe("The demo swarm that comes with the product"),
    "swarm-id": z.optional(swarmId).describe("A swarm of the configuration"),
    mode: z.optional(swarmMode).describe("What the scaler may do; unchanged when not given"),
    timeout,
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

export const swarmStopFlags = z
  .strictObject({
    demo: z.boolean().default(false).describe("The demo swarm"),
    "swarm-id": anySwarmId.optional().describe("A swarm as `status` names it"),
    timeout,
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

export const swarmScaleFlags = z.strictObject({
  "swarm-id": anySwarmId.describe("A swarm as `status` names it"),
  "target-size": z
    .int("use a whole number of agents")
    .min(0, "use 0 or more agents")
    .describe("Agents wanted; its bounds are in the configuration"),
  timeout,
  ...engineFlags,
});

export const scaleOutput = z.object({ swarmId: z.string(), from: z.int(), to: z.int(), outcome });
export type ScaleOutput = z.infer<typeof scaleOutput>;

// agent-stop ------------------------------------------------------------------------------------------------------

export const agentStopFlags = z.strictObject({
  "agent-id": z
    .string()
    .min(1, "name an agent")
    .max(200, "use at most 200 characters")
    .describe("An agent as `status` names it"),
  yes: z.boolean().default(false).describe("Stop an agent that somebody else started without asking first"),
  timeout,
  ...engineFlags,
});

export const agentStopOutput = z.object({
  agentId: z.string(),
  swarmId: z.string(),
  pid: z.int(),
  command: z.string(),
  openWork: z.array(coded).readonly().describe("What it had open when it was told to end"),
  outcome,
});
export type AgentStopOutput = z.infer<typeof agentStopOutput>;

// metrics-collect -------------------------------------------------------------------------------------------------

export const metricsCollectFlags = z.strictObject({
  components: z
    .array(metricComponent, "use a list such as cpu,memory")
    .min(1, "name at least one component")
    .default(["cpu", "memory", "network", "disk", "agents"])
    .describe("A comma list, or a JSON array of strings"),
  ...engineFlags,
});

const figure = z.object({ value: z.number().nullable(), source: sourceTag });

export const metricsOutput = z.object({
  wallMs: z.number().describe("When this was measured, epoch ms"),
  intervalMs: z.number().nullable().describe("The time that rates are taken over; null at the first sample"),
  cpu: z
    .object({
      busyRatio: figure,
      perCoreBusyRatio: z.array(z.number()).readonly().nullable(),
      cpuCount: figure,
      capacityCores: figure,
      loadAverage1m: figure,
      pressureSomeRatio10s: figure,
    })
    .exactOptional(),
  memory: z
    .object({
      totalBytes: figure,
      capacityBytes: figure,
      usedBytes: figure,
      availableBytes: figure,
      swapTotalBytes: figure,
      swapUsedBytes: figure,
      pressureSomeRatio10s: figure,
      pressureFullRatio10s: figure,
    })
    .exactOptional(),
  network: z.object({ receiveBytesPerSecond: figure, transmitBytesPerSecond: figure }).exactOptional(),
  disk: z
    .object({ readBytesPerSecond: figure, writeBytesPerSecond: figure, pressureSomeRatio10s: figure })
    .exactOptional(),
  agents: z
    .array(
      z.object({
        swarmId: z.string(),
        id: z.string(),
        pid: z.int(),
        name: z.string(),
        state: z.string(),
        stateSource: sourceTag,
        usage,
        usageSource: sourceTag,
      }),
    )
    .readonly()
    .exactOptional(),
});
export type MetricsOutput = z.infer<typeof metricsOutput>;

// config-get, config-set ------------------------------------------------------------------------------------------

export const configGetFlags = z.strictObject(engineFlags);
export const configGetOutput = configFile;

export const configSetFlags = z.strictObject({
  file: z
    .string()
    .min(1, "name a file")
    .describe("JSON: the keys to change, or what `config-get --json` printed, edited; - reads standard input"),
  ...engineFlags,
});

export const configSetOutput = z.object({
  revision: z.int(),
  changed: z.array(z.enum(["swarms", "demo", "recognitionRules", "keepRunning", "history"])).readonly(),
  values: configValues,
});
export type ConfigSetOutput = z.infer<typeof configSetOutput>;

// engine-stop -----------------------------------------------------------------------------------------------------

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

// help, version ---------------------------------------------------------------------------------------------------

export const helpFlags = z.strictObject(plainFlags);
export const helpOutput = z.object({
  verbs: z.array(z.object({ name: z.string(), summary: z.string(), flags: z.array(z.string()).readonly() })).readonly(),
});
export type HelpOutput = z.infer<typeof helpOutput>;

export const versionFlags = z.strictObject(plainFlags);
export const versionOutput = z.object({ version: z.string(), protocol: z.int() });
export type VersionOutput = z.infer<typeof versionOutput>;
