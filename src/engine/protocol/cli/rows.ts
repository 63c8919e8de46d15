import * as z from "zod";
import { ANOMALY_METRICS } from "../anomalies.ts";
import { swarmMode } from "../config.ts";
import { TOOL_GRADES, TOOL_ROLES } from "../orchestrators.ts";
import { coded, sourceTag, usage } from "./parts.ts";

/** Rows as the engine publishes them, as schemas. */

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

const anomaly = z.object({
  metric: z.enum(ANOMALY_METRICS),
  sinceMs: z.number(),
  value: z.number(),
  usualLow: z.number(),
  usualHigh: z.number(),
  score: z.number().describe("0 to 1"),
});

const footprint = z.object({
  rssBytes: z.number().nullable().describe("95th percentile of the peak of an agent's process tree"),
  cpuCores: z.number().nullable(),
  taskSeconds: z.number().nullable(),
  agents: z.int().describe("Agents that this rests on"),
  tasks: z.int(),
});

const growthRoom = z.object({
  agents: z.int().describe("How many more there is room for"),
  basis: z.enum(["footprint", "learning", "unmeasured"]),
  footprint,
  leftBytes: z.number().nullable().describe("Available − reserve − promised"),
  availableBytes: z.number().nullable(),
  reserveBytes: z.number().nullable(),
  promisedBytes: z.number().describe("Of agents that were started and do not show their real size yet"),
  cpuAgents: z.int().nullable().describe("Agents more that idle cores would do for; limits nothing"),
  pressure: z
    .object({ memory: z.number().nullable(), cpu: z.number().nullable() })
    .exactOptional()
    .describe("PSI some, 10 s; above its limit nothing is added"),
});

const shadowReport = z.object({
  target: z.int().describe("The size it would have now"),
  spanMs: z.number(),
  observedMs: z.number(),
  waitAvoidedSeconds: z
    .number()
    .nullable()
    .describe("Waiting of all tasks together: as it was less as it would have been"),
  agentHours: z.number().describe("More than there were; negative: fewer"),
  changes: z.int(),
});

export const scalingInputs = z.object({
  live: z.int(),
  target: z.int(),
  minAgents: z.int(),
  maxAgents: z.int(),
  demand: z.number().nullable(),
  demandSource: sourceTag,
  heldBack: z.number().optional().describe("Tasks that wait behind a full lane or an open breaker"),
  anomaly: anomaly.optional().describe("What was unusual about the load then; absent when nothing was"),
  shadow: shadowReport.optional().describe("Only in recommend: what auto would have done so far"),
  hpa: z
    .object({
      metric: z.enum(["utilisation", "queue"]).nullable().describe("The one that asks for most"),
      perAgent: z.number().nullable(),
      targetPerAgent: z.number().nullable(),
      desired: z.int().nullable().describe("Before bounds, windows and rules"),
    })
    .exactOptional()
    .describe("Only under the policy hpa"),
  room: growthRoom.optional().describe("Room on the machine; only when a growth was asked for"),
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
  dqn: z
    .object({
      to: z.int().nullable().describe("The size that it would choose; null when it could not be asked"),
      atMs: z.number(),
      decisions: z.int().describe("Since the engine started"),
      agreed: z.int().describe("The same size as the adaptive rule's"),
      more: z.int().describe("More agents than the rule's"),
      acts: z.boolean(),
      reason: coded.nullable(),
    })
    .exactOptional()
    .describe("Advice of a trained network; absent where none was trained"),
  recommendationId: z.string().nullable(),
});

const orchestrated = z.object({
  link: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("connecting"), sinceMs: z.number() }),
    z.object({ kind: z.literal("connected"), sinceMs: z.number() }),
    z.object({ kind: z.literal("waiting"), reason: coded, retryAtMs: z.number() }),
  ]),
  server: z.object({ name: z.string(), version: z.string() }).nullable().describe("As it calls itself"),
  dialect: z.enum(["v2", "v3"]).nullable(),
  serverPid: z.int().nullable().describe("Of the process that serves it; null: none here"),
  recordCount: z.int().nullable().describe("Agents that it has records of (claimed); null: it has not told"),
  recordsAtMs: z.number().nullable(),
  records: z
    .array(
      z.object({
        id: z.string(),
        type: z.string().nullable(),
        status: z.string().nullable(),
        busy: z.boolean().nullable(),
        pid: z.int().nullable().describe("Of a process that names it on its command line"),
      }),
    )
    .readonly()
    .describe("The first 200"),
  tools: z
    .array(
      z.object({
        role: z.enum(TOOL_ROLES),
        tools: z.array(z.string()).readonly().describe("What is called for it"),
        grade: z.enum(TOOL_GRADES),
        reason: coded,
        atMs: z.number().nullable(),
      }),
    )
    .readonly(),
  breaker: z
    .object({ state: z.string(), failures: z.int().describe("In a row"), refused: z.int() })
    .describe("Before every call to it"),
  advice: coded.describe("Why nothing is done without an operator"),
});

export const swarmStatus = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(["observed", "managed", "orchestrated"]),
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
  heldUntilMs: z.number().nullable().describe("When that hold ends by itself; null: it does not"),
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
  orchestrated: orchestrated.exactOptional().describe("Only of a swarm of an orchestrator"),
  usage,
  agents: z.array(agentRow).readonly(),
});

const pressure = z.object({ someRatio10s: z.number(), fullRatio10s: z.number() });

export const hostSample = z.object({
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

export const engineHealth = z.object({
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
});
