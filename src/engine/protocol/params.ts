import * as z from "zod";
import { ESTIMATE_ASKED } from "./agentCalls.ts";
import { allocationPlan, resourceLimits } from "./allocators.ts";
import { BOTTLENECK_COMPONENTS } from "./bottlenecks.ts";
import { CAPACITY_ASKED, MAX_HORIZON_DAYS } from "./capacity.ts";
import { configPatch, swarmId, swarmMode } from "./config.ts";
import { METRIC_FORMATS } from "./doors.ts";
import { demoFaults, lane } from "./faultTolerance.ts";
import { MAX_EPISODES } from "./dqn.ts";
import { MODEL_NAMES } from "./forecast.ts";
import { IMPORT_METRICS, MAX_PIECE_BYTES } from "./imports.ts";
import { TIMEFRAMES } from "./kpis.ts";
import { MAX_GENERATIONS, MAX_POPULATION, OBJECTIVES, STRATEGIES } from "./optimize.ts";
import { orchestratorParams } from "./orchestratorParams.ts";
import { MAX_PATTERN_WINDOW_MS } from "./patterns.ts";
import { REPORT_TIMEFRAMES } from "./performanceReport.ts";
import { profileParams } from "./profileParams.ts";
import { MAX_REPLAY_DAYS, REPLAY_POLICIES } from "./replay.ts";
import { MAX_HOLD_SECONDS } from "./scaling.ts";
import { LEASE_ASKED } from "./leases.ts";
import { METRIC_COMPONENTS } from "./rpc.ts";
import { BREAKER_ACTIONS, LANE_ACTIONS, MAX_PROMPT_BYTES, MAX_SUBMIT } from "./tasks.ts";

/**
 * What the engine accepts of its clients: the schema of every call's parameters, by the call's name in `rpc.ts`. Apart
 * from the calls themselves, so that the editor's bundle carries names and types but no validation it never runs.
 */

export const role = z.enum(["viewer", "operator", "agent"]);
const topic = z.enum(["overview", "log", "decisions", "guard"]);
export const metricComponent = z.enum(METRIC_COMPONENTS);

const nothing = z.strictObject({});
const deadlineMs = z.int().min(100).max(3_600_000);
const anySwarm = z.string().max(200);
const anyAgent = z.string().max(200);
const decisionId = z.uuid();
const aimValues = z.partialRecord(z.enum(OBJECTIVES), z.number());
/** As the optimiser has answered it. */
const allocation = z.strictObject({
  agents: z
    .array(
      z.strictObject({
        kind: anySwarm,
        lane,
        agents: z.int().min(0).max(10_000),
        cpuWeight: z.int().min(1).max(10_000),
        memoryBytes: z.number().min(0),
      }),
    )
    .max(1_000)
    .readonly(),
  lanes: z
    .array(z.strictObject({ lane, capacity: z.int().min(0).max(10_000) }))
    .max(10)
    .readonly(),
});
const taskId = z.uuid();
/** What is asked of an agent. Checked further by the engine: control characters, bytes, what the swarm's agents take. */
const taskInput = z.union([
  // Far above what is taken: the engine refuses a long one by itself, and says how long it is and what to do.
  z.strictObject({
    prompt: z
      .string()
      .min(1)
      .max(8 * MAX_PROMPT_BYTES),
    key: z.string().min(1).max(200).optional(),
  }),
  z.strictObject({ input: z.json(), key: z.string().min(1).max(200).optional() }),
]);
const importId = z.uuid();
const importColumn = z.string().min(1).max(200);
const seriesScope = z.enum(["machine", "swarm", "lane", "agent"]);

const leaseHolder = z.strictObject({ pid: z.int().min(1), startTime: z.nullable(z.number()) });
const leaseSeconds = z.number().min(LEASE_ASKED.seconds.least).max(LEASE_ASKED.seconds.most);

export const params = {
  initialize: z.object({
    protocol: z.object({ min: z.int(), max: z.int() }),
    token: z.string().max(200),
    client: z.object({
      name: z.string().max(100),
      version: z.string().max(100),
      kind: z.enum(["editor", "cli", "agent", "test"]),
    }),
  }),
  overview: nothing,
  subscribe: z.strictObject({ topic, looking: z.boolean() }),
  unsubscribe: z.strictObject({ topic }),
  swarmStart: z.strictObject({ swarmId, mode: z.optional(swarmMode), deadlineMs }),
  swarmStop: z.strictObject({
    swarmId: anySwarm,
    deadlineMs,
    /** Without waiting for tasks in hand: they run again when the swarm does. */
    now: z.boolean().optional(),
  }),
  scalePreview: z.strictObject({ swarmId: anySwarm, target: z.int() }),
  swarmScale: z.strictObject({
    swarmId: anySwarm,
    target: z.int(),
    deadlineMs,
    /** The target the caller saw; when it has changed meanwhile the call is refused (`scale.changed`). */
    expectedTarget: z.int().optional(),
    /** In one step, however large. */
    atOnce: z.boolean().optional(),
  }),
  stopPreview: z.strictObject({ agentId: anyAgent }),
  agentStop: z.strictObject({
    agentId: anyAgent,
    pid: z.int().min(2),
    startTime: z.number(),
    deadlineMs,
    now: z.boolean().optional(),
  }),
  swarmMode: z.strictObject({ swarmId: anySwarm, mode: swarmMode }),
  swarmHold: z
    .strictObject({
      swarmId: anySwarm,
      held: z.boolean(),
      /** Of a hold: it ends by itself after so long. */
      forSeconds: z.number().min(1).max(MAX_HOLD_SECONDS).optional(),
      /** A hold that lasts longer stays as it is: for who means every swarm, and not this one. */
      keepLonger: z.boolean().optional(),
    })
    .refine(({ held, forSeconds }) => held || forSeconds === undefined, { path: ["forSeconds"] }),
  decisions: z.strictObject({
    swarmId: anySwarm.optional(),
    limit: z.int().min(1).max(1_000),
    /** Only decisions older than this one. */
    before: decisionId.optional(),
  }),
  decisionApply: z.strictObject({ decisionId, deadlineMs }),
  decisionDismiss: z.strictObject({ decisionId }),
  decisionUndo: z.strictObject({ decisionId, deadlineMs }),
  history: z
    .strictObject({
      series: z
        .array(z.strictObject({ scope: seriesScope, key: z.string().max(200), metric: z.string().min(1).max(60) }))
        .min(1)
        .max(50),
      fromMs: z.int().min(0),
      toMs: z.int().min(0),
      /** Buckets to answer with, at most. */
      points: z.int().min(1).max(10_000),
    })
    .refine((q) => q.series.length * q.points <= 200_000, {
      path: ["points"],
      message: "too many: at most 200000 over all series",
    })
    .refine((q) => q.fromMs < q.toMs, { path: ["fromMs"], message: "must be before toMs" }),
  forecast: z
    .strictObject({
      swarmId: anySwarm,
      horizonSeconds: z.number().min(1).max(31_536_000).optional(),
      confidence: z.number().min(0.5).max(0.999).optional(),
      /** As this model continues the demand, whatever the gate has chosen; over the usual horizon. */
      model: z.enum(MODEL_NAMES).optional(),
    })
    .refine((q) => q.model === undefined || (q.horizonSeconds === undefined && q.confidence === undefined), {
      path: ["model"],
      message: "goes with neither horizonSeconds nor confidence",
    }),
  forecastReport: z.strictObject({ swarmId: anySwarm }),
  predictScaling: z.strictObject({
    swarmId: anySwarm,
    /** Seconds of the swarm's own time; an hour when left out. */
    timeHorizon: z.number().min(1).max(31_536_000).optional(),
    /** 0.95 when left out. */
    confidence: z.number().min(0.5).max(0.999).optional(),
    /** Whose points are wanted besides; the network's and the ensemble's when left out. */
    models: z.array(z.enum(MODEL_NAMES)).max(MODEL_NAMES.length).optional(),
  }),
  trainPolicy: z.strictObject({
    swarmId: anySwarm,
    /** 1,000 when left out. */
    episodes: z.int().min(1).max(MAX_EPISODES).optional(),
    /** Days of the swarm's own time to learn on and to be judged on; 7 when left out. */
    days: z.number().min(0.01).max(90).optional(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .optional(),
    deadlineMs,
  }),
  policyReport: z.strictObject({ swarmId: anySwarm }),
  patterns: z.strictObject({
    swarmId: anySwarm,
    windowMs: z.int().min(3_600_000).max(MAX_PATTERN_WINDOW_MS).optional(),
  }),
  kpis: z.strictObject({ swarmId: anySwarm, timeframe: z.enum(TIMEFRAMES) }),
  bottlenecks: z.strictObject({
    /** Of all managed swarms when left out. */
    swarmId: anySwarm.optional(),
    components: z.array(z.enum(BOTTLENECK_COMPONENTS)).min(1).max(BOTTLENECK_COMPONENTS.length),
  }),
  capacityPlan: z.strictObject({
    /** Of all managed swarms when left out. */
    swarmId: anySwarm.optional(),
    /** Days of real time. */
    horizonDays: z.number().min(1).max(MAX_HORIZON_DAYS),
    /** As learned, or per cent of today's level in thirty days. */
    growth: z.union([
      z.literal("auto"),
      z.number().min(CAPACITY_ASKED.growthPercent.least).max(CAPACITY_ASKED.growthPercent.most),
    ]),
    agents: z.int().min(CAPACITY_ASKED.agents.least).max(CAPACITY_ASKED.agents.most).optional(),
    memoryBytes: z.number().min(CAPACITY_ASKED.memoryBytes.least).max(CAPACITY_ASKED.memoryBytes.most).optional(),
    cpus: z.number().min(CAPACITY_ASKED.cpus.least).max(CAPACITY_ASKED.cpus.most).optional(),
  }),
  performanceReport: z.strictObject({
    swarmId: anySwarm,
    timeframe: z.enum(REPORT_TIMEFRAMES),
    /** Longer lists, and a finer picture of the load. */
    detailed: z.boolean(),
  }),
  comparePolicies: z.strictObject({
    swarmId: anySwarm,
    /** Of the swarm's own time; 7 when left out. */
    days: z.number().min(0.01).max(MAX_REPLAY_DAYS).optional(),
    /** All when left out, `dqn` among them where a network was trained. */
    policies: z.array(z.enum(REPLAY_POLICIES)).min(1).max(REPLAY_POLICIES.length).optional(),
  }),
  optimize: z.strictObject({
    swarmId: anySwarm,
    /** What matters how much; the default ones when left out, without cost where no price is known. */
    weights: z.partialRecord(z.enum(OBJECTIVES), z.number().min(0).max(1_000_000)).optional(),
    /** Most that the agents may cost for an hour, in the currency of the configured prices; refused without prices. */
    budgetPerHour: z.number().gt(0).max(1_000_000_000).optional(),
    /** Agents and permits that a lane has in any case; the others keep their share of the swarm's minimum. */
    laneMinimums: z.partialRecord(lane, z.int().min(0).max(10_000)).optional(),
    population: z.int().min(4).max(MAX_POPULATION).multipleOf(2).optional(),
    generations: z.int().min(1).max(MAX_GENERATIONS).optional(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .optional(),
  }),
  optimizePerformance: z.strictObject({ swarmId: anySwarm, strategy: z.enum(STRATEGIES) }),
  allocationPreview: z.union([
    z.strictObject({ plan: allocationPlan }),
    z.strictObject({ swarmId: anySwarm, allocation }),
  ]),
  allocationApply: z.strictObject({
    plan: allocationPlan,
    /** As previewed: refused where something else is in force by now. */
    from: z.array(resourceLimits).max(500).readonly().optional(),
    /** Kept beside what will be measured. */
    expected: z.strictObject({ swarmId: anySwarm, now: z.nullable(aimValues), chosen: aimValues }).optional(),
  }),
  allocationUndo: z.strictObject({ allocationId: z.uuid() }),
  allocations: z.strictObject({ limit: z.int().min(1).max(200), before: z.uuid().optional() }),
  anomalies: z
    .strictObject({ swarmId: anySwarm, fromMs: z.int().min(0), toMs: z.int().min(0) })
    .refine((q) => q.fromMs < q.toMs, { path: ["fromMs"], message: "must be before toMs" }),
  taskSubmit: z.strictObject({
    swarmId: anySwarm,
    lane: z.optional(lane),
    priority: z.int().min(0).max(9).optional(),
    timeoutSeconds: z.number().min(1).max(604_800).optional(),
    maxAttempts: z.int().min(1).max(100).optional(),
    tasks: z.array(taskInput).min(1).max(MAX_SUBMIT),
  }),
  tasks: z.strictObject({
    swarmId: anySwarm.optional(),
    lane: z.optional(lane),
    states: z
      .array(z.enum(["waiting", "running", "done", "failed", "cancelled"]))
      .min(1)
      .optional(),
    limit: z.int().min(1).max(1_000),
    before: taskId.optional(),
  }),
  task: z.strictObject({ taskId }),
  taskCancel: z.strictObject({ taskIds: z.array(taskId).min(1).max(MAX_SUBMIT) }),
  taskRetry: z.strictObject({ taskId }),
  guard: nothing,
  capacityRequest: z.strictObject({
    lane,
    units: z.int().min(LEASE_ASKED.units.least).max(LEASE_ASKED.units.most),
    seconds: leaseSeconds,
    /** For more agents of this swarm: what they are known to take counts. */
    swarmId: anySwarm.optional(),
    /** Memory that one is said to take. */
    bytesEach: z.number().min(LEASE_ASKED.bytesEach.least).max(LEASE_ASKED.bytesEach.most).optional(),
    /** The same again is the same lease. */
    key: z.string().min(1).max(200).optional(),
    holder: leaseHolder,
    /** The process that asks for it, started by the holder. */
    door: leaseHolder,
  }),
  throttles: z.strictObject({
    swarmId: anySwarm.optional(),
    lane: z.optional(lane),
    /** Who asks: whether it holds a lease is told as well. */
    holder: leaseHolder.optional(),
  }),
  estimate: z
    .strictObject({
      swarmId: anySwarm,
      agents: z.int().min(ESTIMATE_ASKED.agents.least).max(ESTIMATE_ASKED.agents.most).optional(),
      tasks: z.int().min(ESTIMATE_ASKED.tasks.least).max(ESTIMATE_ASKED.tasks.most).optional(),
      /** Of the tasks; `standard` when left out. */
      lane: z.optional(lane),
    })
    .refine((q) => (q.agents === undefined) !== (q.tasks === undefined), {
      path: ["agents"],
      message: "name one: agents or tasks",
    }),
  scaleAsk: z.strictObject({ swarmId: anySwarm, target: z.int().min(0).max(10_000), deadlineMs }),
  profileLatest: nothing,
  capacityRenew: z.strictObject({ leaseId: z.uuid(), seconds: leaseSeconds, holder: leaseHolder, door: leaseHolder }),
  /** Without a holder and its door: an operator takes it back. */
  capacityRelease: z
    .strictObject({ leaseId: z.uuid(), holder: leaseHolder.optional(), door: leaseHolder.optional() })
    .refine(({ holder, door }) => (holder === undefined) === (door === undefined), {
      path: ["door"],
      message: "name both, holder and door, or neither",
    }),
  laneAction: z.strictObject({ lane, action: z.enum(LANE_ACTIONS) }),
  laneResize: z.strictObject({
    lane,
    capacity: z.int().min(1).max(10_000).optional(),
    queueLimit: z.int().min(0).max(1_000_000).optional(),
  }),
  breakerAction: z.strictObject({
    breakerId: z.string().min(1).max(200),
    action: z.enum(BREAKER_ACTIONS),
    /** The revision the caller saw; when the breaker has changed since, the call is refused (`breaker.changed`). */
    expectedRevision: z.int().min(0).optional(),
  }),
  faultInject: z.strictObject({ swarmId: anySwarm, faults: z.nullable(demoFaults) }),
  backup: z.strictObject({ path: z.string().min(1).max(4096).optional() }),
  importBegin: z.strictObject({
    swarmId: anySwarm,
    /** Name of the file, for the look back: its folder is not asked for. */
    file: z.string().min(1).max(255),
    columns: z.union([z.enum(["meant", "all"]), z.array(importColumn).min(1).max(IMPORT_METRICS.length)]),
    /** The rows are events: how they become a series. */
    events: z
      .strictObject({
        bucketMs: z.int().min(1).max(2_678_400_000),
        aggregation: z.union([
          z.strictObject({ kind: z.literal("count") }),
          z.strictObject({ kind: z.enum(["sum", "mean", "p95"]), column: importColumn }),
        ]),
      })
      .optional(),
  }),
  /** The next bytes of the file, in order, as base64. */
  importPiece: z.strictObject({ importId, data: z.base64().max(Math.ceil(MAX_PIECE_BYTES / 3) * 4) }),
  importRead: z.strictObject({ importId, deadlineMs }),
  importCommit: z.strictObject({
    importId,
    columns: z
      .array(z.strictObject({ column: importColumn.optional(), metric: z.enum(IMPORT_METRICS) }))
      .min(1)
      .max(IMPORT_METRICS.length),
    shiftToNow: z.boolean(),
    deadlineMs,
  }),
  importCancel: z.strictObject({ importId, deadlineMs }),
  importUndo: z.strictObject({
    swarmId: anySwarm,
    /** The import that is meant; when another one is the newest by now the call is refused (`import.notNewest`). */
    runId: z.uuid().optional(),
    deadlineMs,
  }),
  ...profileParams,
  ...orchestratorParams,
  diagnostics: nothing,
  metricsCollect: z.strictObject({ components: z.array(metricComponent).min(1).max(METRIC_COMPONENTS.length) }),
  doors: nothing,
  metricsText: z.strictObject({ format: z.enum(METRIC_FORMATS) }),
  agentCapacity: nothing,
  configGet: nothing,
  configPatch: z.strictObject({
    source: z.string().min(1).max(200),
    baseRevision: z.int().min(0),
    patch: configPatch,
  }),
  engineRestart: nothing,
  engineStop: z.strictObject({ deadlineMs }),
  handOver: z.strictObject({ folder: z.string().max(100), version: z.string().max(100) }),
} as const;

export type Params = { readonly [K in keyof typeof params]: z.infer<(typeof params)[K]> };
export type Role = z.infer<typeof role>;
export type Topic = z.infer<typeof topic>;
