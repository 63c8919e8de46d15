import type {
  Coded,
  Decision,
  EngineHealth,
  Forecast,
  ForecastReport,
  HostFacts,
  HostSample,
  ScalingPrediction,
  SeriesRange,
  SourceTag,
  SwarmRow,
  Usage,
} from "./model.ts";
import type { EstimateAnswer, ScaleAskAnswer, ThrottleReport } from "./agentCalls.ts";
import type { AllocationList, AllocationPreview, AllocationRecord, AllocationRow } from "./allocators.ts";
import type { AgentCapacity } from "./agentCapacity.ts";
import type { AnomaliesAnswer } from "./anomalies.ts";
import type { BlameReport } from "./blame.ts";
import type { BottleneckReport } from "./bottlenecks.ts";
import type { CapacityPlan } from "./capacity.ts";
import type { ConfigFile } from "./config.ts";
import type { Diagnostics, StoreHealth } from "./diagnostics.ts";
import type { DoorsState, MetricsText } from "./doors.ts";
import type { PolicyReport } from "./dqn.ts";
import type { ImportResult, ImportSummary, ImportUndoResult } from "./imports.ts";
import type { KpiReport } from "./kpis.ts";
import type { LeaseAnswer, ReleaseAnswer } from "./leases.ts";
import type { ScalePreview, StopPreview } from "./previews.ts";
import type { ClaimedAnswers, PredictiveScale, ResourceAllocation } from "./orchestrators.ts";
import type { Params, Role, Topic } from "./params.ts";
import type { PerformancePlan, SwarmOptimization } from "./optimize.ts";
import type { Patterns } from "./patterns.ts";
import type { PerformanceReport } from "./performanceReport.ts";
import type { ProfilePreview, ProfileReport, StackReport } from "./profiling.ts";
import type { PolicyComparison } from "./replay.ts";
import type { SeenOutcome, SwarmHold } from "./scaling.ts";
import type { BreakerRow, CancelResult, GuardState, SubmitResult, TaskDetail, TaskList } from "./tasks.ts";

/** The whole contract between the engine and its clients, as typed constants. JSON-RPC 2.0 with `Content-Length` headers. */

export const PROTOCOL_VERSION = 1;
/** Spoken as well: N and N−1. */
export const OLDEST_PROTOCOL_VERSION = 1;

/** viewer: untrusted window · operator: trusted window, CLI · agent: MCP. Roles prevent accidents, not malice. */
export type { Diagnostics, Role, StoreHealth, Topic };
export type { ScalePreview, StopPreview };

// Requests --------------------------------------------------------------------------------------------------------

export interface Call<P, R> {
  readonly method: string;
  /** The least role that may call it. `agent` calls are listed one by one, so `viewer` here means viewer and operator. */
  readonly role: "viewer" | "operator";
  /** How long a client waits for what takes longer than most; beyond the deadline that the parameters may have. */
  readonly patienceMs?: number;
  /** Carry the types of the parameters and of the answer; never set. */
  readonly params?: P;
  readonly result?: R;
}

export type InitializeParams = Params["initialize"];

export interface InitializeResult {
  readonly protocol: number;
  readonly version: string;
  readonly buildId: string;
  readonly epoch: number;
  readonly role: Role;
  readonly pid: number;
  readonly keeperPid: number;
  readonly startedAtMs: number;
  /** It tells how far a call is that asks for it (`progress.ts`). An engine that does not say so does not know of it. */
  readonly progress?: true;
}

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

/** Decisions, newest first. */
export interface DecisionList {
  readonly wallMs: number;
  readonly decisions: readonly DecisionRow[];
  readonly more: boolean;
  /** Swarms that nothing is decided about, because an operator says so. */
  readonly holds: readonly SwarmHold[];
}

/** The newest decisions; older ones by the call `decisions`. */
export interface DecisionsState extends DecisionList {
  /** The newest allocations, newest first; older ones by the call `allocations`. An older engine does not tell. */
  readonly allocations?: readonly AllocationRow[];
}

/** A decision and whether it can be undone now. */
export interface DecisionRow extends Decision {
  /** Why it cannot be undone (superseded, not carried out, already undone…); `null` when it can. */
  readonly undoRefusal: Coded | null;
}

export interface TopicStates {
  readonly overview: Overview;
  readonly log: LogTail;
  readonly decisions: DecisionsState;
  readonly guard: GuardState;
}

/**
 * How an action ended. `confirmed`: the world was read and shows it. `unconfirmed`: asked for, not seen by the deadline
 * (the engine goes on trying). `refused`: nothing was done.
 */
export type ActionOutcome = SeenOutcome | { readonly kind: "refused"; readonly reason: Coded };

export interface ScaleResult {
  readonly swarmId: string;
  readonly from: number;
  readonly to: number;
  readonly outcome: ActionOutcome;
}

export interface StopResult {
  readonly agentId: string;
  readonly outcome: ActionOutcome;
}

/** Answer of an undo: the decision that undid, and how it went. */
export interface UndoResult {
  readonly undoOf: string;
  readonly result: ScaleResult;
  /** What it does not bring back, and what it brings back otherwise. */
  readonly notes: readonly Coded[];
}

export interface HistoryAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: readonly SeriesRange[];
}

export interface BackupResult {
  readonly path: string;
  readonly bytes: number;
  readonly elapsedMs: number;
}

export const METRIC_COMPONENTS = ["cpu", "memory", "network", "disk", "agents"] as const;
export type MetricComponent = (typeof METRIC_COMPONENTS)[number];

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

/** A call named as in `params`, with its answer's type. */
function call<K extends keyof Params>() {
  return <R>(method: string, role: "viewer" | "operator", patienceMs?: number): Call<Params[K], R> =>
    patienceMs === undefined ? { method, role } : { method, role, patienceMs };
}

/** Its steps have deadlines of their own; a client that gives up takes everything back. */
const ALLOCATION_PATIENCE_MS = 86_400_000;
/** What was not seen by its deadline is taken back, agents among it, and only then is it answered. */
const TAKING_BACK_MS = 1_200_000;

export const calls = {
  initialize: call<"initialize">()<InitializeResult>("initialize", "viewer"),
  overview: call<"overview">()<Overview>("overview", "viewer"),
  /** `looking`: somebody sees it. Publishing goes on either way; only `looking` keeps the engine at its fast cadence. */
  subscribe: call<"subscribe">()<{ seq: number }>("subscribe", "viewer"),
  unsubscribe: call<"unsubscribe">()<null>("unsubscribe", "viewer"),
  swarmStart: call<"swarmStart">()<ScaleResult>("swarm/start", "operator"),
  swarmStop: call<"swarmStop">()<ScaleResult>("swarm/stop", "operator"),
  scalePreview: call<"scalePreview">()<ScalePreview>("swarm/scalePreview", "viewer"),
  swarmScale: call<"swarmScale">()<ScaleResult>("swarm/scale", "operator"),
  stopPreview: call<"stopPreview">()<StopPreview>("agent/stopPreview", "viewer"),
  /** Needs the identity that the operator saw and agreed to; a pid that means another process by now is refused. */
  agentStop: call<"agentStop">()<StopResult>("agent/stop", "operator"),
  swarmMode: call<"swarmMode">()<null>("swarm/mode", "operator"),
  /** On hold: supervised, no growth, no automatic change, until it is lifted. */
  /** Answers when the hold will end by itself; `null` when it will not. */
  swarmHold: call<"swarmHold">()<{ readonly untilMs: number | null }>("swarm/hold", "operator"),
  decisions: call<"decisions">()<DecisionList>("decisions/list", "viewer"),
  /** Carries out a recommendation. Refused when it no longer holds (`decision.over`). */
  decisionApply: call<"decisionApply">()<ScaleResult>("decisions/apply", "operator"),
  decisionDismiss: call<"decisionDismiss">()<null>("decisions/dismiss", "operator"),
  /** Goes back to where the decision started from. Refused when something else was decided since (`undo.superseded`). */
  decisionUndo: call<"decisionUndo">()<UndoResult>("decisions/undo", "operator"),
  history: call<"history">()<HistoryAnswer>("history/range", "viewer"),
  /** The latest forecast of a swarm, one made for this horizon and confidence, or the demand as one model continues it. */
  forecast: call<"forecast">()<Forecast>("forecast/get", "viewer", 120_000),
  /** The latest forecast with what it rests on: tests, what was said in them, learned models. */
  forecastReport: call<"forecastReport">()<ForecastReport>("forecast/report", "viewer"),
  /** Demand, CPU, memory, network and agents of a swarm to come, and the sizes that follow. Takes tens of seconds. */
  predictScaling: call<"predictScaling">()<ScalingPrediction>("forecast/predictScaling", "viewer", 600_000),
  /** Trains a network on the swarm's own past and keeps it. Takes minutes; `policyReport` tells how far it is. */
  trainPolicy: call<"trainPolicy">()<PolicyReport>("policy/train", "operator", 1_800_000),
  /** The kept network: how it learned, and what it was worth beside the other policies. */
  policyReport: call<"policyReport">()<PolicyReport>("policy/report", "viewer"),
  /** Patterns over the last `windowMs` of the swarm's own time, 7 days when left out; at most a few minutes old. */
  patterns: call<"patterns">()<Patterns>("patterns/get", "viewer", 120_000),
  /** Key figures of a managed swarm over a window of wall-clock time. */
  kpis: call<"kpis">()<KpiReport>("kpis/get", "viewer", 120_000),
  /** What holds machine and swarms back, by the USE method, over the last minutes. */
  bottlenecks: call<"bottlenecks">()<BottleneckReport>("bottlenecks/get", "viewer"),
  /** How many agents fit, when what runs out, and what so many agents or another machine would mean. */
  capacityPlan: call<"capacityPlan">()<CapacityPlan>("capacity/plan", "viewer", 120_000),
  /** Key figures, load, decisions, anomalies, breakers, bottlenecks and what to do, of a managed swarm, over a window. */
  performanceReport: call<"performanceReport">()<PerformanceReport>("report/performance", "viewer", 180_000),
  /** What each policy would have cost over the stored demand of a managed swarm. Takes tens of seconds. */
  comparePolicies: call<"comparePolicies">()<PolicyComparison>("replay/comparePolicies", "viewer", 600_000),
  /** The best allocations of a managed swarm's agents to its lanes, and what the weights choose of them. Changes nothing. */
  optimize: call<"optimize">()<SwarmOptimization>("optimize/run", "viewer", 600_000),
  /** What holds a managed swarm back, and what would be done about it. Changes nothing. */
  optimizePerformance: call<"optimizePerformance">()<PerformancePlan>("optimize/performance", "viewer", 600_000),
  /** What an allocation would do, from what to what. Changes nothing. */
  allocationPreview: call<"allocationPreview">()<AllocationPreview>("allocations/preview", "viewer", 120_000),
  /** Answers when every step was seen, or was taken back. A cancel takes back what was done. */
  allocationApply: call<"allocationApply">()<AllocationRecord>("allocations/apply", "operator", ALLOCATION_PATIENCE_MS),
  allocationUndo: call<"allocationUndo">()<AllocationRecord>("allocations/undo", "operator", ALLOCATION_PATIENCE_MS),
  allocations: call<"allocations">()<AllocationList>("allocations/list", "viewer"),
  /** What was unusual about a managed swarm's load in a range of time. */
  anomalies: call<"anomalies">()<AnomaliesAnswer>("anomalies/list", "viewer"),
  /** Durable when answered. Each task is accepted, known by its key, or refused (shed, not fitting) by itself. */
  taskSubmit: call<"taskSubmit">()<{ readonly results: readonly SubmitResult[] }>("tasks/submit", "operator"),
  tasks: call<"tasks">()<TaskList>("tasks/list", "viewer"),
  task: call<"task">()<TaskDetail>("tasks/get", "viewer"),
  taskCancel: call<"taskCancel">()<{ readonly results: readonly CancelResult[] }>("tasks/cancel", "operator"),
  /** Another run of a task that failed or was cancelled: a new task with the same text. */
  taskRetry: call<"taskRetry">()<SubmitResult>("tasks/retry", "operator"),
  guard: call<"guard">()<GuardState>("guard/get", "viewer"),
  /** Places in a lane, and memory, for a process outside; the lease ends with its time, and with that process. */
  capacityRequest: call<"capacityRequest">()<LeaseAnswer>("capacity/request", "operator"),
  capacityRenew: call<"capacityRenew">()<LeaseAnswer>("capacity/renew", "operator"),
  /** @throws `lease.unknown`, `lease.foreign` */
  capacityRelease: call<"capacityRelease">()<ReleaseAnswer>("capacity/release", "operator"),
  /** What is closed now, since when, until when. */
  throttles: call<"throttles">()<ThrottleReport>("guard/throttles", "viewer"),
  /** What more agents, or tasks, of a swarm would take, and whether there is room. */
  estimate: call<"estimate">()<EstimateAnswer>("capacity/estimate", "viewer"),
  /** A size that an agent asks for: by the swarm's mode refused, recommended to an operator, or done within bounds. */
  scaleAsk: call<"scaleAsk">()<ScaleAskAnswer>("swarm/ask", "operator"),
  laneAction: call<"laneAction">()<null>("lanes/action", "operator"),
  laneResize: call<"laneResize">()<null>("lanes/resize", "operator"),
  breakerAction: call<"breakerAction">()<BreakerRow>("breakers/action", "operator"),
  /** Faults for the demo swarm, and for no other (`faults.demoOnly`); `null` ends them. */
  faultInject: call<"faultInject">()<null>("demo/faults", "operator"),
  /** A consistent copy of the store in a new file. */
  /** A file of metrics becomes the past of a swarm: begin, its bytes piece by piece, what it says, and then its import. */
  importBegin: call<"importBegin">()<{ readonly importId: string }>("import/begin", "operator"),
  importPiece: call<"importPiece">()<{ readonly rows: number }>("import/piece", "operator"),
  importRead: call<"importRead">()<ImportSummary>("import/read", "operator"),
  importCommit: call<"importCommit">()<ImportResult>("import/commit", "operator"),
  /** Waits until what was written is gone again. */
  importCancel: call<"importCancel">()<null>("import/cancel", "operator"),
  importUndo: call<"importUndo">()<ImportUndoResult>("import/undo", "operator"),
  /** Which process would be profiled, and whether an inspector could be opened in it. Changes nothing. */
  profilePreview: call<"profilePreview">()<ProfilePreview>("profile/preview", "viewer"),
  /** Answers when its time is over. A cancel ends it at once and puts everything back. One at a time (`profile.busy`). */
  profile: call<"profile">()<ProfileReport>("profile/run", "operator", 900_000),
  profileEngine: call<"profileEngine">()<ProfileReport>("profile/engine", "operator", 900_000),
  /** The newest profile since the engine started; `null`: there was none. */
  profileLatest: call<"profileLatest">()<ProfileReport | null>("profile/latest", "viewer"),
  profileStacks: call<"profileStacks">()<StackReport>("profile/stacks", "operator"),
  /** Who used CPU, memory or I/O over a range: swarms, agents, processes, threads, functions. */
  blame: call<"blame">()<BlameReport>("blame/get", "viewer", 120_000),
  /** The bearer token of an orchestrator's server, from the editor that keeps it. */
  orchestratorToken: call<"orchestratorToken">()<null>("orchestrator/token", "operator"),
  /** What tools of an orchestrator say of one of its swarms. Everything in it is claimed. */
  claimed: call<"claimed">()<ClaimedAnswers>("orchestrator/ask", "viewer", 60_000),
  /** Gathers what is known of a swarm, computes what it can be given, gives it, and looks. Any kind of swarm but a found one. */
  allocateResources: call<"allocateResources">()<ResourceAllocation>(
    "swarm/allocateResources",
    "operator",
    TAKING_BACK_MS,
  ),
  /** Reads the load, plans a size, scales, and improves the topology once that is confirmed. */
  predictiveScale: call<"predictiveScale">()<PredictiveScale>("swarm/predictiveScale", "operator", 600_000),
  backup: call<"backup">()<BackupResult>("store/backup", "operator"),
  diagnostics: call<"diagnostics">()<Diagnostics>("diagnostics/collect", "viewer"),
  metricsCollect: call<"metricsCollect">()<MetricsReport>("metrics/collect", "viewer"),
  /** Doors for other programs: which are open, where, since when; the last push and how it went. */
  doors: call<"doors">()<DoorsState>("doors/get", "viewer"),
  /** The engine's metrics as the doors write them; also while they are shut. */
  metricsText: call<"metricsText">()<MetricsText>("metrics/text", "viewer"),
  /** Who has room now, for a load balancer. */
  agentCapacity: call<"agentCapacity">()<AgentCapacity>("capacity/agents", "viewer"),
  configGet: call<"configGet">()<ConfigFile>("config/get", "viewer"),
  /** Refused with `config.conflict` when a key was changed by another source since `baseRevision`. */
  configPatch: call<"configPatch">()<ConfigFile>("config/patch", "operator"),
  engineRestart: call<"engineRestart">()<null>("engine/restart", "operator"),
  /** Drains and ends every managed agent, then the engine and its keeper. */
  engineStop: call<"engineStop">()<{ ended: number }>("engine/stop", "operator"),
  /** Asks an older engine to make room for the build in `<state>/engine/<folder>`. Refused by a newer one. */
  handOver: call<"handOver">()<null>("engine/handOver", "operator"),
} as const;

export const PUBLISH_METHOD = "published";

/** The notification that states come by. `seq` grows by one a state; a client that misses some has still the latest whole. */
export type Published = {
  readonly [T in Topic]: { readonly topic: T; readonly seq: number; readonly state: TopicStates[T] };
}[Topic];

/** JSON-RPC error code for every refusal of ours; `data` is a `Coded`. */
export const RPC_REFUSED = -32_050;
