import * as z from "zod";
import type { Coded, EngineHealth, HostFacts, HostSample, SourceTag, SwarmRow, Usage } from "./model.ts";
import { configPatch, type ConfigFile, swarmId, swarmMode } from "./config.ts";

/** The whole contract between the engine and its clients, as typed constants. JSON-RPC 2.0 with `Content-Length` headers. */

export const PROTOCOL_VERSION = 1;
/** Spoken as well: N and N−1. */
export const OLDEST_PROTOCOL_VERSION = 1;

/** viewer: untrusted window · operator: trusted window, CLI · agent: MCP. Roles prevent accidents, not malice. */
export const role = z.enum(["viewer", "operator", "agent"]);
export type Role = z.infer<typeof role>;

/** `<runtime>/endpoint.json` (0600): how a client finds the engine. */
export const endpointFile = z.object({
  socket: z.string(),
  tokens: z.object({ viewer: z.string(), operator: z.string(), agent: z.string() }),
  pid: z.int(),
  startTime: z.number().nullable(),
  bootId: z.string(),
  epoch: z.int(),
  version: z.string(),
  buildId: z.string(),
});
export type EndpointFile = z.infer<typeof endpointFile>;

// Requests --------------------------------------------------------------------------------------------------------

export interface Call<P, R> {
  readonly method: string;
  readonly params: z.ZodType<P>;
  /** The least role that may call it. `agent` calls are listed one by one, so `viewer` here means viewer and operator. */
  readonly role: "viewer" | "operator";
  /** Carries the type of the answer; never set. */
  readonly result?: R;
}

function call<R>() {
  return <P>(method: string, role: "viewer" | "operator", params: z.ZodType<P>): Call<P, R> => ({
    method,
    role,
    params,
  });
}

const nothing = z.strictObject({});
const deadlineMs = z.int().min(100).max(3_600_000);

export const initializeParams = z.object({
  protocol: z.object({ min: z.int(), max: z.int() }),
  token: z.string().max(200),
  client: z.object({
    name: z.string().max(100),
    version: z.string().max(100),
    kind: z.enum(["editor", "cli", "agent", "test"]),
  }),
});
export type InitializeParams = z.infer<typeof initializeParams>;

export interface InitializeResult {
  readonly protocol: number;
  readonly version: string;
  readonly buildId: string;
  readonly epoch: number;
  readonly role: Role;
  readonly pid: number;
  readonly keeperPid: number;
  readonly startedAtMs: number;
}

export const topic = z.enum(["overview", "log"]);
export type Topic = z.infer<typeof topic>;

/** Everything the views show. Sent whole: latest wins, so a slow client gets fewer of them, never stale or partial ones. */
export interface Overview {
  readonly wallMs: number;
  /** Real time since the previous sample. */
  readonly intervalMs: number | null;
  readonly host: HostSample | null;
  readonly facts: HostFacts | null;
  readonly swarms: readonly SwarmRow[];
  readonly engine: EngineHealth;
}

export interface LogRecord {
  readonly wallMs: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly code: string;
  readonly args: Coded["args"];
}

export interface LogTail {
  readonly records: readonly (LogRecord & { readonly number: number })[];
}

export interface TopicStates {
  readonly overview: Overview;
  readonly log: LogTail;
}

/**
 * How an action ended. `confirmed`: the world was read and shows it. `unconfirmed`: asked for, not seen by the deadline
 * (the engine goes on trying). `refused`: nothing was done.
 */
export type ActionOutcome =
  | { readonly kind: "confirmed"; readonly live: number; readonly elapsedMs: number }
  | { readonly kind: "unconfirmed"; readonly live: number; readonly elapsedMs: number; readonly reason: Coded }
  | { readonly kind: "refused"; readonly reason: Coded };

export interface ScaleResult {
  readonly swarmId: string;
  readonly from: number;
  readonly to: number;
  readonly outcome: ActionOutcome;
}

export interface ScalePreview {
  readonly swarmId: string;
  readonly label: string;
  /** The target now, and the agents seen alive. */
  readonly from: number;
  readonly live: number;
  readonly to: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Agents that would be drained and ended: idle ones first, then the youngest. */
  readonly ending: readonly {
    readonly id: string;
    readonly pid: number;
    readonly name: string;
    readonly working: boolean;
  }[];
  readonly starting: number;
  /** Expected memory of the agents to start, from the median of those alive; `null` when none is. */
  readonly expectedRssBytes: number | null;
  readonly memoryAvailableBytes: number | null;
  /** Set when the engine would refuse. */
  readonly refusal: Coded | null;
  readonly warnings: readonly Coded[];
}

export interface StopPreview {
  readonly agentId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly command: string;
  readonly managed: boolean;
  readonly swarmId: string;
  /** What would be lost: running helpers and tools, the task in hand. */
  readonly openWork: readonly Coded[];
  readonly processCount: number;
}

export interface StopResult {
  readonly agentId: string;
  readonly outcome: ActionOutcome;
}

export const metricComponent = z.enum(["cpu", "memory", "network", "disk", "agents"]);
export type MetricComponent = z.infer<typeof metricComponent>;

export interface Figure {
  readonly value: number | null;
  readonly source: SourceTag;
}

export interface MetricsReport {
  readonly wallMs: number;
  readonly intervalMs: number | null;
  readonly cpu?: {
    readonly busyRatio: Figure;
    readonly perCoreBusyRatio: readonly number[] | null;
    readonly cpuCount: Figure;
    readonly capacityCores: Figure;
    readonly loadAverage1m: Figure;
    readonly pressureSomeRatio10s: Figure;
  };
  readonly memory?: {
    readonly totalBytes: Figure;
    readonly capacityBytes: Figure;
    readonly usedBytes: Figure;
    readonly availableBytes: Figure;
    readonly swapTotalBytes: Figure;
    readonly swapUsedBytes: Figure;
    readonly pressureSomeRatio10s: Figure;
    readonly pressureFullRatio10s: Figure;
  };
  readonly network?: { readonly receiveBytesPerSecond: Figure; readonly transmitBytesPerSecond: Figure };
  readonly disk?: {
    readonly readBytesPerSecond: Figure;
    readonly writeBytesPerSecond: Figure;
    readonly pressureSomeRatio10s: Figure;
  };
  readonly agents?: readonly {
    readonly swarmId: string;
    readonly id: string;
    readonly pid: number;
    readonly name: string;
    readonly state: string;
    readonly stateSource: SourceTag;
    readonly usage: Usage;
    readonly usageSource: SourceTag;
  }[];
}

export const calls = {
  initialize: call<InitializeResult>()("initialize", "viewer", initializeParams),
  overview: call<Overview>()("overview", "viewer", nothing),
  /** `looking`: somebody sees it. Publishing goes on either way; only `looking` keeps the engine at its fast cadence. */
  subscribe: call<{ seq: number }>()("subscribe", "viewer", z.strictObject({ topic, looking: z.boolean() })),
  unsubscribe: call<null>()("unsubscribe", "viewer", z.strictObject({ topic })),
  swarmStart: call<ScaleResult>()(
    "swarm/start",
    "operator",
    z.strictObject({ swarmId: z.union([swarmId, z.literal("demo")]), mode: swarmMode.optional(), deadlineMs }),
  ),
  swarmStop: call<ScaleResult>()(
    "swarm/stop",
    "operator",
    z.strictObject({ swarmId: z.string().max(200), deadlineMs }),
  ),
  scalePreview: call<ScalePreview>()(
    "swarm/scalePreview",
    "viewer",
    z.strictObject({ swarmId: z.string().max(200), target: z.int() }),
  ),
  swarmScale: call<ScaleResult>()(
    "swarm/scale",
    "operator",
    z.strictObject({
      swarmId: z.string().max(200),
      target: z.int(),
      deadlineMs,
      /** The target the caller saw; when it has changed meanwhile the call is refused (`scale.changed`). */
      expectedTarget: z.int().optional(),
    }),
  ),
  stopPreview: call<StopPreview>()("agent/stopPreview", "viewer", z.strictObject({ agentId: z.string().max(200) })),
  /** Needs the identity that the operator saw and agreed to; a pid that means another process by now is refused. */
  agentStop: call<StopResult>()(
    "agent/stop",
    "operator",
    z.strictObject({ agentId: z.string().max(200), pid: z.int().min(2), startTime: z.number(), deadlineMs }),
  ),
  metricsCollect: call<MetricsReport>()(
    "metrics/collect",
    "viewer",
    z.strictObject({ components: z.array(metricComponent).min(1).max(5) }),
  ),
  configGet: call<ConfigFile>()("config/get", "viewer", nothing),
  /** Refused with `config.conflict` when a key was changed by another source since `baseRevision`. */
  configPatch: call<ConfigFile>()(
    "config/patch",
    "operator",
    z.strictObject({ source: z.string().min(1).max(200), baseRevision: z.int().min(0), patch: configPatch }),
  ),
  engineRestart: call<null>()("engine/restart", "operator", nothing),
  /** Drains and ends every managed agent, then the engine and its keeper. */
  engineStop: call<{ ended: number }>()("engine/stop", "operator", z.strictObject({ deadlineMs })),
  /** Asks an older engine to make room for the build in `<state>/engine/<folder>`. Refused by a newer one. */
  handOver: call<null>()(
    "engine/handOver",
    "operator",
    z.strictObject({ folder: z.string().max(100), version: z.string().max(100) }),
  ),
} as const;

export const PUBLISH_METHOD = "published";

/** The one notification from the engine. `seq` grows by one a state; a client that misses some has still the latest whole. */
export type Published = {
  readonly [T in Topic]: { readonly topic: T; readonly seq: number; readonly state: TopicStates[T] };
}[Topic];

/** JSON-RPC error code for every refusal of ours; `data` is a `Coded`. */
export const RPC_REFUSED = -32_050;
