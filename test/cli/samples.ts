import type {
  AgentRow,
  Forecast,
  ForecastScore,
  ManagedSwarmRow,
  ObservedSwarmRow,
  ScalingInputs,
  SeriesRange,
  Usage,
} from "../../src/engine/protocol/model.ts";
import type { MetricPrediction, ScalingPrediction } from "../../src/engine/protocol/forecast.ts";
import type { DecisionRow, Diagnostics, Figure, MetricsReport, Overview } from "../../src/engine/protocol/rpc.ts";

export const NOW_MS = 1_700_000_600_000;

const usage: Usage = {
  cpuCores: 0.12,
  rssBytes: 81_000_000,
  readBytes: 4096,
  writeBytes: null,
  processCount: 1,
};

export function agentSample(pid: number, changes: Partial<AgentRow> = {}): AgentRow {
  return {
    id: `${pid}-100`,
    pid,
    startTime: 100,
    startedAtMs: NOW_MS - 300_000,
    name: "worker",
    command: "node worker.js",
    state: "working",
    stateSource: "measured",
    stateSinceMs: NOW_MS - 240_000,
    usage,
    helpers: [],
    tools: [],
    problem: null,
    tasksDone: 12,
    ...changes,
  };
}

export function managedSample(changes: Partial<ManagedSwarmRow> = {}): ManagedSwarmRow {
  return {
    kind: "managed",
    id: "demo",
    label: "Demo swarm",
    provider: "local",
    demo: true,
    mode: "recommend",
    target: 3,
    live: 2,
    minAgents: 1,
    maxAgents: 16,
    activity: { kind: "scaling", from: 2, to: 3, sinceMs: NOW_MS - 1500 },
    demand: 1.4,
    demandSource: "measured",
    scaling: null,
    held: false,
    utilisation: 0.71,
    waitingTasks: 3,
    tasksDone: 24,
    timeScale: 240,
    support: [],
    problem: null,
    agents: [
      agentSample(5001),
      agentSample(5002, {
        state: "idle",
        tasksDone: 7,
        usage: { ...usage, cpuCores: null, rssBytes: null },
        problem: { code: "worker.garbage", args: { line: "hello" } },
      }),
    ],
    usage: { ...usage, cpuCores: 0.24, rssBytes: 162_000_000, processCount: 2 },
    ...changes,
  };
}

export function observedSample(changes: Partial<ObservedSwarmRow> = {}): ObservedSwarmRow {
  return {
    kind: "observed",
    id: "claude-code@/src/api",
    label: "Claude Code · api",
    agentKind: "claude-code",
    directory: "/src/api",
    agents: [
      agentSample(6001, {
        name: "claude",
        stateSource: "derived",
        tasksDone: null,
        helpers: [{ pid: 6002, startTime: 101, name: "mcp-server-git", cpuCores: 0, rssBytes: 1 }],
        tools: [{ pid: 6003, startTime: 102, name: "vitest", cpuCores: 1.5, rssBytes: 1 }],
      }),
    ],
    usage: { ...usage, cpuCores: 1.62, rssBytes: 1_100_000_000, processCount: 3 },
    ...changes,
  };
}

export function overviewSample(changes: Partial<Overview> = {}): Overview {
  return {
    wallMs: NOW_MS,
    intervalMs: 1000,
    facts: null,
    host: {
      cpuCount: 4,
      cpuBusyRatio: 0.41,
      perCoreBusyRatio: [0.5, 0.3, 0.4, 0.44],
      cpuCapacityCores: 2,
      memoryTotalBytes: 16_000_000_000,
      memoryCapacityBytes: 8_000_000_000,
      memoryUsedBytes: 3_200_000_000,
      memoryAvailableBytes: 4_500_000_000,
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      pressure: null,
      diskReadBytesPerSecond: 0,
      diskWriteBytesPerSecond: null,
      networkReceiveBytesPerSecond: 1200,
      networkTransmitBytesPerSecond: 0,
      loadAverage: [0.71, 0.5, 0.4],
    },
    swarms: [managedSample(), observedSample()],
    engine: {
      pid: 4200,
      version: "1.2.3",
      buildId: "abc",
      epoch: 3,
      startedAtMs: NOW_MS - 7_500_000,
      cpuRatio: 0.006,
      rssBytes: 84_000_000,
      keeperPid: 4100,
      keeperRssBytes: null,
      tickMs: 3.1,
      tickIntervalMs: 1000,
      lateTicks: 0,
      restarts: 1,
      clients: 2,
      notices: [{ code: "state.network", args: { path: "/net/state", fallback: "/tmp/state" } }],
    },
    ...changes,
  };
}

const measured = (value: number): Figure => ({ value, source: "measured" });
const unknown: Figure = { value: null, source: "unknown" };

export function metricsSample(changes: Partial<MetricsReport> = {}): MetricsReport {
  return {
    wallMs: NOW_MS,
    intervalMs: 1000,
    cpu: {
      busyRatio: measured(0.41),
      perCoreBusyRatio: [0.5, 0.32],
      cpuCount: measured(2),
      capacityCores: { value: 1.5, source: "derived" },
      loadAverage1m: measured(0.71),
      pressureSomeRatio10s: unknown,
    },
    disk: { readBytesPerSecond: measured(0), writeBytesPerSecond: unknown, pressureSomeRatio10s: unknown },
    agents: [
      {
        swarmId: "demo",
        id: "5001-100",
        pid: 5001,
        name: "worker",
        state: "working",
        stateSource: "measured",
        usage,
        usageSource: "derived",
      },
    ],
    ...changes,
  };
}

export const DECISION_ID = "018bcfe5-6a00-7000-8000-000000000001";

export const inputsSample: ScalingInputs = {
  live: 3,
  target: 3,
  minAgents: 1,
  maxAgents: 16,
  demand: 2.7,
  demandSource: "measured",
  currentRatio: 0.9,
  predictedRatio: 1.1,
  predictedInMs: 20_000,
  combinedRatio: 1.04,
  forecastModel: "holtWinters",
  forecastReason: null,
  scaleUpAbove: 0.8,
  scaleDownBelow: 0.3,
};

/** @param number makes the id, so that rows can be told apart */
export function decisionSample(number: number, changes: Partial<DecisionRow> = {}): DecisionRow {
  return {
    id: `018bcfe5-6a00-7000-8000-${String(number).padStart(12, "0")}`,
    swarmId: "demo",
    swarmLabel: "Demo swarm",
    wallMs: NOW_MS - number * 60_000,
    origin: "scaler",
    by: null,
    mode: "auto",
    from: 3,
    to: 5,
    // Codes without words show themselves: what the scaler's words are is tested where they are.
    reason: { code: "test.why", args: { combined: 1.04 } },
    inputs: inputsSample,
    state: { kind: "confirmed", live: 5, elapsedMs: 1234 },
    undoOf: null,
    undoneBy: null,
    undoRefusal: { code: "test.superseded", args: {} },
    ...changes,
  };
}

function scoreSample(model: string, changes: Partial<ForecastScore>): ForecastScore {
  return {
    ...{ model, mae: null, mase: null, wape: null, accuracy: null, coverage: null, intervalScore: null },
    ...{ fitMs: null, predictMs: null },
    ...changes,
  };
}

export function forecastSample(steps: number, changes: Partial<Forecast> = {}): Forecast {
  return {
    swarmId: "demo",
    ready: true,
    reason: null,
    model: "ensemble",
    baseline: "naive",
    confidence: 0.95,
    stepMs: 2_000,
    madeAtMs: NOW_MS - 500,
    historyEndMs: NOW_MS - 1_000,
    historySteps: 900,
    seasonSteps: 180,
    points: Array.from({ length: steps }, (_, step) => ({
      atMs: NOW_MS - 1_000 + (step + 1) * 2_000,
      mean: 3 + step / 10,
      lo: 2 + step / 20,
      hi: 4 + step / 5,
    })),
    scores: [
      scoreSample("ensemble", { mae: 0.4123, mase: 0.81, coverage: 0.943 }),
      scoreSample("naive", { mae: 0.6, mase: 1.1 }),
    ],
    ...changes,
  };
}

export function predictionSample(changes: Partial<ScalingPrediction> = {}): ScalingPrediction {
  const reason = { code: "forecast.tooShort", args: { steps: 12, needed: 43 } };
  const of = (unit: MetricPrediction["unit"], forecast: Forecast): MetricPrediction => ({
    ...{ unit, forecast },
    byModel: [
      { model: "ensemble", points: forecast.points, reason: null },
      { model: "lstm", points: [], reason: { code: "forecast.silent", args: { model: "lstm" } } },
    ],
  });
  const demand = forecastSample(60);
  const short = forecastSample(0, { ready: false, reason, model: "none", scores: [] });
  return {
    swarmId: "demo",
    timeHorizonSeconds: 3_600,
    predictions: {
      demand: of("agents", demand),
      cpu: of("cores", demand),
      memory: of("bytes", demand),
      network: of("bytesPerSecond", short),
      agents: of("agents", forecastSample(60, { ready: false, reason, model: "naive" })),
    },
    scalingPlan: {
      ...{ ready: true, reason: null },
      steps: [
        { atMs: NOW_MS + 1_000, agents: 4, demandMean: 3, demandHi: 4, bound: null },
        { atMs: NOW_MS + 41_000, agents: 6, demandMean: 5, demandHi: 8, bound: "max" },
      ],
    },
    confidence: { asked: 0.9, backTested: 0.943 },
    ...changes,
  };
}

export function rangeSample(mean: readonly (number | null)[], changes: Partial<SeriesRange> = {}): SeriesRange {
  return {
    scope: "swarm",
    key: "demo",
    metric: "demand",
    source: "measured",
    fromMs: NOW_MS - mean.length * 60_000,
    bucketMs: 60_000,
    resolution: "sample",
    imported: [],
    mean,
    min: mean.map((value) => (value === null ? null : value - 1)),
    max: mean.map((value) => (value === null ? null : value + 1)),
    ...changes,
  };
}

export function diagnosticsSample(): Diagnostics {
  const { engine, host } = overviewSample();
  return {
    wallMs: NOW_MS,
    engine,
    runtime: { node: "24.0.0", platform: "linux", arch: "x64", sqlite: "3.50.0", uptimeSeconds: 60 },
    host,
    facts: {
      osName: "Debian",
      osVersion: "13",
      kernel: "6.1.0",
      cpuModel: "Some CPU",
      cpuCount: 4,
      memoryTotalBytes: 16_000_000_000,
      sandbox: "",
    },
    swarms: [{ id: "demo", kind: "managed", agents: 2, target: 3, mode: "auto", activity: "steady", problem: null }],
    store: {
      schemaVersion: 3,
      bytes: 1_000_000,
      maxBytes: 1_000_000_000,
      series: 12,
      maxSeries: 512,
      oldestSampleMs: NOW_MS - 3_600_000,
      newestSampleMs: NOW_MS,
      check: "ok",
      problem: null,
      droppedTicks: 0,
    },
    doors: {
      http: { state: "off", port: null, sinceMs: null, answered: null, refused: null, problem: null },
      otlp: {
        state: "off",
        intervalMs: null,
        taken: null,
        failed: null,
        breaker: null,
        lastPushMs: null,
        problem: null,
      },
    },
    log: [{ wallMs: NOW_MS, level: "info", code: "engine.listening", args: { pid: 4200 } }],
  };
}
